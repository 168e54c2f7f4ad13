package openid_test

import (
	"net/url"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// open returns a driver of a provider.
func open(t testing.TB, p *oidctest.Provider, change ...func(*openid.Config)) drivers.Driver {
	t.Helper()
	c := openid.Config{
		Name: "okta", Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, Insecure: true, Logout: true,
	}
	for _, f := range change {
		f(&c)
	}
	d, err := openid.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestTheContract(t *testing.T) {
	for name, change := range map[string]func(*openid.Config){
		"by default":                func(*openid.Config) {},
		"with the secret in a form": func(c *openid.Config) { c.ClientAuth = "client_secret_post" },
		"with userinfo":             func(c *openid.Config) { c.UserInfo = true },
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			drivertest.TestRedirect(t, drivertest.RedirectFixture{
				Driver: open(t, p, change), Subject: oidctest.Subject, ClientID: oidctest.ClientID, Secret: oidctest.Secret,
				RedirectURI: oidctest.Redirect, OpenID: true, Break: p.Break,
				Visit: func(tb testing.TB, to string) url.Values { return p.Visit(tb, to) },
			})
		})
	}
}
