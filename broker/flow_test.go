package broker_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// issuer is a stand-in for a redirect driver: a code is the subject of who
// signed in, and every attempt is remembered.
type issuer struct {
	mu       sync.Mutex
	people   map[string]drivers.Identity // subject → identity
	attempts map[string]drivers.Attempt  // state → attempt
	asked    int                         // exchanges
	fail     error
	rechecks []string
	ended    drivers.Logout
	old      atomic.Bool
	partial  bool
}

func (i *issuer) Degraded() bool { return i.old.Load() }

func (i *issuer) AuthURL(_ context.Context, state string, a drivers.Attempt) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		return "", i.fail
	}
	i.attempts[state] = a
	return "https://okta.example/authorize?state=" + state, nil
}

func (i *issuer) Exchange(_ context.Context, a drivers.Attempt, reply url.Values) (drivers.Identity, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	switch {
	case i.fail != nil:
		return drivers.Identity{}, i.fail
	case reply.Get("error") != "":
		return drivers.Identity{}, drivers.ErrCredentials
	case a.Verifier == "" || a.Nonce == "" || reply.Has("state"):
		return drivers.Identity{}, fmt.Errorf("attempt %+v of reply %v: %w", a, reply, drivers.ErrReply)
	}
	id, ok := i.people[reply.Get("code")]
	if !ok {
		return drivers.Identity{}, drivers.ErrReply
	}
	return clone(id), nil
}

func (i *issuer) Recheck(_ context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rechecks = append(i.rechecks, string(upstream))
	if i.fail != nil {
		return drivers.Identity{}, i.fail
	}
	id := clone(i.people[subject])
	if i.partial {
		id = drivers.Identity{Subject: subject, Partial: true}
	}
	id.Upstream = fmt.Appendf(nil, "token %d", len(i.rechecks))
	return id, nil
}

func (i *issuer) ReadLogout(_ context.Context, logoutToken string) (drivers.Logout, error) {
	if logoutToken != "good" {
		return drivers.Logout{}, drivers.ErrReply
	}
	return i.ended, nil
}

func (i *issuer) set(f func(*issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f(i)
}

// federation is a house with the redirect provider "okta", where Carol and Dan
// are known.
type federation struct {
	*house
	okta *issuer
}

func newFederation(t testing.TB, change ...func(*broker.Provider)) *federation {
	t.Helper()
	okta := &issuer{attempts: map[string]drivers.Attempt{}, people: map[string]drivers.Identity{
		"carol": {Subject: "carol", Login: "carol", Email: "carol@example.org", EmailVerified: true, Groups: []string{"choir"}, Session: "s1", Upstream: []byte("token 0"), AMR: []string{"mfa"}},
		"dan":   {Subject: "dan", Login: "dan"},
	}}
	p := broker.Provider{Name: "okta", Kind: "openid", Signup: true, Driver: drivers.Driver{Redirect: okta, Recheck: okta, Ended: okta}}
	for _, f := range change {
		f(&p)
	}
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) {
		s.Providers = append(s.Providers, p)
		s.Redirects = broker.Redirects{Public: "https://sso.example.org", Allow: []string{"https://app.example.org/*"}}
	})
	return &federation{house: h, okta: okta}
}

const browser = "the secret of a browser"

// begin starts a flow and returns its state.
func (f *federation) begin(t testing.TB, d broker.Departure) string {
	t.Helper()
	if d.Browser == "" {
		d.Browser = browser
	}
	if d.Mode == "" {
		d.Mode = sessions.ModeCookie
	}
	d.Provider, d.Link = "okta", d.LinkTo != ""
	address, err := f.Begin(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	_, state, _ := strings.Cut(address, "state=")
	return state
}

func (f *federation) finish(t testing.TB, state, code string) (broker.Landing, error) {
	t.Helper()
	return f.Finish(t.Context(), broker.Arrival{
		Provider: "okta", Browser: browser, Reply: url.Values{"state": {state}, "code": {code}},
	})
}

func TestRedirectSignIn(t *testing.T) {
	f := newFederation(t)
	state := f.begin(t, broker.Departure{ReturnTo: "https://app.example.org/inbox?x=1"})
	l, err := f.finish(t, state, "carol")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("ends in the same login as every way", func(t *testing.T) {
		c := l.Login.Claims
		if c.Provider != "okta" || c.PreferredUsername != "carol" || !c.EmailVerified || !slices.Equal(c.AMR, []string{"mfa"}) || l.Login.Refresh == "" {
			t.Errorf("got %+v", c)
		}
		if l.ReturnTo != "https://app.example.org/inbox?x=1" || l.Mode != sessions.ModeCookie || !l.Known {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("costs one statement to begin and three to finish", func(t *testing.T) {
		f.counts.take()
		state := f.begin(t, broker.Departure{})
		began := f.counts.take()
		if _, err := f.finish(t, state, "carol"); err != nil {
			t.Fatal(err)
		}
		want := []string{"put flow", "take flow", "by identity", "start session"}
		if diff := cmp.Diff(want, append(began, f.counts.take()...)); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
	t.Run("R-03 state, nonce and verifier are ours and new for each flow", func(t *testing.T) {
		f.begin(t, broker.Departure{})
		seen := map[string]bool{}
		for state, a := range f.okta.attempts {
			for _, s := range []string{state, a.Nonce, a.Verifier} {
				if len(s) < 43 || seen[s] {
					t.Errorf("%q is short or was seen before", s)
				}
				seen[s] = true
			}
			if a.RedirectURI != "https://sso.example.org/auth/login/okta/callback" {
				t.Errorf("redirect URI %q", a.RedirectURI)
			}
		}
	})
}

// outcome is what a finish is refused with, and how often the provider was
// asked meanwhile.
func (f *federation) outcome(t testing.TB, a broker.Arrival) (code broker.Code, asked int) {
	t.Helper()
	before := f.okta.asked
	_, err := f.Finish(t.Context(), a)
	return codeOf(err), f.okta.asked - before
}

func TestStateIsChecked(t *testing.T) {
	f := newFederation(t)
	f.settings.Providers = append(f.settings.Providers, broker.Provider{Name: "other", Kind: "openid", Driver: drivers.Driver{Redirect: f.okta}})
	if err := f.Use(f.settings); err != nil {
		t.Fatal(err)
	}
	another := f.begin(t, broker.Departure{Browser: "somebody else's browser"})
	for name, change := range map[string]func(*broker.Arrival){
		"R-01 none":                            func(a *broker.Arrival) { a.Reply.Del("state") },
		"R-01 an empty one":                    func(a *broker.Arrival) { a.Reply.Set("state", "") },
		"R-02 another":                         func(a *broker.Arrival) { a.Reply.Set("state", strings.Repeat("A", 43)) },
		"R-02 another person's":                func(a *broker.Arrival) { a.Reply.Set("state", another) },
		"R-02 cut short":                       func(a *broker.Arrival) { a.Reply.Set("state", a.Reply.Get("state")[:42]) },
		"R-02 in other letters":                func(a *broker.Arrival) { a.Reply.Set("state", swapCase(a.Reply.Get("state"))) },
		"R-02 with something behind":           func(a *broker.Arrival) { a.Reply.Set("state", a.Reply.Get("state")+"A") },
		"R-02 twice":                           func(a *broker.Arrival) { a.Reply.Add("state", a.Reply.Get("state")) },
		"R-02 from a browser without a cookie": func(a *broker.Arrival) { a.Browser = "" },
		"R-02 from another browser":            func(a *broker.Arrival) { a.Browser = "another" },
		"R-07 at another provider's callback":  func(a *broker.Arrival) { a.Provider = "other" },
		"a code that is there twice":           func(a *broker.Arrival) { a.Reply.Add("code", "dan") },
		"a code of 9 KiB":                      func(a *broker.Arrival) { a.Reply.Set("code", strings.Repeat("c", 9<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			a := broker.Arrival{Provider: "okta", Browser: browser, Reply: url.Values{"state": {f.begin(t, broker.Departure{})}, "code": {"carol"}}}
			change(&a)
			f.audit.take()
			if code, asked := f.outcome(t, a); code != broker.CodeCredentials || asked != 0 {
				t.Errorf("got %q and %d calls to the provider, want %q and none", code, asked, broker.CodeCredentials)
			}
			if got := names(f.audit.take()); !slices.Equal(got, []string{"login.failure:unknown_flow"}) {
				t.Errorf("recorded %q", got)
			}
		})
	}
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

func TestR05AFlowIsUsedOnce(t *testing.T) {
	t.Run("R-05 a callback that is called again is refused", func(t *testing.T) {
		f := newFederation(t)
		state := f.begin(t, broker.Departure{})
		if _, err := f.finish(t, state, "carol"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.finish(t, state, "carol"); codeOf(err) != broker.CodeCredentials || f.okta.asked != 1 {
			t.Errorf("got %v and %d calls to the provider, want a refusal and 1", err, f.okta.asked)
		}
	})
	t.Run("R-05 of twenty at once one comes in", func(t *testing.T) {
		f := newFederation(t)
		for round := range 20 {
			f.okta.asked = 0
			state := f.begin(t, broker.Departure{})
			var in, wait sync.WaitGroup
			start, good := make(chan struct{}), make(chan bool, 20)
			for range 20 {
				in.Add(1)
				wait.Go(func() {
					in.Done()
					<-start
					_, err := f.finish(t, state, "carol")
					good <- err == nil
				})
			}
			in.Wait()
			close(start)
			wait.Wait()
			close(good)
			n := 0
			for ok := range good {
				if ok {
					n++
				}
			}
			if n != 1 || f.okta.asked != 1 {
				t.Fatalf("round %d: %d came in with %d calls to the provider, want 1 and 1", round, n, f.okta.asked)
			}
		}
	})
	t.Run("R-05 after ten minutes it is over", func(t *testing.T) {
		f := newFederation(t)
		state := f.begin(t, broker.Departure{})
		f.clock.pass(10 * time.Minute)
		if _, err := f.finish(t, state, "carol"); codeOf(err) != broker.CodeCredentials || f.okta.asked != 0 {
			t.Errorf("got %v and %d calls, want a refusal and none", err, f.okta.asked)
		}
	})
}

func TestR14ReturnTo(t *testing.T) {
	f := newFederation(t)
	t.Run("R-14 is refused at the start", func(t *testing.T) {
		for _, to := range []string{"https://evil.test", "//evil.test", `/\evil.test`, "javascript:alert(1)", "https://app.example.org.evil.test/"} {
			_, err := f.Begin(t.Context(), broker.Departure{Provider: "okta", Browser: browser, Mode: sessions.ModeCookie, ReturnTo: to})
			if codeOf(err) != broker.CodePayload {
				t.Errorf("%s: got %v, want %s", to, err, broker.CodePayload)
			}
		}
	})
	t.Run("R-14 is looked at again at the end, in success and in failure", func(t *testing.T) {
		for code, want := range map[string]broker.Code{"carol": "", "nobody": broker.CodeCredentials} {
			state := f.begin(t, broker.Departure{ReturnTo: "https://app.example.org/inbox"})
			closed := f.settings
			closed.Redirects.Allow = nil
			if err := f.Use(closed); err != nil {
				t.Fatal(err)
			}
			l, err := f.finish(t, state, code)
			if codeOf(err) != want || l.ReturnTo != "" || !l.Known {
				t.Errorf("%s: got %q and %v, want no place and %q", code, l.ReturnTo, err, want)
			}
			if err := f.Use(f.settings); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("tokens never travel in an address", func(t *testing.T) {
		_, err := f.Begin(t.Context(), broker.Departure{Provider: "okta", Browser: browser, Mode: sessions.ModeJSON, ReturnTo: "https://app.example.org/"})
		if codeOf(err) != broker.CodePayload {
			t.Errorf("got %v, want %s", err, broker.CodePayload)
		}
	})
}

func TestR15TheAllowList(t *testing.T) {
	r := broker.Redirects{Public: "https://sso.example.org", Allow: []string{
		"https://app.test/*", "https://one.test/exactly", "https://deep.test/a/*", "http://[::1]:8080/*", "https://port.test:8443/*",
	}}
	for to, want := range map[string]bool{
		"https://app.test/": true, "https://app.test/x?y=z": true, "https://APP.test/": true, "https://app.test:443/": true,
		"https://app.test": true, "https://one.test/exactly": true, "https://one.test/exactly?a=b": true,
		"https://deep.test/a/b": true, "http://[::1]:8080/x": true, "https://port.test:8443/": true, "/login?done": true,
		"https://evilapp.test/": false, "https://app.test.": false, "https://app.test./": false, "https://app.test:444/": false,
		"https://xn--app.test/": false, "https://app.test%00.evil/": false, "https://app.test.evil/": false, "http://app.test/": false,
		"https://sub.app.test/": false, "https://app.test@evil.test/": false, "https://a:b@app.test/": false,
		"https://one.test/exactly/": false, "https://one.test/": false, "https://deep.test/": false, "https://deep.test/ab": false,
		"https://deep.test/a/../b": false, "https://deep.test/a/%2e%2e/b": false, "https://deep.test/a%2fb": false,
		"http://[::1]/x": false, "http://[::1%25eth0]:8080/": false, "https://port.test/": false, "https://аpp.test/": false,
		"//app.test/": false, "https:app.test": false, "https:/app.test": false, "https:///app.test": false, "javascript:alert(1)": false,
		"data:text/html,x": false, "/\\app.test": false, "\\/app.test": false, "/\tapp.test": false, "": false, "x": false,
		"https://app.test/\r\nX: 1": false, "https://app.test/" + strings.Repeat("a", 3000): false,
	} {
		t.Run("R-15 "+to[:min(len(to), 40)], func(t *testing.T) {
			if _, got := r.Check(to); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestR22ALoginNameThatIsGivenToSomebodyElseLeadsToNobody(t *testing.T) {
	f := newFederation(t)
	first, err := f.finish(t, f.begin(t, broker.Departure{}), "carol")
	if err != nil {
		t.Fatal(err)
	}
	f.okta.people["new"] = drivers.Identity{Subject: "another", Login: "carol", Email: "carol@example.org", EmailVerified: true}
	second, err := f.finish(t, f.begin(t, broker.Departure{}), "new")
	if err != nil || second.Login.Claims.AccountID == first.Login.Claims.AccountID || second.Login.Claims.PreferredUsername == "carol" {
		t.Errorf("got %+v, %v, want an account of their own", second.Login.Claims, err)
	}
}

func TestWhatAProviderSaysWrong(t *testing.T) {
	for name, c := range map[string]struct {
		identity drivers.Identity
		fail     error
		code     broker.Code
		event    string
	}{
		"R-20 an identity without a subject":          {identity: drivers.Identity{}, code: broker.CodeCredentials, event: "login.failure:bad_reply"},
		"R-20 a blank subject":                        {identity: drivers.Identity{Subject: " "}, code: broker.CodeCredentials, event: "login.failure:bad_reply"},
		"R-21 a subject of 256 bytes":                 {identity: drivers.Identity{Subject: strings.Repeat("s", 256)}, code: broker.CodeCredentials, event: "login.failure:bad_reply"},
		"R-21 a subject with a control character":     {identity: drivers.Identity{Subject: "a\nb"}, code: broker.CodeCredentials, event: "login.failure:bad_reply"},
		"R-11 that the person gave up":                {fail: drivers.ErrCredentials, code: broker.CodeCredentials, event: "login.failure:given_up"},
		"something that is no protocol":               {fail: drivers.ErrReply, code: broker.CodeCredentials, event: "login.failure:bad_reply"},
		"R-42 that it does not fit its configuration": {fail: drivers.ErrMisconfigured, code: broker.CodeUnavailable, event: "provider.failure:misconfigured"},
		"nothing at all":                              {fail: drivers.ErrUnavailable, code: broker.CodeUnavailable, event: "provider.failure:unavailable"},
	} {
		t.Run(name+" lets nobody in", func(t *testing.T) {
			f := newFederation(t)
			state := f.begin(t, broker.Departure{})
			f.okta.people["x"], f.okta.fail = c.identity, c.fail
			f.audit.take()
			_, err := f.finish(t, state, "x")
			if got := names(f.audit.take()); codeOf(err) != c.code || !slices.Equal(got, []string{c.event}) {
				t.Errorf("got %v and %q, want %s and %s", err, got, c.code, c.event)
			}
		})
	}
}

func TestBeginRefuses(t *testing.T) {
	f := newFederation(t, func(p *broker.Provider) { p.Disabled = true })
	for name, c := range map[string]struct {
		d    broker.Departure
		code broker.Code
	}{
		"a provider that is not there":      {broker.Departure{Provider: "nobody"}, broker.CodeNoProvider},
		"a provider that takes passwords":   {broker.Departure{Provider: "local"}, broker.CodeNoProvider},
		"a provider that is out of service": {broker.Departure{Provider: "okta"}, broker.CodeProviderDisabled},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := f.Begin(t.Context(), c.d); codeOf(err) != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestR43AnUnreachableProviderIsDownAndComesBack(t *testing.T) {
	f := newFederation(t)
	status := func() bool {
		for _, w := range f.Ways() {
			if w.Name == "okta" {
				return w.Down
			}
		}
		return false
	}
	f.okta.set(func(i *issuer) { i.fail = drivers.ErrUnavailable })
	_, err := f.Begin(t.Context(), broker.Departure{Provider: "okta", Browser: browser, Mode: sessions.ModeCookie})
	if codeOf(err) != broker.CodeUnavailable || !status() {
		t.Errorf("got %v and down %v, want %s and true", err, status(), broker.CodeUnavailable)
	}
	f.okta.set(func(i *issuer) { i.fail = nil })
	f.begin(t, broker.Departure{})
	if status() {
		t.Error("it is still down after it answered")
	}
}

func TestAProviderThatWorksFromWhatItPublishedEarlierIsDegraded(t *testing.T) {
	f := newFederation(t)
	f.settings.Providers[2].Driver.Weather = f.okta
	if err := f.Use(f.settings); err != nil {
		t.Fatal(err)
	}
	for _, old := range []bool{false, true} {
		f.okta.old.Store(old)
		if got := f.Ways()[2].Degraded; got != old {
			t.Errorf("got %v, want %v", got, old)
		}
	}
}

func TestR60TwoFirstSignInsAtOnceMakeOneAccount(t *testing.T) {
	f := newFederation(t)
	for round := range 20 {
		subject := fmt.Sprintf("new%d", round)
		f.okta.set(func(i *issuer) { i.people[subject] = drivers.Identity{Subject: subject, Login: subject} })
		states := []string{f.begin(t, broker.Departure{}), f.begin(t, broker.Departure{})}
		ids, start := make([]string, 2), make(chan struct{})
		var wait sync.WaitGroup
		for i, state := range states {
			wait.Go(func() {
				<-start
				l, err := f.finish(t, state, subject)
				if err != nil {
					t.Errorf("round %d: %v", round, err)
				}
				ids[i] = l.Login.Claims.AccountID
			})
		}
		close(start)
		wait.Wait()
		if ids[0] != ids[1] || ids[0] == "" {
			t.Fatalf("round %d: got the accounts %q, want one", round, ids)
		}
	}
}
