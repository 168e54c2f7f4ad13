package openid_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

const page = "https://papermerge.example.org/oidc/callback"

func TestTheContractForCodesOfPages(t *testing.T) {
	for name, change := range map[string]func(*openid.Config){
		"by default":                func(*openid.Config) {},
		"with the secret in a form": func(c *openid.Config) { c.ClientAuth = "client_secret_post" },
		"with userinfo":             func(c *openid.Config) { c.UserInfo = true },
	} {
		t.Run(name, func(t *testing.T) {
			r := relyOn(t, oidctest.New(t, oidctest.Options{Lax: true}), change)
			drivertest.TestCodes(t, drivertest.RedirectFixture{
				Driver: r.Driver, Subject: r.Person().Subject, ClientID: r.ClientID, Secret: r.ClientSecret, RedirectURI: page, OpenID: true,
				Break: func(tb testing.TB) func() { r.Down(); return func() { r.Up(tb) } },
				Visit: func(tb testing.TB, to string) url.Values { return r.Visit(tb, to) },
			})
		})
	}
}

// fetched is a code that a page fetched by itself.
func (r *relying) fetched(t testing.TB) drivers.PageCode {
	t.Helper()
	e, err := r.Codes.Entrance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {e.ClientID}, "redirect_uri": {page}, "scope": {e.Scope}, "state": {"a state of the page's"},
	}
	return drivers.PageCode{Code: r.Visit(t, e.AuthorizeURL+"?"+q.Encode()).Get("code"), RedirectURI: page}
}

func TestWhatAPageBringsIsCheckedLikeAnyReply(t *testing.T) {
	lied := func(l func(header, claims map[string]any)) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) { p.IDToken(l) }
	}
	for name, tell := range map[string]func(*oidctest.Provider){
		"R-26 no signature":           func(p *oidctest.Provider) { p.SignWith(oidctest.Unsigned("none")) },
		"R-28 a flipped bit":          func(p *oidctest.Provider) { p.Rewrite(oidctest.FlipBit(1)) },
		"R-30 another issuer":         lied(claim("iss", "https://evil.example")),
		"another audience":            lied(claim("aud", "another")),
		"another party":               lied(claim("azp", "another")),
		"R-32 an expired token":       lied(claim("exp", 1)),
		"R-35 another access token":   lied(claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")),
		"R-20 nobody":                 lied(claim("sub", "")),
		"R-08 a nonce":                lied(claim("nonce", "somebody's")),
		"R-08 an empty nonce":         lied(claim("nonce", "")),
		"R-08 a nonce that is a list": lied(claim("nonce", []string{"x"})),
		"R-51 no ID token": func(p *oidctest.Provider) {
			p.Token(func(answer map[string]any) { delete(answer, "id_token") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := relyOn(t, oidctest.New(t, oidctest.Options{Lax: true}))
			tell(r.Provider)
			id, err := r.Codes.TakeCode(t.Context(), r.fetched(t))
			if !errors.Is(err, drivers.ErrReply) || id.Subject != "" {
				t.Errorf("got %q, %v, want ErrReply", id.Subject, err)
			}
		})
	}
	t.Run("what the operator demands of a sign-in is demanded here too", func(t *testing.T) {
		r := relyOn(t, oidctest.New(t, oidctest.Options{Lax: true}), func(c *openid.Config) { c.ACR = []string{"gold"} })
		if _, err := r.Codes.TakeCode(t.Context(), r.fetched(t)); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("got %v, want ErrRefused", err)
		}
	})
}

func TestOnlyAClientThatProvesItselfTakesCodes(t *testing.T) {
	key := oidctest.NewKey(t, "ES256")
	for name, c := range map[string]struct {
		change func(*openid.Config)
		takes  bool
	}{
		"with a secret":                 {func(*openid.Config) {}, true},
		"with a key":                    {func(c *openid.Config) { c.ClientSecret, c.PrivateKey = "", secretPEM(t, key.Priv) }, true},
		"without anything":              {func(c *openid.Config) { c.ClientSecret = "" }, false},
		"that says that it has nothing": {func(c *openid.Config) { c.ClientAuth = "none" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if takes := newRelying(t, c.change).Codes != nil; takes != c.takes {
				t.Errorf("it takes codes: %t, want %t", takes, c.takes)
			}
		})
	}
}

func TestTheEntranceAsksForNoRefreshToken(t *testing.T) {
	r := newRelying(t, func(c *openid.Config) { c.Scopes = []string{"openid", "offline_access", "groups"} })
	e, err := r.Codes.Entrance(t.Context())
	if err != nil || e.Scope != "openid groups" {
		t.Errorf("got %q, %v, want openid and groups", e.Scope, err)
	}
	if to, err := r.Redirect.AuthURL(t.Context(), "s", attempt()); err != nil || !strings.Contains(to, "offline_access") {
		t.Errorf("our own flow asks for %q, %v, want offline_access among it", to, err)
	}
}
