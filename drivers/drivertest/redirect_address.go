package drivertest

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// challenge is the S256 code challenge (RFC 7636 §4.2).
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// address is what AuthURL made of one attempt.
type address struct {
	raw     string
	query   url.Values
	state   string
	attempt drivers.Attempt
}

// address asks for a new attempt's address and takes it apart.
func (f RedirectFixture) address(tb testing.TB) (address, error) {
	state, a := f.attempt()
	raw, err := f.Driver.Redirect.AuthURL(tb.Context(), state, a)
	if err != nil {
		return address{}, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return address{}, err
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.Fragment != "" {
		return address{}, fmt.Errorf("got %q, want an absolute web address", raw)
	}
	q, err := url.ParseQuery(u.RawQuery)
	return address{raw, q, state, a}, err
}

// once checks that each parameter is there exactly once and as wanted.
func once(q url.Values, want map[string]string) error {
	for name, value := range want {
		if got := q[name]; len(got) != 1 || got[0] != value {
			return fmt.Errorf("got %s %q, want once %q", name, got, value)
		}
	}
	return nil
}

func addressCarries(tb testing.TB, f RedirectFixture) error {
	to, err := f.address(tb)
	if err != nil {
		return err
	}
	return once(to.query, map[string]string{
		"response_type": "code", "client_id": f.ClientID, "redirect_uri": to.attempt.RedirectURI, "state": to.state,
	})
}

// addressKeepsSecrets looks at the address as it is written and at both ways
// to read it.
func addressKeepsSecrets(tb testing.TB, f RedirectFixture) error {
	to, err := f.address(tb)
	if err != nil {
		return err
	}
	asPath, err := url.PathUnescape(to.raw)
	if err != nil {
		return err
	}
	asQuery, err := url.QueryUnescape(to.raw)
	if err != nil {
		return err
	}
	texts := []string{to.raw, asPath, asQuery}
	for _, s := range []string{to.attempt.Verifier, f.Secret} {
		shows := func(text string) bool { return s != "" && strings.Contains(text, s) }
		if slices.ContainsFunc(texts, shows) {
			return errors.New("the address shows the verifier or the secret")
		}
	}
	return once(to.query, map[string]string{
		"code_challenge": challenge(to.attempt.Verifier), "code_challenge_method": "S256",
	})
}

func addressHasNonce(tb testing.TB, f RedirectFixture) error {
	to, err := f.address(tb)
	if err != nil {
		return err
	}
	return once(to.query, map[string]string{"nonce": to.attempt.Nonce})
}
