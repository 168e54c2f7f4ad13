package papermerge_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/wire/wiretest"
)

// callback is the page of Papermerge that a provider sends browsers back to.
const callback = "http://pm/oidc/callback"

// behind is a house with an OpenID provider, "okta", of which Papermerge's page
// knows what it knew before: it begins the flow by itself. Ada signs in there,
// and the provider is asked about its access tokens. Besides what every house
// knows, a conversation can
//
//	! code [NAME=VALUE]…     sign in at the provider, with that in the address too: {"code"}
//	! access                 get an access token of the provider: {"token"}
//	! disown                 make what the provider gave Ada worthless
//	! provider down|up
//	! asked ENDPOINT         what the provider was asked last: {"query","form"}
type behind struct {
	*compattest.House
	provider *oidctest.Provider
}

func newBehind(t *testing.T, engine compattest.Engine, change ...func(*compattest.Setup)) *behind {
	t.Helper()
	b := &behind{}
	now := func() time.Time {
		if b.House == nil {
			return compattest.Start
		}
		return b.Now()
	}
	b.provider = oidctest.New(t, oidctest.Options{Lax: true, ClientID: "papermerge", Now: now, Person: &oidctest.Person{
		Subject: "a1b2-ada", Login: "ada", Name: "Ada Lovelace", Email: "ada@example.org", EmailVerified: true, Groups: []string{"family", "Family"},
	}})
	driver, err := openid.Open(openid.Config{
		Name: "okta", Issuer: b.provider.Issuer(), ClientID: "papermerge", ClientSecret: b.provider.ClientSecret, ClientAuth: "client_secret_post",
		Insecure: true, Bearer: openid.Bearer{Introspect: true}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = driver.Close() })
	okta := broker.Provider{Name: "okta", Kind: "openid", Signup: true, Bearer: 30 * time.Second, Driver: driver}
	b.House = compattest.New(t, engine, nil, append([]func(*compattest.Setup){func(s *compattest.Setup) {
		s.Settings.Providers = append(s.Settings.Providers, okta)
		s.Settings.Redirects.Public = compattest.PublicURL
		s.Settings.Services = []broker.Service{{ID: "papermerge", Secret: "the secret of papermerge's service"}}
		s.Web.Papermerge.RedirectURLs = []string{callback, "https://papermerge.example.org/oidc/callback"}
	}}, change...)...)
	return b
}

func (b *behind) acts() map[string]func(*testing.T, []string) string {
	acts := b.Acts()
	maps.Copy(acts, map[string]func(*testing.T, []string) string{
		"code":   func(t *testing.T, args []string) string { return object(t, map[string]any{"code": b.code(t, args...)}) },
		"access": func(t *testing.T, _ []string) string { return object(t, map[string]any{"token": b.access()}) },
		"disown": func(*testing.T, []string) string { b.provider.Revoke(b.provider.Person().Subject); return "" },
		"provider": func(t *testing.T, args []string) string {
			if args[0] == "up" {
				b.provider.Up(t)
				return ""
			}
			b.provider.Down()
			return ""
		},
		"asked": func(t *testing.T, args []string) string {
			last, form := b.provider.Last(oidctest.Endpoint(args[0])), map[string]any{}
			for name, values := range last.Form {
				form[name] = strings.Join(values, " and ")
			}
			return object(t, map[string]any{"query": last.URL.RawQuery, "form": form})
		},
	})
	return acts
}

// access is a new access token of Ada's, of the provider's.
func (b *behind) access() string { return b.provider.OpaqueToken(b.provider.Person()) }

// code is what the provider gives the page, which adds to its address what more
// says.
func (b *behind) code(t *testing.T, more ...string) string {
	t.Helper()
	q := url.Values{"response_type": {"code"}, "client_id": {"papermerge"}, "redirect_uri": {callback}, "scope": {"openid profile email"}, "state": {"s"}}
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		q.Set(name, value)
	}
	return b.provider.Visit(t, b.provider.URL(oidctest.Authorize)+"?"+q.Encode()).Get("code")
}

func object(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestContractsBehindAProvider(t *testing.T) {
	for name, engine := range compattest.Engines() {
		t.Run(name, func(t *testing.T) {
			wiretest.PlayFolder(t, "testdata/oidc", func(t *testing.T) wiretest.Scene {
				b := newBehind(t, engine)
				return wiretest.Scene{Handler: b, Acts: b.acts()}
			})
		})
	}
}
