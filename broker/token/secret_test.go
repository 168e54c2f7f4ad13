package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// weak secrets are long enough for every use, and yet could be guessed.
var weak = map[string]string{
	"one byte":            strings.Repeat("x", 64),
	"zeroes":              strings.Repeat("\x00", 64),
	"changeme repeated":   strings.Repeat("changeme", 8),
	"a repeated word":     strings.Repeat("k9#Lm2vQ", 8),
	"a repeated long one": strings.Repeat("Vb8kq2Zr7Lw5Xn1Tc9Gm4Hd6Fs3jPp0w", 2),
	"an example":          "Replace-this-with-64-random-bytes-k9Lm2vQ8Zr7Lw5Xn1Tc9Gm4Hd6Fs3j",
	"the word secret":     "this-is-my-own-SECRET-k9Lm2vQ8Zr7Lw5Xn1Tc9Gm4Hd6Fs3jPp0wVb8kq2Z",
	"CHANGE_ME":           "CHANGE_ME_k9Lm2vQ8Zr7Lw5Xn1Tc9Gm4Hd6Fs3jPp0wVb8kq2Zk9Lm2vQ8Zr7L",
	"the alphabet":        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/",
	"counting down":       "\x7f\x7e\x7d\x7c\x7b\x7a\x79\x78\x77\x76\x75\x74\x73\x72\x71\x70\x6f\x6e\x6d\x6c\x6b\x6a\x69\x68\x67\x66\x65\x64\x63\x62\x61\x60\x5f\x5e\x5d\x5c\x5b\x5a\x59\x58\x57\x56\x55\x54\x53\x52\x51\x50\x4f\x4e\x4d\x4c\x4b\x4a\x49\x48\x47\x46\x45\x44\x43\x42\x41\x40",
	"few different bytes": "abacabadabacabaeabacabadabacabafabacabadabacabaeabacabadabacabag",
}

func TestT18_WeakSecretsAreRefused(t *testing.T) {
	for name, secret := range weak {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			cfg.Algorithm, cfg.HMACSecret = "HS256", []byte(secret)
			_, err := token.Open(t.Context(), cfg, new(tokentest.Keys), sealer(t))
			checkWeak(t, "HMAC secret", secret, err)
			_, err = token.NewSealer([]byte(secret))
			checkWeak(t, "master secret", secret, err)
		})
	}
}

func checkWeak(t *testing.T, what, secret string, err error) {
	t.Helper()
	if !errors.Is(err, token.ErrWeakSecret) {
		t.Fatalf("%s: got %v, want ErrWeakSecret", what, err)
	}
	if strings.Contains(err.Error(), secret[:16]) {
		t.Errorf("%s: the error shows the secret: %v", what, err)
	}
}

func TestT18_ShortSecretsAreRefused(t *testing.T) {
	for alg, least := range map[string]int{"HS256": 32, "HS384": 48, "HS512": 64} {
		cfg := config()
		cfg.Algorithm = alg
		for _, size := range []int{0, 1, least - 1} {
			cfg.HMACSecret = hmacSecret[:size]
			if _, err := token.Open(t.Context(), cfg, new(tokentest.Keys), sealer(t)); !errors.Is(err, token.ErrWeakSecret) {
				t.Errorf("%s with %d bytes: got %v, want ErrWeakSecret", alg, size, err)
			}
		}
		cfg.HMACSecret = hmacSecret[:least]
		if _, err := token.Open(t.Context(), cfg, new(tokentest.Keys), sealer(t)); err != nil {
			t.Errorf("%s with %d bytes: %v", alg, least, err)
		}
	}
	for _, size := range []int{0, 34} {
		if _, err := token.NewSealer([]byte(master)[:size]); !errors.Is(err, token.ErrWeakSecret) {
			t.Errorf("master secret of %d bytes: got %v, want ErrWeakSecret", size, err)
		}
	}
	if _, err := token.NewSealer([]byte(master)[:35]); err != nil {
		t.Errorf("master secret of 35 bytes: %v", err)
	}
}

func TestBadConfigurationIsRefused(t *testing.T) {
	cases := map[string]func(*token.Config){
		"algorithm none":          func(c *token.Config) { c.Algorithm = "none" },
		"algorithm in lower case": func(c *token.Config) { c.Algorithm = "es256" },
		"algorithm ES256K":        func(c *token.Config) { c.Algorithm = "ES256K" },
		"another type":            func(c *token.Config) { c.Type = "id+jwt" },
		"no issuer":               func(c *token.Config) { c.Issuer = "" },
		"too much leeway":         func(c *token.Config) { c.Leeway = time.Minute + 1 },
		"negative leeway":         func(c *token.Config) { c.Leeway = -1 },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, keys := config(), new(tokentest.Keys)
			change(&cfg)
			if _, err := token.Open(t.Context(), cfg, keys, sealer(t)); err == nil {
				t.Error("got nil, want an error")
			}
			if keys.Calls() != 0 {
				t.Error("the store was asked before the configuration was checked")
			}
		})
	}
}
