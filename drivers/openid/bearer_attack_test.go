package openid_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// unread wants a token to prove nobody, in a text that a log can carry.
func (r *relying) unread(t *testing.T, token string, want error) {
	t.Helper()
	b, err := r.Bearer.ReadBearer(t.Context(), token)
	if !errors.Is(err, want) || b.Identity.Subject != "" || !b.Expires.IsZero() {
		t.Fatalf("got %q until %v, %v, want %v", b.Identity.Subject, b.Expires, err, want)
	}
	if errors.Is(err, drivers.ErrUnavailable) != errors.Is(want, drivers.ErrUnavailable) || errors.Is(err, drivers.ErrMisconfigured) != (want == drivers.ErrMisconfigured) {
		t.Errorf("got %v, which blames another than %v", err, want)
	}
	text := err.Error()
	if len(text) > 600 || strings.Contains(text, r.ClientSecret) || len(token) > 8 && strings.Contains(text, token) || strings.ContainsAny(text, "\r\n\x00") {
		t.Errorf("the error cannot be logged: %q", text)
	}
}

// both is every lie of a list, one after the other.
func both(lies ...func(header, claims map[string]any)) func(header, claims map[string]any) {
	return func(header, claims map[string]any) {
		for _, f := range lies {
			f(header, claims)
		}
	}
}

// plainJWT is an access token that looks like any other JWT.
func plainJWT(header, claims map[string]any) {
	header["typ"] = "JWT"
	delete(claims, "scope")
	delete(claims, "client_id")
}

// typed writes the header's typ; nil leaves it out.
func typed(kind any) func(header, claims map[string]any) {
	return func(header, _ map[string]any) {
		if header["typ"] = kind; kind == nil {
			delete(header, "typ")
		}
	}
}

// noClient leaves the audience alone to say whom a token is for.
var noClient = both(claim("client_id", nil), claim("azp", nil))

func TestAccessTokenClaims(t *testing.T) {
	future := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for name, lie := range map[string]func(header, claims map[string]any){
		"R-30 another issuer":                   claim("iss", "https://evil.test"),
		"R-30 no issuer":                        claim("iss", nil),
		"R-30 a list of issuers":                claim("iss", []string{"https://evil.test"}),
		"R-31 another audience":                 both(noClient, claim("aud", "another")),
		"R-31 no audience":                      both(noClient, claim("aud", nil)),
		"R-31 an audience that is a part of it": both(noClient, claim("aud", "relying")),
		"R-31 an audience in capitals":          both(noClient, claim("aud", "RELYING:PARTY")),
		"R-31 an object of audiences":           both(noClient, claim("aud", map[string]any{"relying:party": true})),
		"R-31 a list in a list":                 both(noClient, claim("aud", []any{[]string{"relying:party"}})),
		"R-31 a list of clients":                both(noClient, claim("aud", "another"), claim("azp", []string{"relying:party"})),
		"R-32 no expiry":                        claim("exp", nil),
		"R-32 one that has just passed":         claim("exp", future(-2*time.Second)),
		"R-32 an expiry that is text":           claim("exp", "9999999999"),
		"R-32 an expiry of 1e308":               claim("exp", raw("1e308")),
		"R-32 a negative expiry":                claim("exp", -5),
		"R-61 issued in the future":             claim("iat", future(5*time.Minute)),
		"R-61 issued at no time":                claim("iat", nil),
		"R-61 not valid yet":                    claim("nbf", future(5*time.Minute)),
		"R-20 no subject":                       claim("sub", nil),
		"R-20 an empty subject":                 claim("sub", ""),
		"R-20 a subject that is a number":       claim("sub", 4711),
		"R-21 a subject of 256 bytes":           claim("sub", strings.Repeat("s", 256)),
		"R-21 a subject with a line break":      claim("sub", "a\nb"),
		"T-14 an ID token with a nonce":         both(plainJWT, claim("nonce", "n")),
		"T-14 an ID token without one":          plainJWT,
		"T-14 an ID token without a type":       both(plainJWT, typed(nil)),
		"T-14 an ID token typed at+jwt":         claim("nonce", "n"),
		"T-14 at_hash":                          claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"T-14 c_hash":                           claim("c_hash", ""),
		"T-14 Keycloak's ID token":              both(typed("JWT"), claim("typ", "ID")),
		"T-14 Keycloak's refresh token":         both(typed("JWT"), claim("typ", "Refresh")),
		"T-14 Keycloak's offline token":         both(typed("JWT"), claim("typ", "Offline")),
		"T-14 Cognito's ID token":               both(typed("JWT"), claim("token_use", "id")),
		"T-14 a kind that is no text":           claim("typ", 1),
		"T-14 a logout token":                   claim("events", map[string]any{logoutKind: map[string]any{}}),
		"T-14 a security event":                 claim("events", raw("null")),
		"T-14 the type logout+jwt":              typed("logout+jwt"),
		"T-14 the type dpop+jwt":                typed("application/dpop+jwt"),
		"T-14 the type JWS":                     typed("JWS"),
		"RFC 7800 a token bound to a key":       claim("cnf", map[string]any{"jkt": "x"}),
		"RFC 9068 a program's own token":        claim("sub", "relying:party"),
		"RFC 9068 another program's own token":  both(claim("sub", "batch"), claim("azp", "batch")),
		"RFC 9068 Okta's":                       both(claim("sub", "batch"), claim("cid", "batch")),
		"RFC 9068 Microsoft's":                  claim("idtyp", "app"),
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			r := newRelying(t, byKeys)
			r.unread(t, r.AccessToken(t, r.Person(), lie), drivers.ErrCredentials)
		})
	}
	for name, lie := range map[string]func(header, claims map[string]any){
		"as it is":                         func(_, _ map[string]any) {},
		"with us among several audiences":  both(noClient, claim("aud", []string{"another", "relying:party"})),
		"with us as the client":            claim("aud", "another"),
		"with us as the authorized party":  both(noClient, claim("aud", "account"), claim("azp", "relying:party")),
		"typed JWT, with a scope":          typed("JWT"),
		"without a type, with a client":    both(typed(nil), claim("scope", nil)),
		"as Keycloak writes it":            both(plainJWT, claim("typ", "Bearer")),
		"as Cognito writes it":             both(plainJWT, claim("aud", nil), claim("token_use", "access"), claim("client_id", "relying:party")),
		"typed application/at+jwt":         typed("application/at+jwt"),
		"with an expiry as a float":        claim("exp", raw("4102444800.5")),
		"issued by a clock a little ahead": claim("iat", future(50*time.Second)),
	} {
		t.Run(name+" it is taken", func(t *testing.T) {
			r := newRelying(t, byKeys)
			r.reads(t, r.AccessToken(t, r.Person(), lie))
		})
	}
}

// logoutKind is what a logout token tells of.
const logoutKind = "http://schemas.openid.net/event/backchannel-logout"

func TestAccessTokenSignatures(t *testing.T) {
	for _, alg := range []string{"none", "None", "nOnE", ""} {
		t.Run("R-26 the algorithm "+alg+" is refused", func(t *testing.T) {
			r := newRelying(t, byKeys)
			r.SignWith(oidctest.Unsigned(alg))
			r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
			r.Rewrite(oidctest.CutSignature)
			r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
		})
	}
	t.Run("R-27 a shared secret is no key, nor is a public one", func(t *testing.T) {
		r := newRelying(t, byKeys)
		for _, secret := range [][]byte{[]byte(r.ClientSecret), r.Key().DER(t), r.Key().PEM(t)} {
			r.SignWith(oidctest.HMAC("HS256", secret))
			r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
		}
	})
	t.Run("R-28 a changed token and another's key are refused", func(t *testing.T) {
		r := newRelying(t, byKeys)
		for part := range 3 {
			r.Rewrite(oidctest.FlipBit(part))
			r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
		}
		r.Rewrite(oidctest.ZeroSignature)
		r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
		r.Honest()
		r.SignWith(oidctest.NewKey(t, "ES256"))
		r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
	})
	t.Run("R-29 an algorithm that the operator left out is refused", func(t *testing.T) {
		r := newRelying(t, byKeys, func(c *openid.Config) { c.Algorithms = []string{"RS256"} })
		r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
	})
	t.Run("R-51 a claim that is there twice is refused", func(t *testing.T) {
		r := newRelying(t, byKeys)
		r.RewriteJSON(func(h, c string) (string, string) { return h, `{"sub":"mallory",` + c[1:] })
		r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
	})
	t.Run("an encrypted token is refused", func(t *testing.T) {
		r := newRelying(t, byKeys)
		r.unread(t, "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.e30.e30.e30.e30", drivers.ErrCredentials)
	})
}

func TestR39_UnknownKeysDoNotFetchInALoop(t *testing.T) {
	r := newRelying(t, byKeys)
	r.reads(t, r.AccessToken(t, r.Person(), nil))
	r.clock.pass(2 * time.Minute)
	r.Clock(2 * time.Minute)
	before := r.Calls(oidctest.JWKS)
	stranger := oidctest.NewKey(t, "ES256")
	r.SignWith(stranger)
	for i := range 200 {
		r.unread(t, r.AccessToken(t, r.Person(), func(header, _ map[string]any) { header["kid"] = strings.Repeat("k", i+1) }), drivers.ErrCredentials)
	}
	if n := r.Calls(oidctest.JWKS) - before; n != 1 {
		t.Errorf("%d calls for keys, want 1", n)
	}
	r.Honest()
	r.Clock(2 * time.Minute)
	r.reads(t, r.AccessToken(t, r.Person(), nil))
}

func TestKeysThatAreNotToBeHadAreNoFaultOfTheToken(t *testing.T) {
	r := newRelying(t, byKeys)
	r.Answer(oidctest.JWKS, oidctest.Raw(http.StatusInternalServerError, "text/html", "<h1>"))
	r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrUnavailable)
}

func TestATokenOwesWhatASignInOwes(t *testing.T) {
	demands := func(c *openid.Config) { c.MaxAge, c.ACR = time.Hour, []string{"phr"} }
	good := both(claim("acr", "phr"), claim("auth_time", time.Now().Unix()))
	for name, c := range map[string]struct {
		lie  func(header, claims map[string]any)
		good bool
	}{
		"all of it":                    {good, true},
		"another acr":                  {both(good, claim("acr", "pwd")), false},
		"no acr":                       {both(good, claim("acr", nil)), false},
		"a sign-in too long ago":       {both(good, claim("auth_time", time.Now().Add(-2*time.Hour).Unix())), false},
		"a sign-in at an unknown time": {both(good, claim("auth_time", nil)), false},
	} {
		t.Run(name, func(t *testing.T) {
			keys, asking := newRelying(t, byKeys, demands), newRelying(t, byAsking, demands)
			asking.Introspection(func(answer map[string]any) { c.lie(map[string]any{}, answer) })
			if c.good {
				keys.reads(t, keys.AccessToken(t, keys.Person(), c.lie))
				asking.reads(t, asking.OpaqueToken(asking.Person()))
				return
			}
			keys.unread(t, keys.AccessToken(t, keys.Person(), c.lie), drivers.ErrRefused)
			asking.unread(t, asking.OpaqueToken(asking.Person()), drivers.ErrRefused)
		})
	}
}

func TestAnAddressInATokenIsVerifiedByABooleanOnly(t *testing.T) {
	for _, said := range []any{"true", 1, nil, raw(`[true]`), false} {
		r := newRelying(t, byKeys)
		if b := r.reads(t, r.AccessToken(t, r.Person(), claim("email_verified", said))); b.Identity.EmailVerified {
			t.Errorf("%v counts as verified", said)
		}
	}
}

func TestTheOperatorsAudience(t *testing.T) {
	only := func(c *openid.Config) { c.Bearer.Audience = []string{"api://one", "api://two"} }
	r := newRelying(t, byKeys, only)
	r.reads(t, r.AccessToken(t, r.Person(), claim("aud", "api://two")))
	r.unread(t, r.AccessToken(t, r.Person(), nil), drivers.ErrCredentials)
	r.unread(t, r.AccessToken(t, r.Person(), both(noClient, claim("aud", ""))), drivers.ErrCredentials)
}
