package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

// signIn signs a person in and complains unless that works.
func (s *site) signIn(login string) {
	s.t.Helper()
	s.post("/login", credentials(login, rightPassword)).leadsTo(s.t, pageDone)
}

func TestC02_SessionFixation(t *testing.T) {
	t.Run("C-02 a cookie that somebody planted is worth nothing after the sign-in", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.plant("browser", "planted")
		s.signIn("ada")
		if got := s.cookie("browser"); got == "planted" || got == "" {
			t.Errorf("got browser cookie %q, want a new one", got)
		}
		s.plant("browser", "planted")
		s.get("/login").lacks(t, "Ada")
	})
	t.Run("C-02 a second sign-in changes the cookie and kills the old one", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		old := s.cookie("browser")
		s.signIn("grace")
		if s.cookie("browser") == old {
			t.Error("the browser cookie is the old one")
		}
		s.plant("browser", old)
		p := s.get("/login")
		p.wants(t, http.StatusOK, "<h1>Sign in</h1>")
	})
}

// plant puts a cookie into the browser.
func (s *site) plant(name, value string) {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func TestC03_StaleSession(t *testing.T) {
	t.Run("C-03 the page says who is signed in and goes nowhere by itself", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		p := s.get(loginTo("/guarded"))
		p.wants(t, http.StatusOK, "Ada Lovelace", "ada@example.org", `href="/guarded"`, "Use another account", "Sign out")
		p.lacks(t, `type="password"`, "http-equiv")
	})
	t.Run("C-03 a session that was ended elsewhere leads to the form", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		clear(s.broker.live)
		p := s.get("/login")
		p.wants(t, http.StatusOK, `type="password"`)
		p.lacks(t, "Ada")
	})
	t.Run("nobody is sent on without the cookie that is looked for there", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.get(loginTo("/guarded")+"&mode=session").wants(t, http.StatusOK, `type="password"`)
	})
	t.Run("another account keeps the errand", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		form := url.Values{"redirect": {"/guarded"}, "mode": {"session"}}
		s.post("/logout", form).leadsTo(t, "/login?mode=session&redirect=%2Fguarded")
	})
	t.Run("a browser that keeps no cookies is told", func(t *testing.T) {
		newSite(t, manyWays()).get(pageDone).wants(t, http.StatusOK, "blocking cookies", `type="password"`)
	})
}

func TestC04_TwoPeopleOneBrowser(t *testing.T) {
	t.Run("C-04 signing out ends the session and takes every cookie", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.post("/logout", nil).leadsTo(t, pageLeft)
		for _, name := range []string{"browser", "refresh", "session"} {
			if got := s.cookie(name); got != "" {
				t.Errorf("got %s cookie %q, want none", name, got)
			}
		}
		if !slices.Contains(s.broker.ended, "s1") {
			t.Errorf("ended %v, want s1 among them", s.broker.ended)
		}
		s.get(pageLeft).wants(t, http.StatusOK, "You are signed out.", `type="password"`)
	})
	t.Run("C-04 signing out works where a proxy sends us no more than /login", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		for _, path := range []string{"/login", "/login?redirect=%2Fguarded"} {
			if p := s.get(path); !strings.Contains(p.body, `action="/login/out"`) || strings.Contains(p.body, `action="/logout"`) {
				t.Errorf("%s: its forms go elsewhere:\n%s", path, p.body)
			}
		}
		s.post("/login/out", nil).leadsTo(t, pageLeft)
		if len(s.broker.live) != 0 || s.cookie("session") != "" {
			t.Errorf("still alive: %v, session cookie %q", s.broker.live, s.cookie("session"))
		}
	})
	t.Run("C-04 signing out works with the browser cookie gone", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.plant("browser", "")
		s.post("/logout", nil)
		if len(s.broker.live) != 0 || s.cookie("refresh") != "" {
			t.Errorf("still alive: %v, refresh cookie %q", s.broker.live, s.cookie("refresh"))
		}
	})
	t.Run("C-04 signing out works with the credential cookies gone", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.plant("refresh", "")
		s.post("/logout", nil)
		if len(s.broker.live) != 0 {
			t.Errorf("still alive: %v", s.broker.live)
		}
	})
}

func TestC04_SignInOverAnother(t *testing.T) {
	t.Run("C-04 the next person's sign-in ends all that the browser held", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.post("/login", with(credentials("ada", rightPassword), "mode", "session"))
		s.signIn("grace")
		if got := s.cookie("session"); got != "" {
			t.Errorf("got the other person's session cookie %q, want none", got)
		}
		if got := s.cookie("refresh"); got != "refresh-s2" {
			t.Errorf("got refresh cookie %q, want refresh-s2", got)
		}
		if _, alive := s.broker.live["s1"]; alive || len(s.broker.live) != 1 {
			t.Errorf("alive: %v, want s2 only", s.broker.live)
		}
	})
	t.Run("C-04 credentials of unknown origin do not survive a sign-in", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.plant("session", "access-s9")
		s.signIn("ada")
		if got := s.cookie("session"); got != "" || !slices.Contains(s.broker.ended, "s9") {
			t.Errorf("got session cookie %q and ended %v, want none and s9", got, s.broker.ended)
		}
	})
	t.Run("the same person's other credential stays", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.post("/login", with(credentials("ada", rightPassword), "mode", "session"))
		if s.cookie("refresh") != "refresh-s1" || s.cookie("session") != "access-s2" || len(s.broker.live) != 2 {
			t.Errorf("got cookies %q and %q, alive %v, want both", s.cookie("refresh"), s.cookie("session"), s.broker.live)
		}
	})
	t.Run("the same person's replaced credential is ended", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.signIn("ada")
		if _, alive := s.broker.live["s1"]; alive || s.cookie("refresh") != "refresh-s2" {
			t.Errorf("alive %v with cookie %q, want s2 only", s.broker.live, s.cookie("refresh"))
		}
	})
}

func TestStoreDown(t *testing.T) {
	t.Run("a browser session that cannot be read is a 503 page", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.store.readFails = broker.ErrStoreDown
		s.get("/login").wants(t, http.StatusServiceUnavailable, "Not available at the moment")
	})
	t.Run("a browser session that cannot be kept hands out nothing", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.store.writeFails = broker.ErrStoreDown
		p := s.post("/login", credentials("ada", rightPassword))
		p.wants(t, http.StatusServiceUnavailable)
		if got := p.Header.Values("Set-Cookie"); len(got) > 0 || p.Header.Get("Location") != "" {
			t.Errorf("got cookies %q and Location %q, want none", got, p.Header.Get("Location"))
		}
	})
	t.Run("a visit that cannot be noted is one error page and no more", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.store.writeFails = broker.ErrStoreDown
		p := s.get("/login")
		p.wants(t, http.StatusServiceUnavailable, "Not available at the moment")
		p.lacks(t, "Ada")
		if n := strings.Count(p.body, "<html"); n != 1 {
			t.Errorf("got %d pages in one answer, want 1", n)
		}
	})
	t.Run("who is signed in cannot be known: a 503 page and not the form", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.broker.down = broker.ErrStoreDown
		p := s.get("/login")
		p.wants(t, http.StatusServiceUnavailable, "Not available at the moment")
		p.lacks(t, "Ada", `type="password"`)
	})
	t.Run("a sign-out that could not end the session does not look like one", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.broker.down = broker.ErrStoreDown
		s.post("/logout", nil).wants(t, http.StatusServiceUnavailable)
		if s.cookie("refresh") == "" {
			t.Error("the cookie is gone while its session lives")
		}
	})
	t.Run("a sign-in that cannot end what was there before signs nobody in", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		s.broker.down = broker.ErrStoreDown
		p := s.post("/login", credentials("grace", rightPassword))
		p.wants(t, http.StatusServiceUnavailable)
		if s.cookie("refresh") != "refresh-s1" {
			t.Errorf("got refresh cookie %q, want the old one", s.cookie("refresh"))
		}
	})
}
