package broker_test

import (
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

func TestDecide(t *testing.T) {
	ldap := broker.Provider{Name: "corp", Kind: "ldap", Signup: true}
	okta := broker.Provider{Name: "okta", Kind: "openid"}
	local := broker.Provider{Name: "local", Kind: "local"}
	linking := broker.Provider{Name: "okta", Kind: "openid", Link: broker.LinkVerifiedEmail}
	in := func(p broker.Provider, domains, groups []string) broker.Provider {
		p.Domains, p.RequireGroups = domains, groups
		return p
	}
	off := func(p broker.Provider) broker.Provider { p.Disabled = true; return p }
	known := &broker.Account{ID: "1", Status: broker.Active}
	suspended := &broker.Account{ID: "1", Status: broker.Suspended}
	confirmed := &broker.Account{ID: "2", Status: broker.Active, Email: "a@example.org", EmailConfirmed: true}
	guarded := &broker.Account{ID: "2", Status: broker.Active, Email: "a@example.org", EmailConfirmed: true, SecondFactor: true}
	unconfirmed := &broker.Account{ID: "2", Status: broker.Active, Email: "a@example.org"}
	admin := &broker.Account{ID: "3", Status: broker.Active, Email: "a@example.org", EmailConfirmed: true, Admin: true}
	verified := drivers.Identity{Subject: "s", Email: "a@example.org", EmailVerified: true}
	claimed := drivers.Identity{Subject: "s", Email: "a@example.org"}
	multi := drivers.Identity{Subject: "s", Email: "x@evil.test@example.org", EmailVerified: true}
	family := drivers.Identity{Subject: "s", Groups: []string{"family"}}

	for _, c := range []struct {
		rule string
		in   broker.Evidence
		act  broker.Act
		why  string
	}{
		{"a known active account enters", broker.Evidence{Provider: okta, Account: known}, broker.Enter, "known"},
		{"L-03 a suspended account does not", broker.Evidence{Provider: okta, Account: suspended}, broker.Refuse, "status_suspended"},
		{"L-07 a disabled provider lets nobody in", broker.Evidence{Provider: off(okta), Account: known}, broker.Refuse, "provider_disabled"},
		{"an unknown person of a directory gets an account", broker.Evidence{Provider: ldap}, broker.Signup, "signup"},
		{"an unknown person of a provider without sign-up does not", broker.Evidence{Provider: okta}, broker.Refuse, "signup_closed"},
		{"a local identity never makes an account", broker.Evidence{Provider: local}, broker.Refuse, "no_account"},
		{"an address verified on both sides joins", broker.Evidence{Provider: linking, Identity: verified, Namesake: confirmed}, broker.Join, "verified_email"},
		{"M-06 an account with a second factor is not joined by its address", broker.Evidence{Provider: linking, Identity: verified, Namesake: guarded}, broker.Refuse, "second_factor_not_shown"},
		{"an address the provider only claims does not", broker.Evidence{Provider: linking, Identity: claimed, Namesake: confirmed}, broker.Refuse, "signup_closed"},
		{"an address the account never confirmed does not", broker.Evidence{Provider: linking, Identity: verified, Namesake: unconfirmed}, broker.Refuse, "signup_closed"},
		{"no address joins without the policy", broker.Evidence{Provider: okta, Identity: verified, Namesake: confirmed}, broker.Refuse, "signup_closed"},
		{"an address in the domain enters", broker.Evidence{Provider: in(okta, []string{"Example.org"}, nil), Identity: verified, Account: known}, broker.Enter, "known"},
		{"an unverified address proves no domain", broker.Evidence{Provider: in(okta, []string{"example.org"}, nil), Identity: claimed, Account: known}, broker.Refuse, "domain_not_allowed"},
		{"a directory's address proves its domain", broker.Evidence{Provider: in(ldap, []string{"example.org"}, nil), Identity: claimed, Account: known}, broker.Enter, "known"},
		{"L-13 an address with two @ has no domain", broker.Evidence{Provider: in(okta, []string{"example.org"}, nil), Identity: multi, Account: known}, broker.Refuse, "domain_not_allowed"},
		{"a sub-domain is another domain", broker.Evidence{Provider: in(okta, []string{"ample.org"}, nil), Identity: verified, Account: known}, broker.Refuse, "domain_not_allowed"},
		{"one required group is enough", broker.Evidence{Provider: in(ldap, nil, []string{"x", "family"}), Identity: family, Account: known}, broker.Enter, "known"},
		{"group names are matched with their case", broker.Evidence{Provider: in(ldap, nil, []string{"Family"}), Identity: family, Account: known}, broker.Refuse, "group_missing"},
		{"a local account has the groups it was given", broker.Evidence{Provider: in(local, nil, []string{"staff"}), Account: &broker.Account{Status: broker.Active, Groups: []broker.Group{{Name: "staff"}}}}, broker.Enter, "known"},
		{"a local account without a required group does not enter", broker.Evidence{Provider: in(local, nil, []string{"staff"}), Account: known}, broker.Refuse, "group_missing"},
		{"nobody without a required group", broker.Evidence{Provider: in(ldap, nil, []string{"Family"}), Account: known}, broker.Refuse, "group_missing"},
		{"an administrator enters without a group", broker.Evidence{Provider: in(okta, nil, []string{"family"}), Account: admin}, broker.Enter, "known"},
		{"an administrator enters with a local password and without a group", broker.Evidence{Provider: in(local, nil, []string{"family"}), Account: admin}, broker.Enter, "known"},
		{"an identity without a group joins an administrator's account where it may join", broker.Evidence{Provider: in(linking, nil, []string{"family"}), Identity: verified, Namesake: admin}, broker.Join, "verified_email"},
		{"but not where nothing joins", broker.Evidence{Provider: in(okta, nil, []string{"family"}), Identity: verified, Namesake: admin}, broker.Refuse, "group_missing"},
		{"nor by an address that the provider only claims", broker.Evidence{Provider: in(linking, nil, []string{"family"}), Identity: claimed, Namesake: admin}, broker.Refuse, "group_missing"},
		{"an administrator's address does not lead another known account past the groups", broker.Evidence{Provider: in(linking, nil, []string{"family"}), Identity: verified, Account: known, Namesake: admin}, broker.Refuse, "group_missing"},
		{"an administrator needs the domain", broker.Evidence{Provider: in(okta, []string{"example.net"}, nil), Identity: verified, Account: admin}, broker.Refuse, "domain_not_allowed"},
		{"a suspended administrator does not enter", broker.Evidence{Provider: in(okta, nil, []string{"family"}), Account: &broker.Account{Status: broker.Suspended, Admin: true}}, broker.Refuse, "status_suspended"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := broker.Decide(c.in)
			if want := (broker.Decision{Act: c.act, Reason: c.why}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestParseEmail(t *testing.T) {
	for in, want := range map[string]string{
		"a@example.org":               "a@example.org",
		"A.b+c@Example.ORG":           "A.b+c@example.org",
		"müller@exämple.org":          "müller@exämple.org",
		"o'brien@example.org":         "o'brien@example.org",
		"x@evil.test@example.org":     "", // L-13
		`"a@example.org"@evil.test`:   "",
		"a@example.org\x00@evil.test": "",
		"a@example.org\x00":           "",
		"a@":                          "",
		"@example.org":                "",
		"a b@example.org":             "",
		"a@example.org ":              "",
		"a@.org":                      "",
		"a@example..org":              "",
		".a@example.org":              "",
		"a@example.org\r\nBcc: x@y.z": "",
		"<a@example.org>":             "",
		"a@[127.0.0.1]":               "",
		"a\xff@example.org":           "",
		"a":                           "",
		"":                            "",
	} {
		got, ok := broker.ParseEmail(in)
		if got != want || ok != (want != "") {
			t.Errorf("ParseEmail(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	r := broker.Redirects{
		Public: "https://sso.example.org",
		Allow:  []string{"https://app.example.org/*", "https://one.example.org/done", "http://127.0.0.1:3000/*"},
	}
	for in, want := range map[string]string{
		"/":                                  "/",
		"/account?x=1#top":                   "/account?x=1#top",
		"https://sso.example.org/any":        "https://sso.example.org/any",
		"https://SSO.example.org:443/any":    "https://SSO.example.org:443/any",
		"https://app.example.org/":           "https://app.example.org/",
		"https://app.example.org":            "https://app.example.org",
		"https://app.example.org/a/b?c=d":    "https://app.example.org/a/b?c=d",
		"https://one.example.org/done":       "https://one.example.org/done",
		"https://one.example.org/done?x=1":   "https://one.example.org/done?x=1",
		"http://127.0.0.1:3000/cb":           "http://127.0.0.1:3000/cb",
		"":                                   "",
		"account":                            "",
		"//evil.test/":                       "",
		"/\\evil.test":                       "",
		"\\\\evil.test":                      "",
		"///evil.test":                       "",
		"/\t/evil.test":                      "",
		" https://app.example.org/":          "",
		"https://evil.test/":                 "",
		"https://app.example.org.evil.test/": "",
		"https://app.example.org@evil.test/": "",
		"https://user@app.example.org/":      "",
		"https://app.example.org:8443/":      "",
		"http://app.example.org/":            "",
		"https://one.example.org/done/more":  "",
		"https://one.example.org/":           "",
		"https://one.example.org/x/../done":  "",
		"https://app.example.org/%2e%2e/x":   "",
		"https://app.example.org/a%2fb":      "",
		"javascript:alert(1)":                "",
		"data:text/html,x":                   "",
		"https:app.example.org":              "",
		"https:///app.example.org":           "",
		"https://ápp.example.org/":           "",
		"/a\r\nSet-Cookie: x=y":              "",
	} {
		got, ok := r.Check(in)
		if got != want || ok != (want != "") {
			t.Errorf("Check(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}
