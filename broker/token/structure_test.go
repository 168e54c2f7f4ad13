package token_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

func TestT03_OnlyOneStructureAndOneSpelling(t *testing.T) {
	a := newTarget(t, config())
	for !strings.ContainsAny(a.sig, "-_") {
		a = newTarget(t, config())
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(a.sig)
	cases := map[string]string{
		"nothing": "", "one part": a.header, "two parts": a.header + "." + a.body,
		"four parts": a.raw + "." + a.sig, "five parts": a.raw + ".." + a.sig, "a trailing dot": a.raw + ".",
		"a leading dot": "." + a.raw, "only dots": "..", "an empty payload": a.header + ".." + a.sig,
		"an empty signature": a.header + "." + a.body + ".",
		"a space before":     " " + a.raw, "a space behind": a.raw + " ", "a newline behind": a.raw + "\n",
		"a newline in the signature": a.header + "." + a.body + "." + a.sig[:9] + "\n" + a.sig[9:],
		"a return in the signature":  a.header + "." + a.body + "." + a.sig[:9] + "\r" + a.sig[9:],
		"a NUL":                      a.header + "." + a.body + "." + a.sig[:9] + "\x00" + a.sig[9:],
		"bytes that are no UTF-8":    a.header + "." + a.body + "." + a.sig[:9] + "\xff" + a.sig[9:],
		"padding":                    a.raw + "==", "Bearer": "Bearer " + a.raw,
		"the standard alphabet": a.header + "." + a.body + "." + standard,
		"a short signature":     a.raw[:len(a.raw)-4], "a long signature": a.raw + "AAAA", "a DER signature": a.derSignature(t),
	}
	for name, raw := range cases {
		t.Run(name+" is refused", func(t *testing.T) { a.refuse(t, raw) })
	}
	t.Run("padding inside a signed payload is refused", func(t *testing.T) {
		p := strings.TrimSuffix(a.ourPayload(t), "}") + `,"x":"`
		p += strings.Repeat("x", 2-len(p)%3+3) + `"}`
		for _, p := range []string{p, p[:len(p)-2] + `x"}`, p[:len(p)-2] + `xx"}`} {
			if body := base64.URLEncoding.EncodeToString([]byte(p)); strings.HasSuffix(body, "=") {
				a.refuse(t, a.forgeSegments(t, a.header, body))
			}
		}
	})
	t.Run("a newline inside a signed payload is refused", func(t *testing.T) {
		a.refuse(t, a.forgeSegments(t, a.header, a.body[:8]+"\n"+a.body[8:]))
	})
}

func (a target) derSignature(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256([]byte(a.header + "." + a.body))
	der, err := ecdsa.SignASN1(rand.Reader, a.private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.header + "." + a.body + "." + b64(der)
}

func TestT03_LastCharacterHasOneSpelling(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	a := newTarget(t, config())
	spellings := 0
	for _, last := range alphabet {
		if _, err := a.ring.Verify(a.raw[:len(a.raw)-1] + string(last)); err == nil {
			spellings++
		}
	}
	if spellings != 1 {
		t.Errorf("%d spellings of one signature are accepted, want 1", spellings)
	}
}

func TestT08_EncryptedTokensAreNotLookedInto(t *testing.T) {
	a := newTarget(t, config())
	for name, raw := range encrypted(a) {
		t.Run(name, func(t *testing.T) { a.refuse(t, raw) })
	}
}

func encrypted(a target) map[string]string {
	jwe := func(header, key string) string {
		return b64([]byte(header)) + "." + key + ".AAAAAAAAAAAAAAAA." + strings.Repeat("QUFB", 500) + ".AAAAAAAAAAAAAAAAAAAAAA"
	}
	return map[string]string{
		"direct key":           jwe(`{"alg":"dir","enc":"A256GCM","kid":"`+a.kid+`"}`, ""),
		"RSA-OAEP":             jwe(`{"alg":"RSA-OAEP","enc":"A256GCM","kid":"`+a.kid+`"}`, "AAAA"),
		"two billion rounds":   jwe(`{"alg":"PBES2-HS256+A128KW","p2c":2000000000,"p2s":"AAAAAAAAAAA","enc":"A256GCM"}`, "AAAA"),
		"a compressed bomb":    jwe(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`, ""),
		"behind our header":    a.header + ".." + a.body + "." + a.sig + ".AAAA",
		"our token and a tail": a.raw + ".AAAA.AAAA",
	}
}

func TestT09_JSONSerialisationIsRefused(t *testing.T) {
	a := newTarget(t, config())
	one := fmt.Sprintf(`{"protected":%q,"signature":%q}`, a.header, a.sig)
	for name, raw := range map[string]string{
		"flattened":              fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, a.body, a.header, a.sig),
		"general":                fmt.Sprintf(`{"payload":%q,"signatures":[%s]}`, a.body, one),
		"two signatures":         fmt.Sprintf(`{"payload":%q,"signatures":[{"signature":"AA"},%s]}`, a.body, one),
		"no protected header":    fmt.Sprintf(`{"payload":%q,"header":{"alg":"ES256"},"signature":%q}`, a.body, a.sig),
		"nothing but an object":  `{}`,
		"signatures that is nil": `{"signatures":null}`,
	} {
		t.Run(name, func(t *testing.T) { a.refuse(t, raw) })
	}
}

func TestT11_LongTokensAreNotReadAtAll(t *testing.T) {
	a := newTarget(t, config())
	room := token.MaxLength - len(a.header) - len(a.sig) - 2
	pad := func(size int) string { // a payload whose base64url form has size characters
		p := strings.TrimSuffix(a.ourPayload(t), "}") + `,"pad":"`
		return p + strings.Repeat("x", size*3/4-len(p)-2) + `"}`
	}
	if raw := a.forge(t, a.ourHeader(), pad(room)); len(raw) != token.MaxLength {
		t.Fatalf("length %d, want %d", len(raw), token.MaxLength)
	} else if _, err := a.ring.Verify(raw); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	for name, raw := range map[string]string{
		"just beyond the limit": a.forge(t, a.ourHeader(), pad(room+2)),
		"a megabyte":            strings.Repeat("a", 1<<20),
		"a million dots":        strings.Repeat(".", 1_000_000),
		"a megabyte behind it":  a.raw + strings.Repeat("A", 1<<20),
		"64 kB of commas":       strings.Repeat(a.raw[:100]+", ", 640),
	} {
		t.Run(name, func(t *testing.T) { a.refuse(t, raw) })
	}
}

func TestX11_BombsCostNoMemory(t *testing.T) {
	a := newTarget(t, config())
	bombs := encrypted(a)
	delete(bombs, "behind our header") // these two have a header of ours, so they get as far as the alphabet
	delete(bombs, "our token and a tail")
	bombs["a million dots"] = strings.Repeat(".", 1_000_000)
	bombs["a megabyte"] = a.raw + strings.Repeat("A", 1<<20)
	for name, raw := range bombs {
		allocs := testing.AllocsPerRun(100, func() {
			if _, err := a.ring.Verify(raw); err == nil {
				t.Error("accepted")
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations to refuse it, want 0", name, allocs)
		}
	}
}

func TestEveryChangedCharacterIsNoticed(t *testing.T) {
	cfg := config()
	cfg.Algorithm = "HS256"
	r := open(t, cfg, new(tokentest.Keys))
	raw := sign(t, r, alice())
	for i := range len(raw) {
		for _, c := range []byte("A_z.\n") {
			if c == raw[i] {
				continue
			}
			if _, err := r.Verify(raw[:i] + string(c) + raw[i+1:]); !errors.Is(err, token.ErrInvalid) {
				t.Fatalf("%q at %d: got %v, want ErrInvalid", c, i, err)
			}
		}
		if _, err := r.Verify(raw[:i] + raw[i+1:]); !errors.Is(err, token.ErrInvalid) {
			t.Fatalf("without character %d: got %v, want ErrInvalid", i, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	keys := new(tokentest.Keys)
	r, err := token.Open(f.Context(), config(), keys, sealer(f))
	if err != nil {
		f.Fatal(err)
	}
	raw := sign(f, r, alice())
	f.Add(raw, 0, "")
	f.Add(raw, 40, "=")
	f.Add("..", 1, "eyJhbGciOiJub25lIn0")
	f.Fuzz(func(t *testing.T, foreign string, at int, insert string) {
		if c, err := r.Verify(foreign); err == nil && foreign != raw {
			t.Errorf("%q was accepted as %q", foreign, c.Subject)
		}
		if at < 0 || at > len(raw) {
			return
		}
		mutated := raw[:at] + insert + raw[min(at+len(insert), len(raw)):]
		if c, err := r.Verify(mutated); err == nil && mutated != raw {
			t.Errorf("%q was accepted as %q", mutated, c.Subject)
		}
	})
}
