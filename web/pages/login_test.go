package pages

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

const app = "https://app.example.org/home?tab=1"

func loginTo(redirect string) string { return "/login?redirect=" + url.QueryEscape(redirect) }

func TestLoginPage(t *testing.T) {
	t.Run("a single password way has no choice to make", func(t *testing.T) {
		p := newSite(t, manyWays()[:1]).get("/login")
		p.wants(t, http.StatusOK, `<input type="hidden" name="provider" value="local">`, "E-mail or user name", `inputmode="email"`,
			`autocomplete="username"`, `autocomplete="current-password"`)
		p.lacks(t, `type="radio"`, `class="or"`)
	})
	t.Run("a single directory is named at the field", func(t *testing.T) {
		p := newSite(t, manyWays()[1:2]).get("/login")
		p.wants(t, http.StatusOK, "Corporate login: user name", `inputmode="text"`)
	})
	t.Run("several password ways are one choice, the first of them made", func(t *testing.T) {
		p := newSite(t, manyWays()).get("/login")
		p.wants(t, http.StatusOK, `value="local" checked`, `value="corp">`)
	})
	t.Run("a provider asked for is chosen", func(t *testing.T) {
		newSite(t, manyWays()).get("/login?provider=corp").wants(t, http.StatusOK, `value="corp" checked`, `value="local">`)
	})
	t.Run("a provider that is not there leaves the first one chosen", func(t *testing.T) {
		newSite(t, manyWays()).get("/login?provider=%3Cb%3E").wants(t, http.StatusOK, `value="local" checked`)
	})
	t.Run("buttons come first when they are configured first", func(t *testing.T) {
		ways := manyWays()
		p := newSite(t, append(ways[2:3:3], ways[0])).get("/login")
		if strings.Index(p.body, "/auth/login/github") > strings.Index(p.body, "<form") {
			t.Error("the form stands before the button")
		}
	})
	t.Run("a way that is down says so and can still be tried", func(t *testing.T) {
		p := newSite(t, []broker.Way{{Name: "okta", Label: "Okta", Down: true}}).get("/login")
		p.wants(t, http.StatusOK, "not reachable", `href="/auth/login/okta?`)
	})
	t.Run("without any way to sign in the page says who can help", func(t *testing.T) {
		newSite(t, nil).get("/login").wants(t, http.StatusOK, "administrator")
	})
	t.Run("labels are text, whatever they hold", func(t *testing.T) {
		p := newSite(t, []broker.Way{{Name: `a/b"?`, Label: `<img src=x>`}}).get("/login")
		p.wants(t, http.StatusOK, "&lt;img src=x&gt;", `href="/auth/login/a%2Fb%22%3F?`)
		p.lacks(t, "<img")
	})
	t.Run("HEAD is answered like GET, without a body", func(t *testing.T) {
		s := newSite(t, manyWays())
		p := s.do(s.request(http.MethodHead, "/login", ""))
		if p.StatusCode != http.StatusOK || p.body != "" {
			t.Errorf("got status %d and %d bytes, want 200 and none", p.StatusCode, len(p.body))
		}
	})
}

func TestButtonsLeadBack(t *testing.T) {
	s := newSite(t, manyWays()[2:3], "https://app.example.org/*")
	for name, c := range map[string]struct{ path, want string }{
		"to the place that was asked for": {loginTo(app), "/auth/login/github?redirect=" + url.QueryEscape(app)},
		"in the mode that was asked for":  {"/login?mode=session", "/auth/login/github?mode=session&redirect=" + url.QueryEscape(pageDone)},
		"to our own page otherwise":       {"/login", "/auth/login/github?redirect=" + url.QueryEscape(pageDone)},
	} {
		t.Run(name, func(t *testing.T) {
			s.get(c.path).wants(t, http.StatusOK, `href="`+html.EscapeString(c.want)+`"`)
		})
	}
}

// foreign are return-tos that lead, or could be read to lead, to a stranger.
func foreign() []string {
	return []string{
		"//evil.test", `/\evil.test`, `\/evil.test`, `\\evil.test`, "https://evil.test", "https:evil.test", "javascript:alert(1)",
		"data:text/html,x", "/%2fevil.test", "/%5cevil.test", "/\t/evil.test", "https://app.example.org@evil.test/",
		"https://app.example.org.evil.test/", "http://app.example.org/", "https://app.example.org:444/",
		"/x\r\nSet-Cookie: a=b", "/x\x00", "https://app.example.org/../x", " https://app.example.org/", "app.example.org",
		"/" + strings.Repeat("a", 3000),
	}
}

func TestR14_ReturnTo(t *testing.T) {
	s := newSite(t, manyWays(), "https://app.example.org/*")
	for _, raw := range foreign() {
		t.Run("R-14 the page drops and tells of "+shorten(raw), func(t *testing.T) {
			p := s.get(loginTo(raw))
			p.wants(t, http.StatusOK, "not allowed here", `name="redirect" value=""`)
			p.lacks(t, "evil", "javascript:", "to continue to")
		})
		t.Run("R-14 a sign-in does not lead to "+shorten(raw), func(t *testing.T) {
			form := with(credentials("ada", rightPassword), "redirect", raw)
			p := s.post("/login", form)
			if strings.Contains(raw, "\x00") {
				p.wants(t, http.StatusBadRequest)
				return
			}
			p.leadsTo(t, pageDone)
			if got := p.Header.Get("Set-Cookie"); strings.Contains(got, "a=b") {
				t.Errorf("got a planted cookie: %q", got)
			}
			s.post("/logout", nil)
		})
	}
	t.Run("R-14 a return-to given twice is none", func(t *testing.T) {
		s.get(loginTo(app)+"&redirect=/x").wants(t, http.StatusOK, "not allowed here", `name="redirect" value=""`)
	})
	t.Run("an allowed one is kept and its host is named", func(t *testing.T) {
		s.get(loginTo(app)).wants(t, http.StatusOK, `name="redirect" value="`+html.EscapeString(app)+`"`, "<strong>app.example.org</strong>")
	})
	t.Run("a path of ours is kept and needs no name", func(t *testing.T) {
		p := s.get(loginTo("/guarded?x=1"))
		p.wants(t, http.StatusOK, `name="redirect" value="/guarded?x=1"`)
		p.lacks(t, "to continue to")
	})
}

// shorten makes a sub-test's name of anything.
func shorten(s string) string {
	q := strings.ReplaceAll(url.QueryEscape(s), "%", "~")
	return q[:min(len(q), 40)]
}

func TestReasons(t *testing.T) {
	s := newSite(t, manyWays())
	for code, text := range reasons {
		t.Run("a redirect sign-in that failed with "+code+" is explained", func(t *testing.T) {
			p := s.get("/login?reason=" + code)
			p.wants(t, http.StatusOK, html.EscapeString(text), `role="alert"`, "<title>Error: ")
			p.lacks(t, code)
		})
	}
	t.Run("an unknown reason gets general words and is not repeated", func(t *testing.T) {
		p := s.get("/login?reason=%3Cscript%3Ealert(1)%3C/script%3E")
		p.wants(t, http.StatusOK, unknownReason)
		p.lacks(t, "alert(1)")
	})
}
