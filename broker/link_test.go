package broker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// linkTo goes to the provider and back as somebody who adds an identity.
func (f *federation) linkTo(t testing.TB, session, code string) error {
	t.Helper()
	l, err := f.finish(t, f.begin(t, broker.Departure{LinkTo: session}), code)
	if err == nil && (!l.Linked || l.Login.Access != "") {
		t.Errorf("got %+v, want no login", l)
	}
	return err
}

func TestLinkingByThePerson(t *testing.T) {
	t.Run("the identity leads to the account from then on", func(t *testing.T) {
		f := newFederation(t)
		alice := f.add(t, "alice")
		session := f.signIn(t, "local", "alice", "right password").SessionID
		f.audit.take()
		if err := f.linkTo(t, session, "carol"); err != nil {
			t.Fatal(err)
		}
		if got := names(f.audit.take()); !slices.Equal(got, []string{"identity.link:asked"}) {
			t.Errorf("recorded %q", got)
		}
		l, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
		if err != nil || l.Login.Claims.AccountID != alice.ID || l.Login.Claims.Email != "alice@example.org" {
			t.Errorf("got %+v, %v, want alice as she was", l.Login.Claims, err)
		}
	})
	t.Run("a sign-in of more than five minutes ago is too old", func(t *testing.T) {
		f := newFederation(t)
		f.add(t, "alice")
		session := f.signIn(t, "local", "alice", "right password").SessionID
		f.clock.pass(5*time.Minute + time.Second)
		f.audit.take()
		_, err := f.Begin(t.Context(), broker.Departure{Provider: "okta", Browser: browser, Mode: sessions.ModeCookie, Link: true, LinkTo: session})
		if codeOf(err) != broker.CodeForbidden {
			t.Errorf("got %v, want %s", err, broker.CodeForbidden)
		}
		if got := names(f.audit.take()); !slices.Equal(got, []string{"identity.refused:sign_in_too_old"}) {
			t.Errorf("recorded %q", got)
		}
	})
	t.Run("nobody is signed in", func(t *testing.T) {
		f := newFederation(t)
		for _, session := range []string{"", "unknown"} {
			f.audit.take()
			_, err := f.Begin(t.Context(), broker.Departure{Provider: "okta", Browser: browser, Mode: sessions.ModeCookie, Link: true, LinkTo: session})
			if got := names(f.audit.take()); codeOf(err) != broker.CodeTokenMissing || !slices.Equal(got, []string{"identity.refused:not_signed_in"}) {
				t.Errorf("%q: got %v and %q", session, err, got)
			}
		}
	})
	t.Run("a browser that another site has sent is refused, for the record too", func(t *testing.T) {
		f := newFederation(t)
		f.add(t, "alice")
		session := f.signIn(t, "local", "alice", "right password").SessionID
		f.audit.take()
		_, err := f.Begin(t.Context(), broker.Departure{Provider: "okta", Browser: browser, Mode: sessions.ModeCookie, Link: true, LinkTo: session, Foreign: true})
		if got := names(f.audit.take()); codeOf(err) != broker.CodeCrossSite || !slices.Equal(got, []string{"identity.refused:cross_site"}) {
			t.Errorf("got %v and %q", err, got)
		}
	})
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, *federation, broker.Login)
		code      broker.Code
		event     string
	}{
		"the session ended meanwhile": {func(t *testing.T, f *federation, l broker.Login) {
			if err := f.LeaveSession(t.Context(), l.SessionID, broker.Client{}); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials, "identity.refused:session_ended"},
		"R-24 somebody else signs in with it": {func(t *testing.T, f *federation, _ broker.Login) {
			if _, err := f.finish(t, f.begin(t, broker.Departure{}), "carol"); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeConflict, "identity.refused:identity_of_another_account"},
		"the provider lets only some groups in": {func(t *testing.T, f *federation, _ broker.Login) {
			f.settings.Providers[2].RequireGroups = []string{"staff"}
			if err := f.Use(f.settings); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials, "identity.refused:group_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFederation(t)
			f.add(t, "alice")
			l := f.signIn(t, "local", "alice", "right password")
			state := f.begin(t, broker.Departure{LinkTo: l.SessionID})
			c.meanwhile(t, f, l)
			f.audit.take()
			_, err := f.finish(t, state, "carol")
			if got := names(f.audit.take()); codeOf(err) != c.code || !slices.Equal(got, []string{c.event}) {
				t.Errorf("got %v and %q, want %s and %s", err, got, c.code, c.event)
			}
		})
	}
}

func TestUnlinking(t *testing.T) {
	f := newFederation(t)
	f.add(t, "alice")
	l := f.signIn(t, "local", "alice", "right password")
	ways := func(t *testing.T) []broker.WayIn {
		t.Helper()
		ways, err := f.WaysIn(t.Context(), l.Access)
		if err != nil {
			t.Fatal(err)
		}
		return ways
	}
	t.Run("the last way in stays", func(t *testing.T) {
		f.audit.take()
		err := f.Unlink(t.Context(), l.Access, ways(t)[0].ID, broker.Client{})
		if got := names(f.audit.take()); codeOf(err) != broker.CodeConflict || !slices.Equal(got, []string{"identity.refused:last_way_in"}) {
			t.Errorf("got %v and %q", err, got)
		}
	})
	if err := f.linkTo(t, l.SessionID, "carol"); err != nil {
		t.Fatal(err)
	}
	t.Run("one of a provider that is out of service does not count", func(t *testing.T) {
		f.settings.Providers[2].Disabled = true
		if err := f.Use(f.settings); err != nil {
			t.Fatal(err)
		}
		if err := f.Unlink(t.Context(), l.Access, ways(t)[0].ID, broker.Client{}); codeOf(err) != broker.CodeConflict {
			t.Errorf("got %v, want %s", err, broker.CodeConflict)
		}
		f.settings.Providers[2].Disabled = false
		if err := f.Use(f.settings); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("another goes, with the sessions that it began", func(t *testing.T) {
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
		if err != nil {
			t.Fatal(err)
		}
		list := ways(t)
		if len(list) != 2 || list[1].Provider != "okta" || list[1].Login != "carol" {
			t.Fatalf("got %+v", list)
		}
		f.audit.take()
		if err := f.Unlink(t.Context(), l.Access, list[1].ID, broker.Client{}); err != nil {
			t.Fatal(err)
		}
		if got := names(f.audit.take()); !slices.Equal(got, []string{"identity.unlink:asked"}) {
			t.Errorf("recorded %q", got)
		}
		if _, code := f.refresh(t, in.Login.Refresh); code != broker.CodeCredentials {
			t.Errorf("refresh: got %q, want %q", code, broker.CodeCredentials)
		}
		if _, code := f.refresh(t, l.Refresh); code != "" {
			t.Errorf("refresh of the other session: got %q", code)
		}
		f.audit.take()
		err = f.Unlink(t.Context(), l.Access, list[1].ID, broker.Client{})
		if got := names(f.audit.take()); codeOf(err) != broker.CodeNotFound || !slices.Equal(got, []string{"identity.refused:unknown_identity"}) {
			t.Errorf("again: got %v and %q", err, got)
		}
	})
	t.Run("a sign-in of more than five minutes ago is too old", func(t *testing.T) {
		f.clock.pass(6 * time.Minute)
		if err := f.Unlink(t.Context(), l.Access, ways(t)[0].ID, broker.Client{}); codeOf(err) != broker.CodeForbidden {
			t.Errorf("got %v, want %s", err, broker.CodeForbidden)
		}
	})
}

func TestLinkingByAddress(t *testing.T) {
	signIn := func(t *testing.T, link broker.LinkPolicy, id drivers.Identity) (f *federation, alice broker.Account, in broker.Landing, err error) {
		t.Helper()
		f = newFederation(t, func(p *broker.Provider) { p.Link = link })
		alice = f.add(t, "alice")
		f.okta.people["x"] = id
		in, err = f.finish(t, f.begin(t, broker.Departure{}), "x")
		return f, alice, in, err
	}
	same := drivers.Identity{Subject: "x", Login: "ali", Email: "alice@example.org", EmailVerified: true}
	t.Run("with verified_email the holder of the same proven address is one account", func(t *testing.T) {
		_, alice, in, err := signIn(t, broker.LinkVerifiedEmail, same)
		if err != nil || in.Login.Claims.AccountID != alice.ID {
			t.Errorf("got %q, %v, want alice's account", in.Login.Claims.AccountID, err)
		}
	})
	t.Run("without it there are two, and the address stays whose it was", func(t *testing.T) {
		_, alice, in, err := signIn(t, broker.LinkNever, same)
		if err != nil || in.Login.Claims.AccountID == alice.ID || in.Login.Claims.Email != "" {
			t.Errorf("got %+v, %v, want another account without the address", in.Login.Claims, err)
		}
	})
	t.Run("R-17 an address that is not verified joins nobody", func(t *testing.T) {
		unverified := same
		unverified.EmailVerified = false
		_, alice, in, err := signIn(t, broker.LinkVerifiedEmail, unverified)
		if err != nil || in.Login.Claims.AccountID == alice.ID {
			t.Errorf("got %+v, %v, want another account", in.Login.Claims, err)
		}
	})
	t.Run("R-18 somebody who takes over an address at the provider does not get the account", func(t *testing.T) {
		f, alice, _, err := signIn(t, broker.LinkNever, drivers.Identity{Subject: "x", Login: "mallory"})
		if err != nil {
			t.Fatal(err)
		}
		f.okta.people["x"] = same
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
		if err != nil || in.Login.Claims.AccountID == alice.ID || in.Login.Claims.EmailVerified {
			t.Errorf("got %+v, %v, want mallory's own account without the address", in.Login.Claims, err)
		}
	})
	t.Run("R-23 an address that the account has not confirmed joins nobody", func(t *testing.T) {
		f := newFederation(t, func(p *broker.Provider) { p.Link = broker.LinkVerifiedEmail })
		squatter, err := f.admin.Add(t.Context(), broker.NewAccount{Username: "mallory", Email: "carol@example.org", Password: "right password"})
		if err != nil {
			t.Fatal(err)
		}
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
		if err != nil || in.Login.Claims.AccountID == squatter.ID {
			t.Errorf("got %+v, %v, want an account of her own", in.Login.Claims, err)
		}
	})
	t.Run("R-24 an account that a stranger has named after the owner is not the owner's", func(t *testing.T) {
		f := newFederation(t, func(p *broker.Provider) { p.Link = broker.LinkVerifiedEmail })
		f.okta.people["trojan"] = drivers.Identity{Subject: "trojan", Login: "carol", Email: "carol@example.org"}
		stranger, err := f.finish(t, f.begin(t, broker.Departure{}), "trojan")
		if err != nil {
			t.Fatal(err)
		}
		owner, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
		if err != nil || owner.Login.Claims.AccountID == stranger.Login.Claims.AccountID || owner.Login.Claims.Email != "carol@example.org" || !owner.Login.Claims.EmailVerified {
			t.Errorf("got %+v, %v, want an account of her own with her address", owner.Login.Claims, err)
		}
		if _, err := f.admin.SetGroups(t.Context(), owner.Login.Claims.AccountID, []string{"board"}); err != nil {
			t.Fatal(err)
		}
		again, code := f.refresh(t, stranger.Login.Refresh)
		if code != "" || slices.Contains(again.Claims.Groups, "board") || again.Claims.EmailVerified {
			t.Errorf("the stranger: got %q and %+v", code, again.Claims)
		}
	})
	t.Run("R-56 the holder of a suspended account does not come back under another", func(t *testing.T) {
		f := newFederation(t, func(p *broker.Provider) { p.Link = broker.LinkVerifiedEmail })
		f.add(t, "carol")
		if _, err := f.admin.SetStatus(t.Context(), "carol", broker.Suspended); err != nil {
			t.Fatal(err)
		}
		if _, err := f.finish(t, f.begin(t, broker.Departure{}), "carol"); codeOf(err) != broker.CodeCredentials {
			t.Errorf("got %v, want %s", err, broker.CodeCredentials)
		}
	})
}

func TestAnAddressThatNobodyVouchesForStaysFree(t *testing.T) {
	f := newFederation(t)
	f.okta.people["x"] = drivers.Identity{Subject: "x", Login: "mallory", Email: "Victim@example.org"}
	enter := func(t *testing.T) broker.Landing {
		t.Helper()
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	t.Run("it is shown as not verified", func(t *testing.T) {
		if c := enter(t).Login.Claims; c.Email != "Victim@example.org" || c.EmailVerified {
			t.Errorf("got %q, verified %v", c.Email, c.EmailVerified)
		}
	})
	t.Run("its owner gets it", func(t *testing.T) {
		if _, err := f.admin.Add(t.Context(), broker.NewAccount{Username: "victim", Email: "victim@example.org", Confirmed: true, Password: "right password"}); err != nil {
			t.Fatal(err)
		}
		if a, _, err := f.admin.Find(t.Context(), "victim@example.org"); err != nil || a.Username != "victim" {
			t.Errorf("got %q, %v, want victim", a.Username, err)
		}
	})
	t.Run("nobody else can take it up afterwards", func(t *testing.T) {
		f.okta.people["x"] = drivers.Identity{Subject: "y", Login: "trudy", Email: "victim@example.org"}
		if c := enter(t).Login.Claims; c.Email != "" {
			t.Errorf("got %q, want none", c.Email)
		}
		f.okta.people["x"] = drivers.Identity{Subject: "z", Login: "eve", Email: "eve@example.org"}
		enter(t)
		f.okta.people["x"] = drivers.Identity{Subject: "z", Login: "eve", Email: "victim@example.org"}
		if c := enter(t).Login.Claims; c.Email != "eve@example.org" {
			t.Errorf("got %q, want the address from before", c.Email)
		}
	})
	t.Run("an administrator can vouch for it if it is free", func(t *testing.T) {
		if _, err := f.admin.Confirm(t.Context(), "eve"); err != nil {
			t.Fatal(err)
		}
		if a, _, err := f.admin.Find(t.Context(), "eve@example.org"); err != nil || a.Username != "eve" {
			t.Errorf("got %q, %v, want eve", a.Username, err)
		}
		if _, err := f.admin.Confirm(t.Context(), "mallory"); codeOf(err) != broker.CodeConflict {
			t.Errorf("of mallory: got %v, want %s", err, broker.CodeConflict)
		}
	})
}

func TestR55WhoMaySignUp(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*broker.Provider)
		id     drivers.Identity
		in     bool
	}{
		"R-55 nobody where signup is off":             {func(p *broker.Provider) { p.Signup = false }, drivers.Identity{Subject: "x"}, false},
		"R-55 a verified address of the domain":       {func(*broker.Provider) {}, drivers.Identity{Subject: "x", Email: "x@example.org", EmailVerified: true}, true},
		"R-55 no address that is not verified":        {func(*broker.Provider) {}, drivers.Identity{Subject: "x", Email: "x@example.org"}, false},
		"R-55 no address with two @":                  {func(*broker.Provider) {}, drivers.Identity{Subject: "x", Email: "x@evil.test@example.org", EmailVerified: true}, false},
		"R-55 no address of a part of the domain":     {func(*broker.Provider) {}, drivers.Identity{Subject: "x", Email: "x@sub.example.org", EmailVerified: true}, false},
		"R-55 no address of a domain that ends alike": {func(*broker.Provider) {}, drivers.Identity{Subject: "x", Email: "x@evilexample.org", EmailVerified: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFederation(t, func(p *broker.Provider) { p.Domains = []string{"example.org"}; c.change(p) })
			f.okta.people["x"] = c.id
			_, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
			list, listed := f.admin.List(t.Context(), broker.Query{})
			if listed != nil {
				t.Fatal(listed)
			}
			if c.in != (err == nil) || c.in != (len(list.Accounts) == 1) {
				t.Errorf("got %v and %d accounts, want it to be let in: %v", err, len(list.Accounts), c.in)
			}
		})
	}
}

func TestR53NothingUpstreamOverridesOurClaims(t *testing.T) {
	f := newFederation(t)
	f.okta.people["x"] = drivers.Identity{Subject: "x", Login: "x", Claims: map[string]any{
		"sub": "admin", "iss": "https://evil.test", "role": "admin", "admin_access": true, "is_admin": true, "scopes": []string{"all"}, "sid": "y",
	}}
	in, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Whoami(t.Context(), in.Login.Access)
	if err != nil || c.Subject == "admin" || c.Role != "user" || c.AdminAccess || c.IsAdmin || len(c.Scopes) != 0 || c.SessionID == "y" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestR54GroupsAreMatchedExactly(t *testing.T) {
	f := newFederation(t, func(p *broker.Provider) {
		p.GroupMap, p.OnlyGroups = map[string]string{"grp-family": "family"}, []string{"family"}
	})
	for name, groups := range map[string][]string{
		"another case": {"GRP-FAMILY", "Family"}, "one text with commas": {"grp-family,staff"}, "a look-alike": {"fаmily"}, "blanks": {" family"},
	} {
		t.Run(name, func(t *testing.T) {
			f.okta.people["x"] = drivers.Identity{Subject: "x", Login: "x", Groups: groups}
			in, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
			if err != nil || len(in.Login.Claims.Groups) != 0 {
				t.Errorf("got %q, %v, want none", in.Login.Claims.Groups, err)
			}
		})
	}
	t.Run("the mapped one counts, and brings its scopes", func(t *testing.T) {
		f.okta.people["x"] = drivers.Identity{Subject: "x", Login: "x", Groups: []string{"grp-family", "other"}}
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
		if err != nil || !slices.Equal(in.Login.Claims.Scopes, []string{"node.view"}) {
			t.Errorf("got %q, %v", in.Login.Claims.Scopes, err)
		}
	})
}

func TestRecheckOfARedirectProvider(t *testing.T) {
	f := newFederation(t)
	in, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
	if err != nil {
		t.Fatal(err)
	}
	l := in.Login
	t.Run("each is asked with what the last one gave", func(t *testing.T) {
		for range 3 {
			f.clock.pass(5 * time.Minute)
			l, _ = f.refresh(t, l.Refresh)
		}
		if want := []string{"token 0", "token 1", "token 2"}; !slices.Equal(f.okta.rechecks, want) {
			t.Errorf("got %q, want %q", f.okta.rechecks, want)
		}
	})
	t.Run("an answer without a profile takes no group away", func(t *testing.T) {
		f.okta.set(func(i *issuer) { i.partial = true })
		before, err := f.Whoami(t.Context(), l.Access)
		if err != nil || len(before.Groups) == 0 {
			t.Fatalf("got %+v, %v", before, err)
		}
		f.clock.pass(5 * time.Minute)
		var code broker.Code
		if l, code = f.refresh(t, l.Refresh); code != "" || !slices.Equal(l.Claims.Groups, before.Groups) {
			t.Errorf("got %q and groups %q, want %q", code, l.Claims.Groups, before.Groups)
		}
		f.okta.set(func(i *issuer) { i.partial = false })
	})
	t.Run("R-64 a provider that cannot answer changes nothing", func(t *testing.T) {
		f.okta.set(func(i *issuer) { i.fail = drivers.ErrUnavailable })
		f.clock.pass(5 * time.Minute)
		var code broker.Code
		if l, code = f.refresh(t, l.Refresh); code != "" {
			t.Errorf("got %q", code)
		}
	})
	t.Run("R-64 a provider that refuses ends the session", func(t *testing.T) {
		f.okta.set(func(i *issuer) { i.fail = drivers.ErrRefused })
		f.clock.pass(5 * time.Minute)
		if _, code := f.refresh(t, l.Refresh); code != broker.CodeCredentials {
			t.Errorf("got %q, want %q", code, broker.CodeCredentials)
		}
	})
	t.Run("who brought nothing to ask with is not asked", func(t *testing.T) {
		f.okta.set(func(i *issuer) { i.fail, i.rechecks = nil, nil })
		in, err := f.finish(t, f.begin(t, broker.Departure{}), "dan")
		if err != nil {
			t.Fatal(err)
		}
		f.clock.pass(5 * time.Minute)
		if _, code := f.refresh(t, in.Login.Refresh); code != "" || len(f.okta.rechecks) != 0 {
			t.Errorf("got %q and %q", code, f.okta.rechecks)
		}
	})
}

func TestR62LogoutAtTheProvider(t *testing.T) {
	f := newFederation(t)
	enter := func(code string) broker.Login {
		in, err := f.finish(t, f.begin(t, broker.Departure{}), code)
		if err != nil {
			t.Fatal(err)
		}
		return in.Login
	}
	alive := func(l broker.Login) bool {
		_, err := f.Whoami(t.Context(), l.Access)
		return err == nil
	}
	carol, dan := enter("carol"), enter("dan")
	f.okta.ended = drivers.Logout{Session: "s1", Subject: "carol", ID: "jti", Expires: f.clock.now().Add(time.Minute)}
	t.Run("R-62 a token that is not right ends nothing", func(t *testing.T) {
		if err := f.EndedUpstream(t.Context(), "okta", "bad", broker.Client{}); codeOf(err) != broker.CodePayload || !alive(carol) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("R-62 the right one ends exactly its session", func(t *testing.T) {
		if err := f.EndedUpstream(t.Context(), "okta", "good", broker.Client{}); err != nil || alive(carol) || !alive(dan) {
			t.Errorf("got %v, carol %v, dan %v", err, alive(carol), alive(dan))
		}
	})
	t.Run("R-62 the same again is refused", func(t *testing.T) {
		carol := enter("carol")
		if err := f.EndedUpstream(t.Context(), "okta", "good", broker.Client{}); codeOf(err) != broker.CodePayload || !alive(carol) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a provider that sends none has no such door", func(t *testing.T) {
		for _, name := range []string{"corp", "nobody"} {
			if err := f.EndedUpstream(t.Context(), name, "good", broker.Client{}); codeOf(err) != broker.CodeNoProvider {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestR57NothingOfTheProviderLeaksFromTheDatabase(t *testing.T) {
	f := newFederation(t)
	f.okta.people["x"] = drivers.Identity{Subject: "x", Upstream: []byte("upstream-refresh-token")}
	in, err := f.finish(t, f.begin(t, broker.Departure{}), "x")
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := f.db.Sessions().Find(t.Context(), in.Login.SessionID, f.clock.now())
	if err != nil || len(s.Upstream) == 0 || strings.Contains(string(s.Upstream), "upstream-refresh-token") {
		t.Errorf("got %q, %v, want it sealed", s.Upstream, err)
	}
}
