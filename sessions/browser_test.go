package sessions_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"github.com/signet-sso/signet/sessions"
)

// memory is a browser session store in memory, which remembers its keys.
type memory struct {
	*memstore.MemStore
	keys []string
}

func (s *memory) DeleteCtx(_ context.Context, k string) error { return s.Delete(k) }

func (s *memory) FindCtx(_ context.Context, k string) ([]byte, bool, error) {
	return s.Find(k)
}

func (s *memory) CommitCtx(_ context.Context, k string, b []byte, at time.Time) error {
	s.keys = append(s.keys, k)
	return s.Commit(k, b, at)
}

// visitor is one browser at pages that sign in at /in and say who is there
// anywhere else.
type visitor struct {
	handler http.Handler
	store   *memory
	cookie  *http.Cookie
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{store: &memory{MemStore: memstore.NewWithCleanupInterval(0)}}
	b := sessions.NewBrowser(v.store, sessions.BrowserConfig{CookieName: "page", Secure: true, Idle: time.Hour, Life: 20 * time.Hour})
	v.handler = b.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/in" {
			if err := b.SignIn(r.Context(), "the session", time.Now()); err != nil {
				t.Error(err)
			}
		}
		id, _, _ := b.SignedIn(r.Context())
		w.Header().Set("Who", id)
	}), func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) })
	return v
}

// get is who the page says is there.
func (v *visitor) get(path string) string {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if v.cookie != nil {
		r.AddCookie(&http.Cookie{Name: v.cookie.Name, Value: v.cookie.Value})
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookie = c
	}
	return w.Header().Get("Who")
}

func TestC14_ABrowserSessionEnds(t *testing.T) {
	t.Run("C-14 when nobody uses it for its idle time", func(t *testing.T) {
		v := newVisitor(t) // outside the bubble: scs begins a goroutine that never ends
		synctest.Test(t, func(t *testing.T) {
			v.get("/in")
			time.Sleep(time.Hour - time.Second)
			if got := v.get("/"); got != "the session" {
				t.Fatalf("a second before: got %q", got)
			}
			time.Sleep(time.Hour + time.Second)
			if got := v.get("/"); got != "" {
				t.Errorf("a second after: got %q, want nobody", got)
			}
		})
	})
	t.Run("C-14 at its absolute end, whatever the use", func(t *testing.T) {
		v := newVisitor(t) // outside the bubble: scs begins a goroutine that never ends
		synctest.Test(t, func(t *testing.T) {
			v.get("/in")
			for range 39 {
				time.Sleep(30 * time.Minute)
				if got := v.get("/"); got != "the session" {
					t.Fatalf("after use: got %q", got)
				}
			}
			time.Sleep(30*time.Minute + time.Second)
			if got := v.get("/"); got != "" {
				t.Errorf("after 20 hours: got %q, want nobody", got)
			}
		})
	})
}

func TestC02_ABrowserSessionIsNotPlanted(t *testing.T) {
	v := newVisitor(t)
	v.cookie = &http.Cookie{Name: "page", Value: "chosen by an attacker, who knows it"}
	v.get("/in")
	first := v.cookie.Value
	if c := v.cookie; c.Name != "__Host-page" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("C-01 got the cookie %s, want one that no other host and no script can have", c)
	}
	if v.get("/in"); v.cookie.Value == first || first == "chosen by an attacker, who knows it" {
		t.Errorf("C-02 the cookie stayed %q after a sign-in", first)
	}
	old := *v
	old.cookie = &http.Cookie{Name: "page", Value: first}
	if got := old.get("/"); got != "" {
		t.Errorf("C-02 the cookie from before is %q's", got)
	}
	for _, key := range v.store.keys {
		if key == v.cookie.Value || key == first {
			t.Errorf("S-05 the store has the cookie's value as a key")
		}
	}
}
