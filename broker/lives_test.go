package broker_test

import (
	"errors"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// enter signs alice in as the client of another system does.
func (h *house) enter(t testing.TB, mode sessions.Mode, lives broker.Lives) broker.Login {
	t.Helper()
	l, err := h.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: "right password", Mode: mode, Lives: lives})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAnAccessTokenAlone(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	l := h.enter(t, sessions.ModeAccess, broker.Lives{Access: 5 * time.Hour, Session: time.Minute})
	if l.Refresh != "" || l.RefreshLife != 0 {
		t.Errorf("got the refresh token %q", l.Refresh)
	}
	if l.Life != 5*time.Hour || l.Claims.ExpiresAt.Sub(l.Claims.IssuedAt) != 5*time.Hour {
		t.Errorf("lives %s, want 5h", l.Life)
	}
	h.clock.pass(4 * time.Hour)
	if _, err := h.Whoami(t.Context(), l.Access); err != nil {
		t.Errorf("after four hours: %v", err)
	}
	h.clock.pass(time.Hour)
	if _, err := h.Present(t.Context(), l.SessionID); !errors.Is(err, sessions.ErrNotFound) {
		t.Errorf("the session outlives its token: %v", err)
	}
	t.Run("opens no session cookie", func(t *testing.T) {
		l := h.enter(t, sessions.ModeAccess, broker.Lives{})
		if l.Life != 15*time.Minute {
			t.Errorf("lives %s, want what is configured", l.Life)
		}
		if _, err := h.Renew(t.Context(), broker.Renewal{Session: l.Access, Mode: sessions.ModeSession}); broker.CodeOf(err) != broker.CodeCredentials {
			t.Errorf("got %v, want CodeCredentials", err)
		}
	})
	t.Run("never lives longer than any session", func(t *testing.T) {
		l := h.enter(t, sessions.ModeAccess, broker.Lives{Access: 365 * 24 * time.Hour})
		if l.Life > 30*24*time.Hour {
			t.Errorf("lives %s", l.Life)
		}
	})
}

func TestLivesOfOneSignIn(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	l := h.enter(t, sessions.ModeJSON, broker.Lives{Access: time.Minute, Session: 3 * time.Hour})
	if l.Life != time.Minute || l.RefreshLife != 3*time.Hour {
		t.Errorf("got %s and %s, want 1m and 3h", l.Life, l.RefreshLife)
	}
	h.clock.pass(2 * time.Hour)
	l, err := h.Renew(t.Context(), broker.Renewal{Refresh: l.Refresh, Mode: sessions.ModeJSON, Access: 2 * time.Minute})
	if err != nil || l.Life != 2*time.Minute || l.RefreshLife != time.Hour {
		t.Errorf("after two hours: %s and %s, %v, want 2m and 1h", l.Life, l.RefreshLife, err)
	}
	h.clock.pass(time.Hour)
	if _, code := h.refresh(t, l.Refresh); code != broker.CodeCredentials {
		t.Errorf("after three hours: got %q, want CodeCredentials", code)
	}
}

func TestARefreshTokenThatStays(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	other := h.enter(t, sessions.ModeJSON, broker.Lives{})
	l := h.enter(t, sessions.ModeStatic, broker.Lives{})
	again := func(refresh string) (broker.Login, broker.Code) {
		l, err := h.Renew(t.Context(), broker.Renewal{Refresh: refresh, Mode: sessions.ModeStatic})
		return l, codeOf(err)
	}
	for range 3 {
		h.clock.pass(time.Minute)
		got, code := again(l.Refresh)
		if code != "" || got.Refresh != l.Refresh || got.Access == l.Access {
			t.Fatalf("got %q, want another access token with the same refresh token", code)
		}
	}
	t.Run("one that rotates is not taken", func(t *testing.T) {
		if _, code := again(other.Refresh); code != broker.CodeCredentials {
			t.Errorf("got %q, want CodeCredentials", code)
		}
		if _, code := h.refresh(t, other.Refresh); code != "" {
			t.Errorf("afterwards: got %q, want that it works", code)
		}
	})
	t.Run("the next sign-in of the kind ends it, and no other session", func(t *testing.T) {
		mine, code := h.refresh(t, h.enter(t, sessions.ModeJSON, broker.Lives{}).Refresh)
		next := h.enter(t, sessions.ModeStatic, broker.Lives{})
		if _, c := again(l.Refresh); code != "" || c != broker.CodeCredentials {
			t.Errorf("got %q, want CodeCredentials", c)
		}
		for name, refresh := range map[string]string{"the next": next.Refresh} {
			if _, code := again(refresh); code != "" {
				t.Errorf("%s: got %q", name, code)
			}
		}
		if _, code := h.refresh(t, mine.Refresh); code != "" {
			t.Errorf("another session: got %q", code)
		}
	})
}

func TestOnlyTheRightPasswordTellsThatAnAccountIsUnconfirmed(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	if _, err := h.raw.ExecContext(t.Context(), `UPDATE accounts SET status = 'unconfirmed' WHERE id = $1`, a.ID); err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"right password": true, "wrong password": false} {
		_, err := h.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: password, Mode: sessions.ModeJSON})
		if broker.CodeOf(err) != broker.CodeCredentials || errors.Is(err, broker.ErrUnconfirmed) != want {
			t.Errorf("%s: got %v, want ErrUnconfirmed: %t", password, err, want)
		}
	}
}
