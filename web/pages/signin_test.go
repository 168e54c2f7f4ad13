package pages

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

func TestSignIn(t *testing.T) {
	t.Run("the right password leads to the return-to", func(t *testing.T) {
		s := newSite(t, manyWays(), "https://app.example.org/*")
		s.post("/login", with(credentials("ada", rightPassword), "redirect", app)).leadsTo(t, app)
		if got := s.cookie("refresh"); got != "refresh-s1" {
			t.Errorf("got refresh cookie %q, want refresh-s1", got)
		}
		if got := s.cookie("session"); got != "" {
			t.Errorf("got session cookie %q, want none in mode cookie", got)
		}
	})
	t.Run("mode session puts the access token in its cookie and nothing else", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.post("/login", with(credentials("ada", rightPassword), "mode", "session")).leadsTo(t, pageDone)
		if got := s.cookie("session"); got != "access-s1" {
			t.Errorf("got session cookie %q, want access-s1", got)
		}
		if got := s.cookie("refresh"); got != "" {
			t.Errorf("got refresh cookie %q, want none", got)
		}
	})
	t.Run("the broker is asked with what was typed", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.post("/login", with(credentials(" Müller (x) ", "pä ss\n"), "provider", "corp"))
		want := []broker.Credentials{{Provider: "corp", Login: " Müller (x) ", Password: "pä ss\n", Mode: sessions.ModeCookie}}
		got := s.broker.asked
		if len(got) == 1 {
			got[0].Client, got[0].Browser = broker.Client{}, ""
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
	})
	t.Run("no cookie is set twice in one answer", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.signIn("ada")
		names := map[string]int{}
		for _, c := range s.post("/login", credentials("grace", rightPassword)).Cookies() {
			names[c.Name]++
		}
		if d := cmp.Diff(map[string]int{"browser": 1, "refresh": 1, "session": 1}, names); d != "" {
			t.Errorf("cookies (-want +got):\n%s", d)
		}
	})
	t.Run("an answer to a sign-in is not stored", func(t *testing.T) {
		p := newSite(t, manyWays()).post("/login", credentials("ada", rightPassword))
		if got := p.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("got Cache-Control %q, want no-store", got)
		}
	})
}

func TestL01_FailedSignIn(t *testing.T) {
	s := newSite(t, manyWays())
	wrong := s.post("/login", with(credentials("ada", "not my secret"), "provider", "corp"))
	t.Run("the form comes back with one neutral sentence", func(t *testing.T) {
		wrong.wants(t, http.StatusUnauthorized, notMatched, `role="alert"`, "<title>Error: ")
	})
	t.Run("the login name and the choice are kept, the password is not", func(t *testing.T) {
		wrong.wants(t, http.StatusUnauthorized, `value="ada"`, `value="corp" checked`)
		wrong.lacks(t, "not my secret")
	})
	t.Run("the focus is on the field to mend, which says what is wrong", func(t *testing.T) {
		wrong.wants(t, http.StatusUnauthorized, `name="password" type="password" autocomplete="current-password" required aria-invalid="true" aria-describedby="alert" autofocus`)
		if n := strings.Count(wrong.body, "autofocus"); n != 1 {
			t.Errorf("got %d elements with the focus, want 1", n)
		}
	})
	t.Run("nothing is handed out", func(t *testing.T) {
		if got := wrong.Header.Values("Set-Cookie"); len(got) != 0 {
			t.Errorf("got cookies %q, want none", got)
		}
	})
	t.Run("L-01 unknown, refused and suspended look the same", func(t *testing.T) {
		for _, err := range []error{drivers.ErrCredentials, drivers.ErrRefused, broker.Fail(broker.CodeSuspended, "by admin"), broker.Fail(broker.CodeOTP, "")} {
			s.broker.fail = err
			p := s.post("/login", with(credentials("ada", "not my secret"), "provider", "corp"))
			if p.StatusCode != wrong.StatusCode || p.body != wrong.body {
				t.Errorf("%v: the answer differs from that to a wrong password", err)
			}
		}
		s.broker.fail = nil
	})
	t.Run("a login name is text, whatever it holds", func(t *testing.T) {
		p := s.post("/login", credentials(`"><script>alert(1)</script>`, "x"))
		p.wants(t, http.StatusUnauthorized, "&lt;script&gt;")
		p.lacks(t, "<script>alert")
	})
	t.Run("a return-to survives the mistake", func(t *testing.T) {
		s.post("/login", with(credentials("ada", "x"), "redirect", "/guarded")).wants(t, http.StatusUnauthorized, `name="redirect" value="/guarded"`)
	})
}

func TestSignInThatCannotBeJudged(t *testing.T) {
	down := manyWays()
	down[1].Down = true
	for name, c := range map[string]struct {
		ways   []broker.Way
		fail   error
		status int
		text   string
		retry  string
	}{
		"a locked account says when to try again": {
			manyWays(), broker.LockedError{Until: noon.Add(14*time.Minute + time.Second)}, http.StatusTooManyRequests, "Try again in 15 minutes.", "841"},
		"a directory that is down is named, and the others are offered": {
			down, drivers.ErrUnavailable, http.StatusServiceUnavailable, "Corporate login cannot be reached at the moment. The other ways to sign in still work.", "5"},
		"an only directory that is down is named": {
			down[1:2], drivers.ErrUnavailable, http.StatusServiceUnavailable, "Corporate login cannot be reached at the moment. Try again in a minute.", "5"},
		"a database that is down blames no directory": {
			manyWays(), broker.ErrStoreDown, http.StatusServiceUnavailable, "Signing in does not work at the moment.", "5"},
		"a way that was taken away is told": {
			manyWays(), broker.Fail(broker.CodeNoProvider, ""), http.StatusNotFound, "not there any more", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.ways)
			s.broker.fail = c.fail
			p := s.post("/login", with(credentials("ada", "x"), "provider", "corp"))
			p.wants(t, c.status, c.text, `id="alert" role="alert" tabindex="-1" autofocus`, `value="ada"`)
			if got := p.Header.Get("Retry-After"); got != c.retry {
				t.Errorf("got Retry-After %q, want %q", got, c.retry)
			}
		})
	}
	t.Run("a fault of ours is an error page that tells nothing of it", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.broker.fail = errors.New("disk /var/lib is full")
		p := s.post("/login", credentials("ada", "x"))
		p.wants(t, http.StatusInternalServerError, "Something went wrong", p.Header.Get("X-Request-Id"))
		p.lacks(t, "disk", "<form")
	})
}

func TestHumane(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1 second", 5 * time.Second: "5 seconds", 1500 * time.Millisecond: "2 seconds", time.Minute: "60 seconds",
		61 * time.Second: "2 minutes", time.Hour: "60 minutes", 61 * time.Minute: "2 hours",
	} {
		if got := humane(d); got != want {
			t.Errorf("humane(%v) = %q, want %q", d, got, want)
		}
	}
}
