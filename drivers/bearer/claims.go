package bearer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// skew is how far a provider's clock may be from ours.
	skew = time.Minute
	// life is how long a token counts whose provider does not say.
	life = time.Minute
	// maxSeconds is the last second of the year 9999.
	maxSeconds = 253402300799
)

// Claims is what a token, or its provider, says. Numbers are json.Number.
type Claims map[string]any

// Has reports that one of the names is there, whatever it holds.
func (c Claims) Has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, there := c[name]; return there })
}

// Text is a string, "" for anything else.
func (c Claims) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// Seconds is a whole number of seconds in range; ok is false for anything
// else. It is what a NumericDate is good for here (RFC 7519 §2).
func (c Claims) Seconds(name string) (n int64, ok bool) {
	number, ok := c[name].(json.Number)
	if !ok {
		return 0, false
	}
	n, err := number.Int64()
	if err != nil {
		var f float64
		if f, err = number.Float64(); err != nil || f < 0 || f > maxSeconds {
			return 0, false
		}
		n = int64(f)
	}
	return n, n >= 0 && n <= maxSeconds
}

// kinds are the claims in which providers say what a token is: Keycloak in
// typ, Cognito and Hydra in token_use, and RFC 7662 §2.2 in token_type.
var kinds = []string{"typ", "token_use", "token_type"}

// access are the words there for an access token that whoever bears it may use.
var access = []string{"bearer", "access", "access_token", "at+jwt", "jwt"}

// NamesKind reports claims that call the token what it is.
func (c Claims) NamesKind() bool { return c.Has(kinds...) }

// CheckKind refuses what is no access token for a bearer: a refresh, ID or
// logout token, one that only the holder of a key may use (RFC 7800 §3.1, RFC
// 9449 §7.1), and one of a program that acts for nobody (RFC 9068 §5). That an
// ID token is one is not always to be seen.
func (c Claims) CheckKind() error {
	for _, name := range kinds {
		if c.Has(name) && !slices.Contains(access, strings.ToLower(c.Text(name))) {
			return fmt.Errorf("its %s is %.50s", name, strconv.QuoteToASCII(c.Text(name)))
		}
	}
	subject, clients := c.Text("sub"), []string{c.Text("azp"), c.Text("client_id"), c.Text("cid")}
	switch {
	case c.Has("events"):
		return errors.New("it tells of an event")
	case c.Has("at_hash", "c_hash", "s_hash"):
		return errors.New("it has a hash of another token, so it is an ID token")
	case c.Has("cnf"):
		return errors.New("it is bound to a key")
	case subject != "" && slices.Contains(clients, subject) || c.Text("idtyp") == "app":
		return errors.New("it is a program's own, and nobody's")
	}
	return nil
}

// CheckAudience looks for one of audiences: in aud, or as the client that the
// token was given to. A token that names neither is for nobody (RFC 9700 §2.3).
func (c Claims) CheckAudience(audiences []string) error {
	list, _ := c["aud"].([]any)
	for _, v := range append(slices.Clone(list), c["aud"], c["azp"], c["client_id"]) {
		if s, ok := v.(string); ok && s != "" && slices.Contains(audiences, s) {
			return nil
		}
	}
	return errors.New("it was made for another audience, or does not say for which")
}

// Expiry is when a token ends, which is after now. Here the clocks get no
// leeway: nothing counts past its end.
func (c Claims) Expiry(now time.Time) (time.Time, error) {
	seconds, ok := c.Seconds("exp")
	expires := time.Unix(seconds, 0)
	if !ok || !now.Before(expires) {
		return time.Time{}, errors.New("it has expired, or has no expiry")
	}
	return expires, nil
}

// Expires is Expiry of what a provider says of an active token, after a look at
// its other times (RFC 7662 §2.2). Those that are left out count as good: a
// token without an end counts for a minute. Those that are there must be.
func (c Claims) Expires(now time.Time) (time.Time, error) {
	for _, name := range []string{"iat", "nbf"} {
		from, ok := c.Seconds(name)
		if c.Has(name) && (!ok || time.Unix(from, 0).After(now.Add(skew))) {
			return time.Time{}, fmt.Errorf("its %s is in the future, or no time", name)
		}
	}
	if !c.Has("exp") {
		return now.Add(life), nil
	}
	return c.Expiry(now)
}
