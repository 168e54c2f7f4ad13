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

var b64 = base64.RawURLEncoding.EncodeToString

// target is a ring under attack, with everything that an attacker may have and,

// for what goes further, the private key itself.

type target struct {
	ring    *token.Ring
	keys    *tokentest.Keys
	kid     string
	private *ecdsa.PrivateKey
	raw     string // a valid token
	header  string // its segments
	body    string
	sig     string
}

func newTarget(t testing.TB, cfg token.Config) target {
	t.Helper()
	keys := new(tokentest.Keys)
	r := open(t, cfg, keys)
	row, private := privateKey(t, keys, token.StateCurrent)
	c := alice()
	c.Audience = nil
	raw := sign(t, r, c)
	p := strings.Split(raw, ".")
	return target{r, keys, row.ID, private.(*ecdsa.PrivateKey), raw, p[0], p[1], p[2]}
}

// forge signs any header and payload with our own ES256 key.

func (a target) forge(t testing.TB, header, payload string) string {
	t.Helper()
	return a.forgeSegments(t, b64([]byte(header)), b64([]byte(payload)))
}

func (a target) forgeSegments(t testing.TB, header, body string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(header + "." + body))
	r, s, err := ecdsa.Sign(rand.Reader, a.private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return header + "." + body + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func (a target) ourHeader() string {
	return fmt.Sprintf(`{"alg":"ES256","kid":"%s","typ":"at+jwt"}`, a.kid)
}

func (a target) ourPayload(t testing.TB) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(a.body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refuse checks that the ring says ErrInvalid and asks the store nothing.

func (a target) refuse(t *testing.T, raw string) {
	t.Helper()
	calls := a.keys.Calls()
	c, err := a.ring.Verify(raw)
	if !errors.Is(err, token.ErrInvalid) || c.Subject != "" {
		t.Errorf("%.200q: got subject %q and %v, want ErrInvalid", raw, c.Subject, err)
	}
	if got := a.keys.Calls(); got != calls {
		t.Errorf("%.200q: the store was asked %d times", raw, got-calls)
	}
}

func TestForgeryWithOurHeaderIsTheOnlyOneThatWorks(t *testing.T) {
	a := newTarget(t, config())
	if _, err := a.ring.Verify(a.forge(t, a.ourHeader(), a.ourPayload(t))); err != nil {
		t.Fatalf("the tests below prove nothing: %v", err)
	}
}

// publicForms is everything that a confused verifier might take for a secret.

// encrypted are five-part tokens made to cost their reader dearly.
