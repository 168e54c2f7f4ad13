package broker_test

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/factor"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// phone is a person's authenticator.
type phone struct {
	seed  []byte
	clock *clock
}

func newPhone(t testing.TB, h *house, e broker.Enrolment) phone {
	t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return phone{seed, h.clock}
}

// code is what the phone shows now.
func (p phone) code(t testing.TB) string {
	t.Helper()
	c, err := factor.Code(p.seed, factor.Step(p.clock.now()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// next waits for a code that was not shown before.
func (p phone) next(t testing.TB) string {
	t.Helper()
	p.clock.pass(factor.Period)
	return p.code(t)
}

// enrol gives the person of a sign-in a second factor.
func (h *house) enrol(t testing.TB, in broker.Login, password string) (phone, []string) {
	t.Helper()
	e, err := h.ProposeTOTP(t.Context(), broker.Asked{Access: in.Access, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	p := newPhone(t, h, e)
	codes, err := h.ConfirmTOTP(t.Context(), broker.Asked{Access: in.Access, OTP: p.code(t)})
	if err != nil {
		t.Fatal(err)
	}
	return p, codes
}

// withOTP signs in at the local provider with a code.
func (h *house) withOTP(t testing.TB, login, password, otp string) (broker.Login, error) {
	t.Helper()
	return h.SignIn(t.Context(), broker.Credentials{Login: login, Password: password, OTP: otp, Mode: sessions.ModeJSON})
}

func TestAPersonEnrolsLosesThePhoneAndComesBack(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Lockout.Attempts = 100 })
	h.add(t, "alice")
	in, other := h.signIn(t, "local", "alice", "right password"), h.signIn(t, "local", "alice", "right password")
	e, err := h.ProposeTOTP(t.Context(), broker.Asked{Access: in.Access, Password: "right password"})
	if err != nil {
		t.Fatal(err)
	}
	if u, err := url.Parse(e.URL); err != nil || u.Path != "/sso.example.org:alice" || u.Query().Get("secret") != e.Secret || len(e.QR) < 100 {
		t.Errorf("got %+v, %v", e.URL, err)
	}
	t.Run("M-07 before its first code it is asked for nowhere, and a wrong one does not count", func(t *testing.T) {
		if _, err := h.ConfirmTOTP(t.Context(), broker.Asked{Access: in.Access, OTP: "000000"}); codeOf(err) != broker.CodeOTP {
			t.Errorf("got %v", err)
		}
		h.signIn(t, "local", "alice", "right password")
	})
	p := newPhone(t, h, e)
	codes, err := h.ConfirmTOTP(t.Context(), broker.Asked{Access: in.Access, OTP: p.code(t)})
	if err != nil || len(codes) != 10 {
		t.Fatalf("got %v, %v", codes, err)
	}
	h.letter(t, broker.LetterFactorAdded)
	t.Run("M-07 it waits ten minutes for its first code", func(t *testing.T) {
		h := newHouse(t)
		h.add(t, "alice")
		in := h.signIn(t, "local", "alice", "right password")
		e, err := h.ProposeTOTP(t.Context(), broker.Asked{Access: in.Access, Password: "right password"})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.pass(10*time.Minute + time.Second)
		if _, err := h.ConfirmTOTP(t.Context(), broker.Asked{Access: in.Access, OTP: newPhone(t, h, e).code(t)}); codeOf(err) != broker.CodeConflict {
			t.Errorf("got %v", err)
		}
	})
	t.Run("M-07 another one does not take its place", func(t *testing.T) {
		_, err := h.ProposeTOTP(t.Context(), broker.Asked{Access: in.Access, Password: "right password"})
		if got := codeOf(err); got != broker.CodeConflict {
			t.Errorf("got %q", got)
		}
	})
	t.Run("sessions that began without it have ended, but for this one", func(t *testing.T) {
		if _, got := h.refresh(t, other.Refresh); got != broker.CodeCredentials {
			t.Errorf("another: got %q", got)
		}
		if _, got := h.refresh(t, in.Refresh); got != "" {
			t.Errorf("this one: got %q", got)
		}
	})
	t.Run("INVALID_OTP comes only after a right password", func(t *testing.T) {
		for _, c := range []struct {
			password, otp string
			want          broker.Code
		}{
			{"guess", "", broker.CodeCredentials},
			{"guess", p.next(t), broker.CodeCredentials},
			{"right password", "", broker.CodeOTP},
			{"right password", "000000", broker.CodeOTP},
		} {
			if _, err := h.withOTP(t, "alice", c.password, c.otp); codeOf(err) != c.want {
				t.Errorf("%q %q: got %q, want %q", c.password, c.otp, codeOf(err), c.want)
			}
		}
	})
	l, err := h.withOTP(t, "alice", "right password", p.next(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.Claims.AMR, []string{"pwd", "otp", "mfa"}; !slices.Equal(got, want) {
		t.Errorf("amr: got %v, want %v", got, want)
	}
	t.Run("a recovery code works once, tells the owner, and is no otp", func(t *testing.T) {
		l, err := h.withOTP(t, "alice", "right password", strings.ToUpper(codes[3]))
		if err != nil || !slices.Equal(l.Claims.AMR, []string{"pwd", "mfa"}) {
			t.Errorf("got %v, %v", l.Claims.AMR, err)
		}
		h.letter(t, broker.LetterRecoveryUsed)
		if _, err := h.withOTP(t, "alice", "right password", codes[3]); codeOf(err) != broker.CodeOTP {
			t.Errorf("again: got %v", err)
		}
	})
	t.Run("new recovery codes replace the old ones", func(t *testing.T) {
		fresh, err := h.RenewRecoveryCodes(t.Context(), broker.Asked{Access: l.Access, Password: "right password", OTP: p.next(t)})
		if err != nil || len(fresh) != 10 {
			t.Fatalf("got %v, %v", fresh, err)
		}
		if _, err := h.withOTP(t, "alice", "right password", codes[4]); codeOf(err) != broker.CodeOTP {
			t.Errorf("an old one: got %v", err)
		}
		codes = fresh
	})
	t.Run("M-08 it goes with password and code only", func(t *testing.T) {
		used := p.next(t)
		if _, err := h.withOTP(t, "alice", "right password", used); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			q    broker.Asked
			want broker.Code
		}{
			"access token only": {broker.Asked{}, broker.CodeCredentials},
			"no code":           {broker.Asked{Password: "right password"}, broker.CodeOTP},
			"a used code":       {broker.Asked{Password: "right password", OTP: used}, broker.CodeOTP},
		} {
			c.q.Access = l.Access
			if err := h.RemoveTOTP(t.Context(), c.q); codeOf(err) != c.want {
				t.Errorf("%s: got %q, want %q", name, codeOf(err), c.want)
			}
		}
		if err := h.RemoveTOTP(t.Context(), broker.Asked{Access: l.Access, Password: "right password", OTP: codes[0]}); err != nil {
			t.Fatal(err)
		}
		h.signIn(t, "local", "alice", "right password")
	})
}

func TestM01_ACodeWorksOnce(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
	for round := range 5 {
		code := p.next(t)
		var good atomic.Int32
		var over sync.WaitGroup
		barrier := make(chan struct{})
		for range 4 {
			over.Go(func() {
				<-barrier
				if _, err := h.withOTP(t, "alice", "right password", code); err == nil {
					good.Add(1)
				} else if c := codeOf(err); c != broker.CodeOTP && c != broker.CodeLimited {
					t.Error(err)
				}
			})
		}
		close(barrier)
		over.Wait()
		if good.Load() != 1 {
			t.Fatalf("round %d: %d sign-ins with one code, want 1", round, good.Load())
		}
		h.clock.pass(16 * time.Minute)
	}
	t.Run("M-11 nor when the clock goes back", func(t *testing.T) {
		code := p.next(t)
		if _, err := h.withOTP(t, "alice", "right password", code); err != nil {
			t.Fatal(err)
		}
		h.clock.pass(-factor.Period)
		for _, c := range []string{code, p.code(t)} {
			if _, err := h.withOTP(t, "alice", "right password", c); codeOf(err) != broker.CodeOTP {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestM03_B11_CodesCannotBeGuessed(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
	h.clock.pass(time.Hour)
	evaluated := 0
	for i := range 200 {
		// A right password between the guesses, with and without a browser, buys
		// no further ones.
		_, _ = h.withOTP(t, "alice", "right password", "")
		_, err := h.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: "right password", Browser: "b", Mode: sessions.ModeJSON})
		var waits *broker.SecondFactorError
		if errors.As(err, &waits) && i%2 == 1 {
			_, err = h.PassSecond(t.Context(), broker.SecondStep{Pending: waits.Pending, Browser: "b", OTP: "000000"})
		} else {
			_, err = h.withOTP(t, "alice", "right password", "000000")
		}
		if codeOf(err) == broker.CodeOTP {
			evaluated++
		}
	}
	if evaluated > 5 {
		t.Errorf("%d guesses were judged, want at most 5", evaluated)
	}
	if _, err := h.withOTP(t, "alice", "right password", p.next(t)); codeOf(err) != broker.CodeLimited {
		t.Errorf("the right one afterwards: got %v", err)
	}
}

// pendingOf signs in on a page and returns what waits.
func (h *house) pendingOf(t testing.TB, provider, login, password, browser string) *broker.SecondFactorError {
	t.Helper()
	_, err := h.SignIn(t.Context(), broker.Credentials{
		Provider: provider, Login: login, Password: password, Browser: browser, ReturnTo: "/app", Mode: sessions.ModeCookie,
	})
	var waits *broker.SecondFactorError
	if !errors.As(err, &waits) || codeOf(err) != broker.CodeOTP {
		t.Fatalf("got %v, want a second factor to be asked for", err)
	}
	return waits
}

func TestM04_WhatWaitsOpensNothingElse(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
	waits := h.pendingOf(t, "local", "alice", "right password", "browser")
	if waits.Enrol || len(waits.Pending) != 43 {
		t.Fatalf("got %+v", waits)
	}
	t.Run("it is no token of any kind", func(t *testing.T) {
		if _, err := h.Whoami(t.Context(), waits.Pending); codeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("access: got %v", err)
		}
		for _, r := range []broker.Renewal{{Refresh: waits.Pending, Mode: sessions.ModeJSON}, {Session: waits.Pending, Mode: sessions.ModeSession}} {
			if _, err := h.Renew(t.Context(), r); codeOf(err) != broker.CodeCredentials {
				t.Errorf("refresh: got %v", err)
			}
		}
		for name, err := range map[string]error{
			"remove": h.RemoveTOTP(t.Context(), broker.Asked{Access: waits.Pending, Password: "right password", OTP: p.next(t)}),
			"reset":  h.ResetPassword(t.Context(), broker.NewPassword{Token: waits.Pending, Password: longPassword}),
		} {
			if got := codeOf(err); got != broker.CodeTokenInvalid {
				t.Errorf("%s: got %q", name, got)
			}
		}
		if _, err := h.ProposeSecond(t.Context(), broker.SecondStep{Pending: waits.Pending, Browser: "browser"}); codeOf(err) != broker.CodeCredentials {
			t.Errorf("setting up another one: got %v", err)
		}
	})
	t.Run("it is another browser's to nobody", func(t *testing.T) {
		for _, browser := range []string{"", "other"} {
			if _, err := h.PassSecond(t.Context(), broker.SecondStep{Pending: waits.Pending, Browser: browser, OTP: p.next(t)}); codeOf(err) != broker.CodeCredentials {
				t.Errorf("%q: got %v", browser, err)
			}
		}
	})
	l, err := h.PassSecond(t.Context(), broker.SecondStep{Pending: waits.Pending, Browser: "browser", OTP: p.next(t)})
	if err != nil || l.ReturnTo != "/app" || l.Mode != sessions.ModeCookie || !slices.Equal(l.Login.Claims.AMR, []string{"pwd", "otp", "mfa"}) {
		t.Fatalf("got %+v, %v", l, err)
	}
	t.Run("it works once", func(t *testing.T) {
		if _, err := h.PassSecond(t.Context(), broker.SecondStep{Pending: waits.Pending, Browser: "browser", OTP: p.next(t)}); codeOf(err) != broker.CodeCredentials {
			t.Errorf("got %v", err)
		}
	})
	for name, change := range map[string]func() error{
		"ten minutes":      func() error { h.clock.pass(sessions.PendingLife); return nil },
		"another password": func() error { return h.admin.SetPassword(t.Context(), a.ID, "right password") },
		"a suspension": func() error {
			_, err := h.admin.SetStatus(t.Context(), a.ID, broker.Suspended)
			return err
		},
	} {
		t.Run("it is worthless after "+name, func(t *testing.T) {
			if _, err := h.admin.SetStatus(t.Context(), a.ID, broker.Active); err != nil {
				t.Fatal(err)
			}
			waits := h.pendingOf(t, "local", "alice", "right password", "browser")
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if _, err := h.PassSecond(t.Context(), broker.SecondStep{Pending: waits.Pending, Browser: "browser", OTP: p.next(t)}); codeOf(err) != broker.CodeCredentials {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestM06_P18_NoOtherWayPassesTheSecondFactor(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{"pw", drivers.Identity{Subject: "u1", Email: "bob@example.org"}, false})
	p, _ := h.enrol(t, h.signIn(t, "corp", "bob", "pw"), "pw")
	h.letters(t)
	t.Run("a directory's password", func(t *testing.T) {
		if got := h.trySignIn(t, "corp", "bob", "pw"); got != broker.CodeOTP {
			t.Errorf("got %q", got)
		}
		l, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "bob", Password: "pw", OTP: p.next(t), Mode: sessions.ModeJSON})
		if err != nil || !slices.Contains(l.Claims.AMR, "mfa") {
			t.Errorf("got %v, %v", l.Claims.AMR, err)
		}
	})
	t.Run("P-18 a reset of the password signs nobody in and takes nothing away", func(t *testing.T) {
		h.add(t, "alice")
		p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
		h.letters(t)
		if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: h.forgot(t, "alice@example.org"), Password: longPassword}); err != nil {
			t.Fatal(err)
		}
		if got := h.trySignIn(t, "local", "alice", longPassword); got != broker.CodeOTP {
			t.Errorf("got %q", got)
		}
		if _, err := h.withOTP(t, "alice", longPassword, p.next(t)); err != nil {
			t.Error(err)
		}
	})
	t.Run("a session that began without it ends where it is required since", func(t *testing.T) {
		h := newHouse(t)
		h.add(t, "alice")
		in := h.signIn(t, "local", "alice", "right password")
		s := h.settings
		s.Providers = slices.Clone(s.Providers)
		s.Providers[0].MFA = broker.MFARequired
		if err := h.Use(s); err != nil {
			t.Fatal(err)
		}
		if _, got := h.refresh(t, in.Refresh); got != broker.CodeCredentials {
			t.Errorf("got %q", got)
		}
	})
}

func TestMFAPolicyOfAProvider(t *testing.T) {
	with := func(policy broker.MFAPolicy, accept ...string) func(*broker.Config, *broker.Settings) {
		return func(_ *broker.Config, s *broker.Settings) {
			s.Providers[1].MFA, s.Providers[1].MFAAccept = policy, accept
		}
	}
	bob := func(h *house, amr []string, acr string) {
		h.corp.put("bob", person{"pw", drivers.Identity{Subject: "u1", AMR: amr, ACR: acr}, false})
	}
	t.Run("off asks nobody", func(t *testing.T) {
		h := newHouse(t, with(broker.MFAOff))
		bob(h, nil, "")
		in := h.signIn(t, "corp", "bob", "pw")
		h.enrol(t, in, "pw")
		if l := h.signIn(t, "corp", "bob", "pw"); slices.Contains(l.Claims.AMR, "mfa") {
			t.Errorf("amr tells of a second factor that nobody showed: %v", l.Claims.AMR)
		}
	})
	t.Run("M-13 required lets nobody in without one", func(t *testing.T) {
		h := newHouse(t, with(broker.MFARequired))
		bob(h, nil, "")
		if got := h.trySignIn(t, "corp", "bob", "pw"); got != broker.CodeOTP {
			t.Errorf("got %q", got)
		}
		_, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "bob", Password: "pw", OTP: "123456", Mode: sessions.ModeJSON})
		if codeOf(err) != broker.CodeOTP {
			t.Errorf("with some code: got %v", err)
		}
	})
	t.Run("M-13 who has none sets one up on the way, and is in only then", func(t *testing.T) {
		h := newHouse(t, with(broker.MFARequired))
		bob(h, nil, "")
		waits := h.pendingOf(t, "corp", "bob", "pw", "browser")
		step := broker.SecondStep{Pending: waits.Pending, Browser: "browser"}
		if !waits.Enrol {
			t.Fatalf("got %+v", waits)
		}
		if _, err := h.PassSecond(t.Context(), step); codeOf(err) != broker.CodeCredentials {
			t.Errorf("showing one that is not there: got %v", err)
		}
		e, err := h.ProposeSecond(t.Context(), step)
		if err != nil {
			t.Fatal(err)
		}
		p := newPhone(t, h, e)
		step.OTP = "000000"
		if _, _, err := h.ConfirmSecond(t.Context(), step); codeOf(err) != broker.CodeOTP {
			t.Errorf("a wrong code: got %v", err)
		}
		step.OTP = p.code(t)
		l, codes, err := h.ConfirmSecond(t.Context(), step)
		if err != nil || len(codes) != 10 || !slices.Contains(l.Login.Claims.AMR, "mfa") || l.ReturnTo != "/app" {
			t.Fatalf("got %+v, %v, %v", l, codes, err)
		}
		if _, got := h.refresh(t, l.Login.Refresh); got != "" {
			t.Errorf("refresh: got %q", got)
		}
		if waits := h.pendingOf(t, "corp", "bob", "pw", "browser"); waits.Enrol {
			t.Error("the next time: it is to be set up again")
		}
	})
	t.Run("what the provider saw counts when it is listed, and is told as it is", func(t *testing.T) {
		for name, c := range map[string]struct {
			amr  []string
			acr  string
			want broker.Code
		}{
			"a listed method": {[]string{"pwd", "hwk"}, "", ""},
			"a listed class":  {nil, "urn:mfa", ""},
			"others":          {[]string{"pwd", "sms"}, "urn:pwd", broker.CodeOTP},
			"none":            {nil, "", broker.CodeOTP},
		} {
			h := newHouse(t, with(broker.MFARequired, "hwk", "urn:mfa"))
			bob(h, c.amr, c.acr)
			l, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "bob", Password: "pw", Mode: sessions.ModeJSON})
			if codeOf(err) != c.want || err == nil && !slices.Contains(l.Claims.AMR, "mfa") {
				t.Errorf("%s: got %v, %v", name, l.Claims.AMR, err)
			}
		}
	})
}

func TestM10_ASeedIsSealedForItsAccount(t *testing.T) {
	h := newHouse(t)
	alice, carol := h.add(t, "alice"), h.add(t, "carol")
	p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
	h.enrol(t, h.signIn(t, "local", "carol", "right password"), "right password")
	var stored []byte
	if err := h.raw.QueryRowContext(t.Context(), `SELECT seed FROM factors WHERE account_id = $1`, alice.ID).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(stored), string(p.seed)) || strings.Contains(string(stored), factor.Secret(p.seed)) {
		t.Error("the seed is stored in clear")
	}
	if _, err := h.raw.ExecContext(t.Context(), `UPDATE factors SET seed = $1, step = 0 WHERE account_id = $2`, stored, carol.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.withOTP(t, "carol", "right password", p.next(t)); err == nil || codeOf(err) == broker.CodeCredentials {
		t.Errorf("a seed that was moved: got %v", err)
	}
}

func TestM12_AFreshSignInHasBothFactors(t *testing.T) {
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) { s.Providers[1].MFA = broker.MFAOff })
	a := h.add(t, "alice")
	h.corp.put("alice", person{"pw", drivers.Identity{Subject: "u1"}, false})
	if _, err := h.db.Accounts().Save(t.Context(), broker.Revision{
		AccountID: a.ID, Epoch: a.Epoch, Change: func(*broker.Account) {},
		Identity: &broker.LinkedIdentity{Provider: "corp", Subject: "u1", Login: "alice", Seen: h.clock.now()},
	}); err != nil {
		t.Fatal(err)
	}
	p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
	weak := h.signIn(t, "corp", "alice", "pw")
	if got := codeOf(h.ChangeEmail(t.Context(), broker.EmailChange{Access: weak.Access, Email: "x@example.org", Current: "right password"})); got != broker.CodeForbidden {
		t.Errorf("one factor: got %q", got)
	}
	if got := codeOf(h.Unlink(t.Context(), weak.Access, "x", broker.Client{})); got != broker.CodeForbidden {
		t.Errorf("unlinking with one factor: got %q", got)
	}
	strong, err := h.withOTP(t, "alice", "right password", p.next(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := codeOf(h.ChangeEmail(t.Context(), broker.EmailChange{Access: strong.Access, Email: "x@example.org", Current: "right password"})); got != "" {
		t.Errorf("both factors: got %q", got)
	}
}

func TestASignInUnderWayWhileAFactorIsAddedStartsNoSession(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	in := h.signIn(t, "local", "alice", "right password")
	before, _, err := h.admin.Find(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.enrol(t, in, "right password")
	id, err := sessions.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := h.clock.now()
	err = h.db.Sessions().Start(t.Context(), sessions.Session{
		ID: id, AccountID: a.ID, Provider: broker.LocalRealm, Subject: a.ID, AMR: []string{"pwd"},
		AuthTime: now, LastUsed: now, IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour),
	}, before.Epoch)
	if !errors.Is(err, broker.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
}

func TestM05_WhatIsNoCodeIsRefused(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Lockout.Attempts = 100 })
	h.add(t, "alice")
	p, _ := h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
	good := p.next(t)
	for _, otp := range []string{" ", "null", "0", "[]", `["` + good + `"]`, "true", "１２３４５６", "0" + good, good + "0", " " + good, good + " ", good[:5], strings.Repeat(good, 1000)} {
		if _, err := h.withOTP(t, "alice", "right password", otp); codeOf(err) != broker.CodeOTP {
			t.Errorf("%.20q: got %v", otp, err)
		}
	}
	if _, err := h.withOTP(t, "alice", "right password", good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}
