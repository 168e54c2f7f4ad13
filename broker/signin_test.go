package broker_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

func TestStatementsPerLogin(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u-bob", Groups: []string{"family"}}})
	h.signIn(t, "corp", "bob", "pw") // makes the account
	var refresh string
	for _, c := range []struct {
		rule string
		do   func()
		want int
	}{
		{"a local sign-in takes 3", func() { refresh = h.signIn(t, "local", "alice", "right password").Refresh }, 3},
		{"a directory sign-in takes 2", func() { h.signIn(t, "corp", "bob", "pw") }, 2},
		{"a refresh takes 1", func() { h.refresh(t, refresh) }, 1},
		{"a token nobody made takes 0", func() { h.refresh(t, refresh[:len(refresh)-4]+"AAAA") }, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h.counts.take()
			c.do()
			if got := h.counts.take(); len(got) != c.want {
				t.Errorf("got %d statements %v, want %d", len(got), got, c.want)
			}
		})
	}
}

func TestL01FailedSignInsLookTheSame(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	suspended := h.add(t, "dora")
	if _, err := h.admin.SetStatus(t.Context(), suspended.ID, broker.Suspended); err != nil {
		t.Fatal(err)
	}
	external, err := h.admin.Add(t.Context(), broker.NewAccount{Username: "xaver"})
	if err != nil {
		t.Fatal(err)
	}
	h.audit.take()
	reasons := map[string]bool{}
	for _, c := range []struct{ who, login, password, reason string }{
		{"unknown", "nobody", "pw", "unknown_or_wrong"},
		{"wrong password", "alice", "pw", "wrong_password"},
		{"suspended, wrong password", "dora", "pw", "wrong_password_status_suspended"},
		{"L-03 suspended, right password", "dora", "right password", "status_suspended"},
		{"L-05 without a password", "xaver", "", "implausible"},
		{"L-05 without a password, with its hash", external.Username, "!", "wrong_password"},
		{"NUL in the password", "alice", "right\x00password", "implausible"},
		{"endless password", "alice", strings.Repeat("x", 1<<20), "implausible"},
	} {
		t.Run(c.who, func(t *testing.T) {
			_, err := h.SignIn(t.Context(), broker.Credentials{Login: c.login, Password: c.password, Mode: sessions.ModeJSON})
			if got := codeOf(err); got != broker.CodeCredentials {
				t.Errorf("got code %q, want %q", got, broker.CodeCredentials)
			}
			events := h.audit.take()
			if len(events) != 1 || events[0].Reason != c.reason {
				t.Errorf("got audit %v, want one event with reason %q", names(events), c.reason)
			}
			reasons[c.reason] = true
		})
	}
	if len(reasons) < 5 {
		t.Errorf("got reasons %v, want them told apart in the record", reasons)
	}
}

func TestL07DisabledAndUnknownProviders(t *testing.T) {
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) { s.Providers[1].Disabled = true })
	for name, want := range map[string]broker.Code{"corp": broker.CodeProviderDisabled, "none": broker.CodeNoProvider} {
		if got := h.trySignIn(t, name, "bob", "pw"); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if h.corp.tried != 0 {
		t.Errorf("the disabled driver was asked %d times, want 0", h.corp.tried)
	}
}

func TestL18ADeadProviderTellsNothingAndCountsAgainstNobody(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u-bob"}})
	h.signIn(t, "corp", "bob", "pw")
	h.corp.fail(fmt.Errorf("dial: %w", drivers.ErrUnavailable))
	for range 20 { // far more than lockout allows failures
		for _, login := range []string{"bob", "nobody", "alice"} {
			if got := h.trySignIn(t, "corp", login, "pw"); got != broker.CodeUnavailable {
				t.Fatalf("%s: got %q, want %q", login, got, broker.CodeUnavailable)
			}
		}
	}
	if got := h.trySignIn(t, "local", "alice", "right password"); got != "" {
		t.Errorf("local sign-in while the directory is down: got %q, want it to work", got)
	}
	if down := h.Ways()[1].Down; !down {
		t.Error("the provider is not shown as down")
	}
	h.corp.fail(nil)
	if got := h.trySignIn(t, "corp", "bob", "pw"); got != "" {
		t.Errorf("after the directory came back: got %q, want it to work", got)
	}
	if down := h.Ways()[1].Down; down {
		t.Error("the provider is still shown as down after it worked")
	}
}

func TestB02ABurstOfGuessesIsCountedBeforeItIsJudged(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	h.local.tried = 0
	const guesses = 200
	var start, done sync.WaitGroup
	var limited, wrong atomic.Int64
	start.Add(1)
	for i := range guesses {
		done.Go(func() {
			start.Wait()
			switch h.trySignIn(t, "local", []string{"alice", "ALICE", "alice@example.org"}[i%3], "guess") {
			case broker.CodeCredentials:
				wrong.Add(1)
			case broker.CodeLimited:
				limited.Add(1)
			}
		})
	}
	start.Done()
	done.Wait()
	if h.local.tried > 5 || wrong.Load() > 5 {
		t.Errorf("%d guesses were judged and %d answered as wrong, want at most 5", h.local.tried, wrong.Load())
	}
	if wrong.Load()+limited.Load() != guesses {
		t.Errorf("got %d wrong and %d limited answers, want %d together", wrong.Load(), limited.Load(), guesses)
	}
	if got := h.trySignIn(t, "local", a.Email, "right password"); got != broker.CodeLimited {
		t.Errorf("the right password while locked: got %q, want %q", got, broker.CodeLimited)
	}
	h.clock.pass(15*time.Minute + time.Second)
	if got := h.trySignIn(t, "local", "alice", "right password"); got != "" {
		t.Errorf("after the lock ended: got %q, want it to work", got)
	}
}

func TestB04EveryDoorCountsInTheSameBucket(t *testing.T) {
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) { s.Providers[1].Link = broker.LinkVerifiedEmail })
	h.add(t, "alice")
	h.corp.put("al", person{password: "pw", identity: drivers.Identity{Subject: "u-al", Email: "alice@example.org", EmailVerified: true}})
	h.signIn(t, "corp", "al", "pw") // joins alice's account
	for range 3 {
		h.trySignIn(t, "corp", "al", "guess")
	}
	for range 2 {
		h.trySignIn(t, "local", "alice", "guess")
	}
	for provider, login := range map[string]string{"local": "alice", "corp": "al"} {
		if got := h.trySignIn(t, provider, login, "guess"); got != broker.CodeLimited {
			t.Errorf("%s after 5 failures over both doors: got %q, want %q", provider, got, broker.CodeLimited)
		}
	}
}

func TestSuccessesDoNotCountAsFailures(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	for i := range 20 {
		if got := h.trySignIn(t, "local", "alice", "right password"); got != "" {
			t.Fatalf("sign-in %d: got %q, want it to work", i, got)
		}
	}
	for range 4 {
		h.trySignIn(t, "local", "alice", "guess")
	}
	if got := h.trySignIn(t, "local", "alice", "right password"); got != "" {
		t.Errorf("after 4 failures of 5: got %q, want it to work", got)
	}
}

func TestBothDriversGiveTheSameToken(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{
		Subject: "u-bob", Email: "bob@example.org", Name: "Bob", Groups: []string{"staff", "family"},
	}})
	local := h.signIn(t, "local", "alice", "right password")
	corp := h.signIn(t, "corp", "bob", "pw")
	a, b := payload(t, local.Access), payload(t, corp.Access)
	for name, v := range a {
		if other, ok := b[name]; !ok || reflect.TypeOf(v) != reflect.TypeOf(other) {
			t.Errorf("claim %s is %T in one token and %T in the other", name, v, other)
		}
	}
	if len(a) != len(b) {
		t.Errorf("got %d claims from local and %d from corp", len(a), len(b))
	}
	if got, want := fmt.Sprintln(b["groups"], b["scopes"], b["idp"], b["amr"]), "[family staff] [node.edit node.view] corp [pwd]\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestD16AnAccountFollowsTheSubjectAndNotTheName(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u-1", Email: "bob@example.org"}})
	first := h.signIn(t, "corp", "bob", "pw")

	h.corp.put("robert", person{password: "pw", identity: drivers.Identity{Subject: "u-1", Email: "robert@example.org"}})
	renamed := h.signIn(t, "corp", "robert", "pw")
	if renamed.Claims.AccountID != first.Claims.AccountID {
		t.Errorf("a renamed person got account %s, want %s", renamed.Claims.AccountID, first.Claims.AccountID)
	}
	if got := renamed.Claims.PreferredUsername + " " + renamed.Claims.Email; got != "robert robert@example.org" {
		t.Errorf("got %q, want the new name and address", got)
	}

	h.corp.put("robert", person{password: "new", identity: drivers.Identity{Subject: "u-2", Email: "robert@example.org"}})
	reborn := h.signIn(t, "corp", "robert", "new")
	if reborn.Claims.AccountID == first.Claims.AccountID {
		t.Error("a new person with an old name entered the old account")
	}
	if got := names(h.audit.take()); !slices.Contains(got, "account.create:signup_both_taken") {
		t.Errorf("got audit %v, want it to say what was left out", got)
	}
	if reborn.Claims.Email != "" || reborn.Claims.PreferredUsername != "" {
		t.Errorf("got %q and %q, want neither name nor address that somebody has", reborn.Claims.PreferredUsername, reborn.Claims.Email)
	}
}

func TestTwoFirstSignInsAtOnceMakeOneAccount(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Lockout.Attempts = 0 })
	for round := range 20 {
		login := fmt.Sprintf("new%d", round)
		h.corp.put(login, person{password: "pw", identity: drivers.Identity{Subject: login, Email: login + "@example.org"}})
		var start, done sync.WaitGroup
		var ids [8]string
		start.Add(1)
		for i := range ids {
			done.Go(func() {
				start.Wait()
				l, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: login, Password: "pw", Mode: sessions.ModeJSON})
				if err != nil {
					t.Errorf("round %d: %v", round, err)
				}
				ids[i] = l.Claims.AccountID
			})
		}
		start.Done()
		done.Wait()
		if all := slices.Compact(ids[:]); len(all) != 1 {
			t.Fatalf("round %d: got accounts %v, want one", round, all)
		}
	}
}

func TestASuspensionDuringSignInWins(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	h.settings.Providers[0].Driver = drivers.Driver{Password: duringProof{h.local, func() {
		if _, err := h.admin.SetStatus(t.Context(), a.ID, broker.Suspended); err != nil {
			t.Error(err)
		}
	}}}
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	if got := h.trySignIn(t, "local", "alice", "right password"); got != broker.CodeCredentials {
		t.Errorf("got %q, want %q", got, broker.CodeCredentials)
	}
	live, err := h.admin.Sessions(t.Context(), a.ID)
	if err != nil || len(live) != 0 {
		t.Errorf("got sessions %v, %v; want none", live, err)
	}
}

func TestB09AnAdministratorLiftsALock(t *testing.T) {
	for how, lift := range map[string]func(*house, broker.Account) error{
		"by activating": func(h *house, a broker.Account) error {
			_, err := h.admin.SetStatus(t.Context(), a.ID, broker.Active)
			return err
		},
		"by a new password": func(h *house, a broker.Account) error {
			return h.admin.SetPassword(t.Context(), a.ID, "another password")
		},
	} {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			a := h.add(t, "alice")
			for range 6 {
				h.trySignIn(t, "local", "alice", "guess")
			}
			if got := h.trySignIn(t, "local", "alice", "right password"); got != broker.CodeLimited {
				t.Fatalf("before: got %q, want it locked", got)
			}
			if err := lift(h, a); err != nil {
				t.Fatal(err)
			}
			if got := h.trySignIn(t, "local", "alice", map[string]string{"by activating": "right password", "by a new password": "another password"}[how]); got != "" {
				t.Errorf("after: got %q, want it to work", got)
			}
		})
	}
}

func TestB10TheClockOfABan(t *testing.T) {
	for jump, want := range map[time.Duration]broker.Code{
		-time.Hour: broker.CodeLimited, 14 * time.Minute: broker.CodeLimited,
		16 * time.Minute: "", time.Hour: "",
		-365 * 24 * time.Hour: "", // the failures were counted by a clock that was a year ahead
	} {
		t.Run(jump.String(), func(t *testing.T) {
			h := newHouse(t)
			h.add(t, "alice")
			for range 6 {
				h.trySignIn(t, "local", "alice", "guess")
			}
			h.clock.pass(jump)
			if got := h.trySignIn(t, "local", "alice", "right password"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
