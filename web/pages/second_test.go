package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
)

// secondSite is a site that asks everybody for a second factor.
func secondSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, manyWays(), "https://app.example.org/*")
	s.broker.second = true
	return s
}

// waiting signs in as far as the second factor, towards an application.
func (s *site) waiting() {
	s.t.Helper()
	p := s.post("/login", with(credentials("ada", rightPassword), "redirect", app))
	p.leadsTo(s.t, "/login/second?redirect="+url.QueryEscape(app))
}

// step is a filled form of the second factor.
func secondForm(step, code string) url.Values {
	return url.Values{"step": {step}, "code": {code}, "redirect": {app}, "mode": {"cookie"}}
}

func TestSecondFactor(t *testing.T) {
	t.Run("L-17 a right password leads to the code, a wrong one does not", func(t *testing.T) {
		s := secondSite(t)
		p := s.post("/login", credentials("ada", "wrong"))
		p.wants(t, http.StatusUnauthorized, notMatched)
		if s.cookie("signet_flow") != "" {
			t.Error("a wrong password got a cookie")
		}
		s.waiting()
		s.get("/login/second?redirect="+url.QueryEscape(app)).wants(t, http.StatusOK, `autocomplete="one-time-code"`, `name="step" value="pass"`,
			`href="/login?redirect=`+url.QueryEscape(app)+`">Start again`)
	})
	t.Run("M-04 nobody is signed in before the code", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		if s.cookie("refresh")+s.cookie("session") != "" || len(s.broker.live) != 0 {
			t.Error("half a sign-in got a session")
		}
		s.get("/login").wants(t, http.StatusOK, `type="password"`)
	})
	for name, code := range map[string]string{"a code": rightCode, "a code with the blank that apps show": "123 456", "a recovery code": rightCodeToo} {
		t.Run(name+" leads to where the browser wanted to go", func(t *testing.T) {
			s := secondSite(t)
			s.waiting()
			s.post("/login/second", secondForm("pass", code)).leadsTo(t, app)
			if got := s.cookie("refresh"); got != "refresh-s1" {
				t.Errorf("got refresh cookie %q, want refresh-s1", got)
			}
			s.get("/login").wants(t, http.StatusOK, "Ada Lovelace")
		})
	}
	t.Run("where to go is what was asked for with the password", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		s.post("/login/second", with(secondForm("pass", rightCode), "redirect", "/elsewhere")).leadsTo(t, app)
	})
	t.Run("the mode is the one that was asked for with the password", func(t *testing.T) {
		s := secondSite(t)
		s.post("/login", with(credentials("ada", rightPassword), "mode", "session")).leadsTo(t, "/login/second?mode=session")
		s.post("/login/second", with(secondForm("pass", rightCode), "mode", "cookie")).leadsTo(t, pageDone)
		if s.cookie("session") == "" || s.cookie("refresh") != "" {
			t.Error("the mode of the form ruled")
		}
	})
}

func TestM04_ThePendingSignIn(t *testing.T) {
	t.Run("M-04 its cookie goes to the sign-in pages only, for ten minutes at most, unseen by scripts", func(t *testing.T) {
		s := secondSite(t)
		for _, c := range s.post("/login", credentials("ada", rightPassword)).Cookies() {
			if c.Name != "signet_pending" {
				continue
			}
			got := []any{c.Value, c.Path, c.MaxAge > 0 && c.MaxAge <= int(10*time.Minute/time.Second), c.HttpOnly, c.SameSite}
			want := []any{pendingToken, "/login", true, true, http.SameSiteLaxMode}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("cookie (-want +got):\n%s", d)
			}
			return
		}
		t.Error("there is no such cookie")
	})
	t.Run("M-04 another browser can do nothing with it", func(t *testing.T) {
		s, other := secondSite(t), secondSite(t)
		s.waiting()
		other.broker.waiting = s.broker.waiting
		other.plantAt("/login", "signet_pending", pendingToken)
		other.plant("signet_flow", strings.Repeat("x", 43))
		other.post("/login/second", secondForm("pass", rightCode)).leadsTo(t, "/login?reason=INVALID_TOKEN&redirect="+url.QueryEscape(app))
		if len(other.broker.live) != 0 {
			t.Error("somebody is signed in")
		}
	})
	t.Run("one that is too old leads back to the form, with a word and the errand", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		s.broker.waiting = nil
		back := "/login?reason=INVALID_TOKEN&redirect=" + url.QueryEscape(app)
		s.post("/login/second", secondForm("pass", rightCode)).leadsTo(t, back)
		s.get(back).wants(t, http.StatusOK, "took too long", "<strong>app.example.org</strong>")
		s.get("/login/second?redirect="+url.QueryEscape(app)).leadsTo(t, back)
	})
	t.Run("without one there is no page", func(t *testing.T) {
		s := secondSite(t)
		s.get("/login/second").leadsTo(t, "/login?reason=INVALID_TOKEN")
		s.get("/login/second?setup=1").leadsTo(t, "/login?reason=INVALID_TOKEN")
	})
	t.Run("it is gone once it was used", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		s.post("/login/second", secondForm("pass", rightCode))
		s.get("/login/second").leadsTo(t, "/login?reason=INVALID_TOKEN")
	})
}

func TestM03_AWrongCode(t *testing.T) {
	t.Run("M-03 the field comes back with one neutral sentence and without the code", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		p := s.post("/login/second", secondForm("pass", "000000"))
		p.wants(t, http.StatusUnauthorized, notCode, `aria-describedby="code-hint alert" aria-invalid="true" autofocus`, "https://app.example.org")
		p.lacks(t, "000000")
		s.post("/login/second", secondForm("pass", rightCode)).leadsTo(t, app)
	})
	for name, c := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"M-03 too many of them get the answer of too many passwords": {broker.LockedError{Until: noon.Add(15 * time.Minute)}, http.StatusTooManyRequests, "There were too many attempts. Try again in 15 minutes."},
		"a database that is down is told":                            {broker.ErrStoreDown, http.StatusServiceUnavailable, "does not work at the moment"},
		"a fault of ours is an error page":                           {errors.New("disk is full"), http.StatusInternalServerError, "Something went wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			s := secondSite(t)
			s.waiting()
			s.broker.wrong = c.err
			s.post("/login/second", secondForm("pass", rightCode)).wants(t, c.status, c.text)
		})
	}
	for _, code := range []string{"", "null", "0", "[]", `["123456"]`, "true", "１２３４５６", "1234567", "12345", "123456\n", "+123456"} {
		t.Run("M-05 nothing else is a code: "+shorten(code), func(t *testing.T) {
			s := secondSite(t)
			s.waiting()
			s.post("/login/second", secondForm("pass", code)).wants(t, http.StatusUnauthorized, notCode)
			if len(s.broker.live) != 0 {
				t.Error("somebody is signed in")
			}
		})
	}
	t.Run("M-05 a code that is missing or given twice is none", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		s.post("/login/second", with(secondForm("pass", ""), "code", rightCode, rightCode)).wants(t, http.StatusBadRequest)
		form := secondForm("pass", "")
		form.Del("code")
		s.post("/login/second", form).wants(t, http.StatusUnauthorized, notCode)
		s.post("/login/second", secondForm("admin", rightCode)).wants(t, http.StatusBadRequest)
	})
	t.Run("C-06 a code from another site's form is refused", func(t *testing.T) {
		s := secondSite(t)
		s.waiting()
		r := s.request(http.MethodPost, "/login/second", secondForm("pass", rightCode).Encode())
		r.Header.Set("Origin", "https://evil.test")
		s.do(r).wants(t, http.StatusForbidden)
		if len(s.broker.steps) != 0 {
			t.Error("the broker was asked")
		}
	})
}

func TestM06_AProvidersReplyWaitsToo(t *testing.T) {
	back := func(query string) string { return "/auth/login/github/callback?state=s&code=c" + query }
	begun := func(s *site) { s.plant("signet_flow", strings.Repeat("f", 43)) }
	t.Run("M-06 a reply leads to the code, and the code to where the browser wanted to go", func(t *testing.T) {
		s := secondSite(t)
		begun(s)
		s.get(back("&mode=cookie&to="+url.QueryEscape(app))).leadsTo(t, "/login/second?redirect="+url.QueryEscape(app))
		if len(s.broker.live) != 0 {
			t.Error("somebody is signed in without the second factor")
		}
		s.post("/login/second", secondForm("pass", rightCode)).leadsTo(t, app)
	})
	t.Run("a browser that is to get tokens gets them after the code", func(t *testing.T) {
		s := secondSite(t)
		begun(s)
		s.get(back("&mode=json")).leadsTo(t, "/login/second?mode=json")
		s.get("/login/second?mode=json").wants(t, http.StatusOK, `name="code"`)
		s.post("/login/second", with(secondForm("pass", rightCode), "redirect", "")).wants(t, http.StatusOK, `"access_token":"access-s1"`)
	})
	t.Run("a program is told and not sent to a page", func(t *testing.T) {
		s := secondSite(t)
		begun(s)
		r := s.request(http.MethodGet, back("&mode=json"), "")
		r.Header.Set("Accept", "application/json")
		s.do(r).wants(t, http.StatusUnauthorized, "INVALID_OTP")
	})
}

// plantAt is plant for a part of the site.
func (s *site) plantAt(path, name, value string) {
	s.t.Helper()
	u, err := url.Parse(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: path}})
}
