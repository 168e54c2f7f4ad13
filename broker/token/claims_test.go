package token_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// with returns our payload with one claim replaced (or taken out, for an empty value).
func (a target) with(t *testing.T, name, value string) string {
	t.Helper()
	head, rest, found := strings.Cut(a.ourPayload(t), `"`+name+`":`)
	if !found {
		return strings.TrimSuffix(a.ourPayload(t), "}") + `,"` + name + `":` + value + "}"
	}
	end := strings.Index(rest, `,"`)
	if value == "" {
		return head + rest[end+1:]
	}
	return head + `"` + name + `":` + value + rest[end:]
}

func TestT13_TimeWindow(t *testing.T) {
	a := newTarget(t, config())
	at := func(d time.Duration) string { return fmt.Sprint(noon.Add(d).Unix()) }
	cases := []struct {
		name, claim, value string
		want               error
	}{
		{"a token that expires in a second is valid", "exp", at(time.Second), nil},
		{"a token that expires now has expired", "exp", at(0), token.ErrExpired},
		{"a token that expired a second ago has expired, whatever the leeway", "exp", at(-time.Second), token.ErrExpired},
		{"a token without exp is refused", "exp", "", token.ErrInvalid},
		{"a token without iat is refused", "iat", "", token.ErrInvalid},
		{"iat within the leeway is valid", "iat", at(5 * time.Second), nil},
		{"iat beyond the leeway is refused", "iat", at(6 * time.Second), token.ErrInvalid},
		{"nbf in the past is valid", "nbf", at(-time.Hour), nil},
		{"nbf within the leeway is valid", "nbf", at(5 * time.Second), nil},
		{"nbf beyond the leeway is refused", "nbf", at(6 * time.Second), token.ErrInvalid},
		{"exp as text is refused", "exp", `"` + at(time.Hour) + `"`, token.ErrInvalid},
		{"exp as a fraction is refused", "exp", at(time.Hour) + ".5", token.ErrInvalid},
		{"exp beyond the year 9999 is refused", "exp", fmt.Sprint(int64(math.MaxInt64)), token.ErrInvalid},
		{"exp null is refused", "exp", "null", token.ErrInvalid},
		{"a token without sub is refused", "sub", "", token.ErrInvalid},
		{"a token with an empty sub is refused", "sub", `""`, token.ErrInvalid},
		{"a token without sid is refused", "sid", "", token.ErrInvalid},
		{"a token without jti is refused", "jti", "", token.ErrInvalid},
		{"an unknown claim is stepped over", "private", `{"a":[1,null]}`, nil},
		{"a flag as text is refused", "is_admin", `"false"`, token.ErrInvalid},
		{"groups as text are refused", "groups", `"admins"`, token.ErrInvalid},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := a.ring.Verify(a.forge(t, a.ourHeader(), a.with(t, c.claim, c.value)))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestT13_ExpiredIsSaidOnlyOfOurOwnTokens(t *testing.T) {
	a := newTarget(t, config())
	old := a.with(t, "exp", fmt.Sprint(noon.Add(-time.Hour).Unix()))
	expired := a.forge(t, a.ourHeader(), old)
	if _, err := a.ring.Verify(expired); !errors.Is(err, token.ErrExpired) {
		t.Fatalf("got %v, want ErrExpired", err)
	}
	a.refuse(t, expired[:len(expired)-8]+"AAAAAAAA")
	a.refuse(t, a.forge(t, a.ourHeader(), strings.Replace(old, "signet.example", "other.example", 1)))
	a.refuse(t, a.forge(t, a.ourHeader(), strings.Replace(old, `"sid":"c2Vzc2lvbg"`, `"sid":""`, 1)))
}

func TestT13_TheClockIsTheRingsOwn(t *testing.T) {
	now := noon
	cfg := config()
	cfg.Now = func() time.Time { return now }
	r := open(t, cfg, new(tokentest.Keys))
	raw := sign(t, r, alice())
	now = noon.Add(15*time.Minute - time.Second)
	if _, err := r.Verify(raw); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	now = noon.Add(15 * time.Minute)
	if _, err := r.Verify(raw); !errors.Is(err, token.ErrExpired) {
		t.Errorf("at its end: got %v, want ErrExpired", err)
	}
}

func TestT15_IssuerIsOurs(t *testing.T) {
	a := newTarget(t, config())
	for _, iss := range []string{
		`"https://staging.example"`, `"https://signet.example/"`, `"HTTPS://signet.example"`, `"https://signet.example "`,
		`""`, `null`, `["https://signet.example"]`, "",
	} {
		a.refuse(t, a.forge(t, a.ourHeader(), a.with(t, "iss", iss)))
	}
}

func TestT15_TwoDeploymentsOnOneKeyDoNotAcceptEachOther(t *testing.T) {
	keys := new(tokentest.Keys)
	staging := config()
	staging.Issuer = "https://staging.example"
	a, b := open(t, config(), keys), open(t, staging, keys)
	c := alice()
	c.Issuer = ""
	if _, err := a.Verify(sign(t, b, c)); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
	if _, err := b.Verify(sign(t, a, c)); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}

func TestT15_Audience(t *testing.T) {
	cases := []struct {
		name    string
		ours    []string
		claimed string
		want    error
	}{
		{"the audience as text is accepted", []string{"app"}, `"app"`, nil},
		{"the audience in a list is accepted", []string{"app"}, `["x","app"]`, nil},
		{"any of ours is enough", []string{"app", "api"}, `"api"`, nil},
		{"another audience is refused", []string{"app"}, `"other"`, token.ErrInvalid},
		{"a longer name is refused", []string{"app"}, `"app2"`, token.ErrInvalid},
		{"another case is refused", []string{"app"}, `"APP"`, token.ErrInvalid},
		{"no audience is refused", []string{"app"}, ``, token.ErrInvalid},
		{"an empty list is refused", []string{"app"}, `[]`, token.ErrInvalid},
		{"an empty text is refused", []string{"app"}, `""`, token.ErrInvalid},
		{"null is refused", []string{"app"}, `null`, token.ErrInvalid},
		{"any audience is refused where none is configured", nil, `"app"`, token.ErrInvalid},
		{"an empty list is refused where none is configured", nil, `[]`, token.ErrInvalid},
		{"no audience is accepted where none is configured", nil, ``, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			a := newTarget(t, cfg) // without an audience, so that with adds one
			cfg.Audience = c.ours
			r := open(t, cfg, a.keys)
			payload := a.ourPayload(t)
			if c.claimed != "" {
				payload = a.with(t, "aud", c.claimed)
			}
			if _, err := r.Verify(a.forge(t, a.ourHeader(), payload)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestT41_TokenIDsAreRandomAndDifferent(t *testing.T) {
	r := open(t, config(), new(tokentest.Keys))
	c := alice()
	c.ID = ""
	seen := map[string]bool{}
	for range 500 {
		got, err := r.Verify(sign(t, r, c))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.ID) != 22 || seen[got.ID] {
			t.Fatalf("id %q: want 22 characters (128 bits) that were not there before", got.ID)
		}
		seen[got.ID] = true
	}
}

func TestT41_NoTokenWithoutRandomness(t *testing.T) {
	for name, source := range map[string]io.Reader{
		"a source that fails": iotest.ErrReader(errors.New("no entropy")), "a source that ends early": strings.NewReader("short"),
	} {
		cfg := config()
		cfg.Rand = source
		c := alice()
		c.ID = ""
		if raw, err := open(t, cfg, new(tokentest.Keys)).Sign(c); err == nil {
			t.Errorf("%s: got %q, want an error", name, raw)
		}
	}
}
