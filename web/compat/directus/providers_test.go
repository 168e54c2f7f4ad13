package directus_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/pquerna/otp/totp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
	"github.com/signet-sso/signet/web/compat/compattest"
)

// providers are what a house has besides its own: "github" lets in whom it knows,
// "okta" makes accounts, and "gone" is a directory that nobody answers at.
type providers struct {
	github *oauth2test.Server
	okta   *oidctest.Provider
	ways   []broker.Provider
	mend   func()
}

func newProviders(t *testing.T) *providers {
	t.Helper()
	p := &providers{github: oauth2test.New(t, oauth2test.Options{}), okta: oidctest.New(t, oidctest.Options{})}
	p.github.RedirectURI = compattest.PublicURL + "/auth/login/github/callback"
	p.mend = func() {}
	p.ways = []broker.Provider{
		{Name: "github", Kind: "oauth2", Label: "GitHub", Icon: "github", Driver: opened(t)(oauth2.Open(oauth2.Config{
			Name: "github", AuthorizeURL: p.github.AuthorizeURL(), TokenURL: p.github.TokenURL(), ProfileURL: p.github.ProfileURL(),
			ClientID: p.github.ClientID, ClientSecret: p.github.ClientSecret, Insecure: true,
			Fields: oauth2.Fields{ID: "id", Login: "login", Email: "email"},
		}))},
		{Name: "okta", Kind: "openid", Label: "Okta", Signup: true, Driver: opened(t)(openid.Open(openid.Config{
			Name: "okta", Issuer: p.okta.Issuer(), ClientID: p.okta.ClientID, ClientSecret: p.okta.ClientSecret, Insecure: true,
		}))},
		{Name: "gone", Kind: "ldap", Label: "Branch", Driver: opened(t)(ldap.Open(ldap.Config{
			URLs: []string{"ldaps://127.0.0.1:1"}, BindDN: "cn=reader,dc=gone", BindPassword: "x", Users: ldap.Users{Base: "dc=gone"},
		}))},
	}
	return p
}

func opened(t *testing.T) func(drivers.Driver, error) drivers.Driver {
	return func(d drivers.Driver, err error) drivers.Driver {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
}

// join makes a house one of somebody who came from Directus.
func (p *providers) join(s *compattest.Setup) {
	s.Issuer = "directus"
	s.Settings.Providers = append(s.Settings.Providers, p.ways...)
	s.Settings.Redirects = broker.Redirects{Public: compattest.PublicURL, Allow: []string{"https://app.example.org/login"}}
	s.Acts = func(h *compattest.House) map[string]func(*testing.T, []string) string {
		return map[string]func(*testing.T, []string) string{
			"visit": p.visit, "profile": p.profile, "break": p.breakOff, "mended": p.mended,
			"knows": func(t *testing.T, args []string) string { return knows(t, h, args) },
			"otp":   func(t *testing.T, args []string) string { return code(t, h, args) },
		}
	}
}

// visit is the browser at the provider that an answer led it to: it tells what
// was asked for, and what the browser is sent back with.
func (p *providers) visit(t *testing.T, args []string) string {
	to, err := url.Parse(args[0])
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	said := map[string]string{"at": "okta"}
	if strings.HasPrefix(args[0], p.github.Origin) {
		said = map[string]string{"at": "github", "client_id": q.Get("client_id"), "redirect_uri": q.Get("redirect_uri"), "code_challenge_method": q.Get("code_challenge_method")}
		said["back"] = p.github.Visit(t, args[0]).Encode()
	} else {
		said["nonce"], said["prompt"], said["back"] = q.Get("nonce"), q.Get("prompt"), p.okta.Visit(t, args[0]).Encode()
	}
	return text(t, said)
}

// profile is what github says of the person from now on.
func (p *providers) profile(_ *testing.T, args []string) string {
	p.github.SetProfile(strings.Join(args, " "))
	return ""
}

// breakOff lets the connections to github break off, until it is mended.
func (p *providers) breakOff(t *testing.T, _ []string) string {
	p.mend = p.github.Break(t)
	return ""
}

func (p *providers) mended(*testing.T, []string) string {
	p.mend()
	return ""
}

// knows adds an identity to an account, as an import does.
func knows(t *testing.T, h *compattest.House, args []string) string {
	_, err := h.Admin.Link(t.Context(), args[0], broker.NewIdentity{Provider: args[1], Subject: args[2]})
	if err != nil {
		t.Fatal(err)
	}
	return ""
}

// code is what the authenticator of a secret shows, and moves the clock on to a
// time at which it has shown no other.
func code(t *testing.T, h *compattest.House, args []string) string {
	h.Pass(31 * time.Second)
	shown, err := totp.GenerateCode(args[0], h.Now())
	if err != nil {
		t.Fatal(err)
	}
	return text(t, map[string]string{"code": shown})
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
