package broker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

// pages is the issuer for pages that send browsers to it by themselves.
type pages struct{ *issuer }

func (p pages) Entrance(context.Context) (drivers.Entrance, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return drivers.Entrance{AuthorizeURL: "https://okta.example/authorize", ClientID: "signet", Scope: "openid groups"}, p.fail
}

func (p pages) TakeCode(_ context.Context, c drivers.PageCode) (drivers.Identity, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	id, ok := p.people[c.Code]
	if !ok || c.RedirectURI != papermerge {
		return drivers.Identity{}, drivers.ErrReply
	}
	return clone(id), p.fail
}

const papermerge = "https://papermerge.example.org/oidc/callback"

func newPages(t testing.TB, change ...func(*broker.Provider)) *federation {
	t.Helper()
	return newFederation(t, func(p *broker.Provider) {
		p.Driver.Codes = pages{p.Driver.Redirect.(*issuer)}
		for _, f := range change {
			f(p)
		}
	})
}

func carried(code string) broker.Carried {
	return broker.Carried{
		Provider: "okta", ClientID: "signet", RedirectURI: papermerge, Code: code, Lives: broker.Lives{Access: time.Hour},
		Client: broker.Client{Address: "203.0.113.7"},
	}
}

func TestACodeOfAPageEndsInTheLoginOfEveryWay(t *testing.T) {
	f := newPages(t)
	if _, err := f.TakeCode(t.Context(), carried("carol")); err != nil { // makes her account
		t.Fatal(err)
	}
	f.counts.take()
	f.audit.take()
	l, err := f.TakeCode(t.Context(), carried("carol"))
	if err != nil {
		t.Fatal(err)
	}
	c := l.Claims
	if c.Provider != "okta" || c.PreferredUsername != "carol" || !c.EmailVerified || !slices.Equal(c.AMR, []string{"mfa"}) {
		t.Errorf("got %+v", c)
	}
	if l.Refresh != "" || l.Life != time.Hour {
		t.Errorf("got a refresh token %q and a life of %v, want none and an hour", l.Refresh, l.Life)
	}
	if diff := cmp.Diff([]string{"by identity", "start session"}, f.counts.take()); diff != "" {
		t.Errorf("statements, want -, got +:\n%s", diff)
	}
	if got := names(f.audit.take()); !slices.Equal(got, []string{"login.success:known"}) {
		t.Errorf("recorded %q", got)
	}
	if _, err := f.Guard(t.Context(), broker.Presented{Bearer: l.Access}); err != nil {
		t.Errorf("the guard: %v", err)
	}
}

// TestPolicyHoldsForCodesOfPages walks what decides after the proof: there is
// one door.
func TestPolicyHoldsForCodesOfPages(t *testing.T) {
	for name, c := range map[string]struct {
		who    string
		change func(*broker.Provider)
		want   broker.Code
		reason string
	}{
		"no unknown people where nobody signs up": {"carol", func(p *broker.Provider) { p.Signup = false }, broker.CodeCredentials, "login.denied:signup_closed"},
		"nobody without a required group":         {"dan", func(p *broker.Provider) { p.RequireGroups = []string{"choir"} }, broker.CodeCredentials, "login.denied:group_missing"},
		"group names are matched with their case": {"carol", func(p *broker.Provider) { p.RequireGroups = []string{"Choir"} }, broker.CodeCredentials, "login.denied:group_missing"},
		"nobody from another domain":              {"carol", func(p *broker.Provider) { p.Domains = []string{"example.net"} }, broker.CodeCredentials, "login.denied:domain_not_allowed"},
		"M-06 nobody without a second factor":     {"dan", func(p *broker.Provider) { p.MFA = broker.MFARequired }, broker.CodeOTP, "account.create:signup"},
		"L-07 nobody at a disabled provider":      {"carol", func(p *broker.Provider) { p.Disabled = true }, broker.CodeProviderDisabled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newPages(t, c.change)
			l, err := f.TakeCode(t.Context(), carried(c.who))
			if codeOf(err) != c.want || l.Access != "" {
				t.Errorf("got %v and the token %q, want %s and none", err, l.Access, c.want)
			}
			if got := strings.Join(names(f.audit.take()), " "); got != c.reason {
				t.Errorf("recorded %q, want %q", got, c.reason)
			}
		})
	}
	t.Run("nobody who was suspended", func(t *testing.T) {
		f := newPages(t)
		l, err := f.TakeCode(t.Context(), carried("carol"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.admin.SetStatus(t.Context(), l.Claims.AccountID, broker.Suspended); err != nil {
			t.Fatal(err)
		}
		if _, err := f.TakeCode(t.Context(), carried("carol")); codeOf(err) != broker.CodeCredentials {
			t.Errorf("got %v", err)
		}
	})
	t.Run("R-17 an account is joined by an address that both sides have proven, and by no other", func(t *testing.T) {
		f := newPages(t, func(p *broker.Provider) { p.Link = broker.LinkVerifiedEmail })
		carol := f.add(t, "carol")
		l, err := f.TakeCode(t.Context(), carried("carol"))
		if err != nil || l.Claims.AccountID != carol.ID {
			t.Errorf("got %q, %v, want the account %q", l.Claims.AccountID, err, carol.ID)
		}
		other := newPages(t)
		known := other.add(t, "carol")
		if l, err := other.TakeCode(t.Context(), carried("carol")); err != nil || l.Claims.AccountID == known.ID {
			t.Errorf("without the policy: got %q, %v, want another account", l.Claims.AccountID, err)
		}
	})
}

func TestWhatIsRefusedBeforeTheProviderIsAsked(t *testing.T) {
	f := newPages(t)
	for name, change := range map[string]func(*broker.Carried){
		"another client":                   func(c *broker.Carried) { c.ClientID = "somebody" },
		"no client":                        func(c *broker.Carried) { c.ClientID = "" },
		"a code for a callback of our own": func(c *broker.Carried) { c.RedirectURI = "https://sso.example.org/auth/login/okta/callback" },
		"a code of 9 KiB":                  func(c *broker.Carried) { c.Code = strings.Repeat("c", 9<<10) },
		"a page of 9 KiB":                  func(c *broker.Carried) { c.RedirectURI = strings.Repeat("c", 9<<10) },
	} {
		t.Run(name, func(t *testing.T) {
			c := carried("carol")
			change(&c)
			_, err := f.TakeCode(t.Context(), c)
			if codeOf(err) != broker.CodeCredentials || f.okta.asked != 0 {
				t.Errorf("got %v and %d calls to the provider, want %s and none", err, f.okta.asked, broker.CodeCredentials)
			}
			if got := names(f.audit.take()); !slices.Equal(got, []string{"login.failure:foreign_code"}) {
				t.Errorf("recorded %q", got)
			}
		})
	}
}

func TestACodeThatProvesNobody(t *testing.T) {
	f := newPages(t)
	f.okta.people["long"] = drivers.Identity{Subject: strings.Repeat("s", 256)}
	for name, c := range map[string]struct {
		code   string
		fail   error
		want   broker.Code
		reason string
	}{
		"a code that the provider did not give": {"made up", nil, broker.CodeCredentials, "login.failure:bad_reply"},
		"R-21 a subject of 256 bytes":           {"long", nil, broker.CodeCredentials, "login.failure:bad_reply"},
		"an outage":                             {"carol", drivers.ErrUnavailable, broker.CodeUnavailable, "provider.failure:unavailable"},
		"a client that the provider refuses":    {"carol", drivers.ErrMisconfigured, broker.CodeUnavailable, "provider.failure:misconfigured"},
	} {
		t.Run(name, func(t *testing.T) {
			f.okta.set(func(i *issuer) { i.fail = c.fail })
			_, err := f.TakeCode(t.Context(), carried(c.code))
			if codeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if got := strings.Join(names(f.audit.take()), " "); got != c.reason {
				t.Errorf("recorded %q, want %q", got, c.reason)
			}
		})
	}
}

func TestOnlyAProviderThatTakesCodesHasAnEntrance(t *testing.T) {
	f := newPages(t)
	f.settings.Providers = append(f.settings.Providers, broker.Provider{Name: "public", Kind: "openid", Driver: drivers.Driver{Redirect: f.okta}})
	if err := f.Use(f.settings); err != nil {
		t.Fatal(err)
	}
	e, err := f.Entrance(t.Context(), "okta")
	if want := (broker.Entrance{AuthorizeURL: "https://okta.example/authorize", ClientID: "signet", Scope: "openid groups"}); err != nil || e != want {
		t.Errorf("got %+v, %v, want %+v", e, err, want)
	}
	for _, name := range []string{"public", "local", "corp", "nobody", ""} {
		c := carried("carol")
		c.Provider = name
		_, noEntrance := f.Entrance(t.Context(), name)
		_, noLogin := f.TakeCode(t.Context(), c)
		if codeOf(noEntrance) != broker.CodeNoProvider || codeOf(noLogin) != broker.CodeNoProvider {
			t.Errorf("%q: got %v and %v, want %s", name, noEntrance, noLogin, broker.CodeNoProvider)
		}
	}
	for _, w := range f.Ways() {
		if w.Codes != (w.Name == "okta") {
			t.Errorf("%s takes codes: %t", w.Name, w.Codes)
		}
	}
	f.okta.set(func(i *issuer) { i.fail = drivers.ErrUnavailable })
	f.audit.take()
	if _, err := f.Entrance(t.Context(), "okta"); !errors.Is(err, drivers.ErrUnavailable) || len(f.audit.take()) > 0 {
		t.Errorf("of a provider that is down: got %v, want ErrUnavailable and nothing on record: strangers ask", err)
	}
}
