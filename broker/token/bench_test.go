package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// privateKey takes the key in the state out of the store, as only somebody who
// has the master secret can.
func privateKey(t testing.TB, keys *tokentest.Keys, state string) (token.StoredKey, crypto.Signer) {
	t.Helper()
	rows, err := keys.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.State != state {
			continue
		}
		der, err := sealer(t).Open("signing key", row.Algorithm+" "+row.ID, row.Sealed)
		if err != nil {
			t.Fatal(err)
		}
		k, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			t.Fatal(err)
		}
		return row, k.(crypto.Signer)
	}
	t.Fatalf("no %s key", state)
	return token.StoredKey{}, nil
}

func BenchmarkSign(b *testing.B) {
	for _, alg := range []string{"ES256", "EdDSA", "HS256", "RS256"} {
		cfg := config()
		cfg.Algorithm = alg
		r, c := open(b, cfg, new(tokentest.Keys)), alice()
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sign(b, r, c)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, alg := range []string{"ES256", "EdDSA", "HS256", "RS256"} {
		cfg := config()
		cfg.Algorithm = alg
		r := open(b, cfg, new(tokentest.Keys))
		raw := sign(b, r, alice())
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Verify(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBare is the floor under the two above: the same bytes hashed, signed
// and verified by the standard library alone.
func BenchmarkBare(b *testing.B) {
	keys := new(tokentest.Keys)
	raw := sign(b, open(b, config(), keys), alice())
	signed := []byte(raw[:strings.LastIndexByte(raw, '.')])
	_, private := privateKey(b, keys, token.StateCurrent)
	ec := private.(*ecdsa.PrivateKey)
	b.Run("ES256/sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(signed)
			if _, err := ecdsa.SignASN1(rand.Reader, ec, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	sum := sha256.Sum256(signed)
	sig, err := ecdsa.SignASN1(rand.Reader, ec, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ES256/verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(signed)
			if !ecdsa.VerifyASN1(&ec.PublicKey, sum[:], sig) {
				b.Fatal("bad signature")
			}
		}
	})
	benchEd25519(b, signed)
}

func benchEd25519(b *testing.B, signed []byte) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	sig := ed25519.Sign(private, signed)
	b.Run("EdDSA/sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Sign(private, signed)
		}
	})
	b.Run("EdDSA/verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !ed25519.Verify(public, signed, sig) {
				b.Fatal("bad signature")
			}
		}
	})
}

// BenchmarkRefused is what a stranger's token costs: nothing is hashed for it.
func BenchmarkRefused(b *testing.B) {
	keys := new(tokentest.Keys)
	r := open(b, config(), keys)
	raw := sign(b, r, alice())
	header, rest, _ := strings.Cut(raw, ".")
	other := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + rest
	for name, raw := range map[string]string{
		"foreign header": other, "a megabyte": strings.Repeat("a.", 1<<19), "bad signature": header + "." + rest[:len(rest)-4] + "AAAA",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Verify(raw); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
