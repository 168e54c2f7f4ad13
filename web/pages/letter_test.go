package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
)

const newPassword = "a quiet lake at noon"

// memberSite is a site where anybody may register, with the rules of the house.
func memberSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, manyWays())
	withRules(s.broker)
	return s
}

// filled is the form of a letter's page.
func (l letter) filled(token string) url.Values {
	form := url.Values{"token": {token}}
	if l.password {
		form.Set("password", newPassword)
	}
	return form
}

// eachLetter runs a test for every page that a letter opens.
func eachLetter(t *testing.T, name string, test func(t *testing.T, s *site, l letter)) {
	t.Helper()
	for _, l := range letters {
		t.Run(l.path+": "+name, func(t *testing.T) { test(t, memberSite(t), l) })
	}
}

func TestP21_ALinkThatIsOpenedChangesNothing(t *testing.T) {
	eachLetter(t, "P-21 three GETs and HEADs of a scanner use up nothing, the button's POST does", func(t *testing.T, s *site, l letter) {
		for range 3 {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				p := s.do(s.request(method, l.path+"?token="+goodToken, ""))
				if p.StatusCode != http.StatusOK || len(p.Header.Values("Set-Cookie")) > 0 {
					t.Fatalf("%s: got status %d and cookies %q, want 200 and none", method, p.StatusCode, p.Header.Values("Set-Cookie"))
				}
			}
		}
		if got := len(s.broker.proofs) + len(s.broker.passwords); got != 0 {
			t.Fatalf("%d letters were used by looking", got)
		}
		s.post(l.path, l.filled(goodToken)).leadsTo(t, l.path+"?done")
		if got := len(s.broker.proofs); got != 1 {
			t.Errorf("%d letters were used by the button, want 1", got)
		}
		s.get(l.path+"?done").wants(t, http.StatusOK, l.done.title, `href="/login"`)
	})
	eachLetter(t, "P-21 the button works once", func(t *testing.T, s *site, l letter) {
		s.post(l.path, l.filled(goodToken))
		s.post(l.path, l.filled(goodToken)).wants(t, http.StatusGone, deadTitle)
		s.get(l.path+"?token="+goodToken).wants(t, http.StatusGone, deadTitle)
	})
}

func TestTheLettersToken(t *testing.T) {
	eachLetter(t, "the token stands in a hidden field and nowhere else", func(t *testing.T, s *site, l letter) {
		p := s.get(l.path + "?token=" + goodToken)
		p.wants(t, http.StatusOK, `<input type="hidden" name="token" value="`+goodToken+`">`, `action="`+l.path+`"`, adaAddress)
		if n := strings.Count(p.body, goodToken); n != 1 {
			t.Errorf("the token is on the page %d times, want once", n)
		}
	})
	eachLetter(t, "no other page, no cache and no log learns it", func(t *testing.T, s *site, l letter) {
		good, dead := s.get(l.path+"?token="+goodToken), s.get(l.path+"?token=x"+goodToken)
		s.broker.blind = broker.ErrStoreDown
		failed := s.get(l.path + "?token=" + goodToken)
		failed.wants(t, http.StatusServiceUnavailable, "Not available")
		s.broker.blind = nil
		for _, p := range []page{good, dead, failed} {
			for field, want := range map[string]string{"Referrer-Policy": "strict-origin", "Cache-Control": "no-store"} {
				if got := p.Header.Get(field); got != want {
					t.Errorf("%d: got %s %q, want %q", p.StatusCode, field, got, want)
				}
			}
		}
		s.broker.refused = fmt.Errorf("disk is full")
		s.post(l.path, l.filled(goodToken)).wants(t, http.StatusInternalServerError, "Something went wrong")
		if got := s.log.String(); strings.Contains(got, goodToken) || !strings.Contains(got, "path="+l.path) {
			t.Errorf("the log must hold the path and no token:\n%s", got)
		}
	})
	eachLetter(t, "what somebody made of a token is text", func(t *testing.T, s *site, l letter) {
		p := s.get(l.path + "?token=" + url.QueryEscape(`"><script>alert(1)</script>`))
		p.wants(t, http.StatusGone)
		p.lacks(t, "alert(1)")
	})
}

func TestADeadLink(t *testing.T) {
	for _, path := range []string{"", "?token=", "?token=dead", "?token=a&token=b", "?token=%00", "?token=%ff"} {
		eachLetter(t, "says so at once, and what to do: "+shorten(path), func(t *testing.T, s *site, l letter) {
			p := s.get(l.path + path)
			p.wants(t, http.StatusGone, deadTitle, l.dead.next.Text)
			p.lacks(t, "<form")
			if got := p.Header.Get("WWW-Authenticate"); got != "" {
				t.Errorf("got WWW-Authenticate %q on a page", got)
			}
		})
	}
	t.Run("a dead link to choose a password offers another one", func(t *testing.T) {
		memberSite(t).get("/reset?token=dead").wants(t, http.StatusGone, `class="button primary" href="/forgot"`)
	})
}

func TestANewPassword(t *testing.T) {
	t.Run("what was typed reaches the broker as it is", func(t *testing.T) {
		s := memberSite(t)
		s.post("/reset", url.Values{"token": {goodToken}, "password": {" pä ss\twörd "}})
		want := []broker.NewPassword{{Token: goodToken, Password: " pä ss\twörd "}}
		for i := range s.broker.passwords {
			s.broker.passwords[i].Client = broker.Client{}
		}
		if d := cmp.Diff(want, s.broker.passwords); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
	})
	for _, path := range []string{"/reset", "/invite"} {
		t.Run(path+": a password that may not be one is explained, and the link stays good", func(t *testing.T) {
			s := memberSite(t)
			p := s.post(path, url.Values{"token": {goodToken}, "password": {weakPassword}})
			p.wants(t, http.StatusBadRequest, "The password is one of the most common ones. Please change that", "At least 15 characters", adaAddress,
				goodToken, `autocomplete="new-password" minlength="15" required aria-describedby="password-hint alert" aria-invalid="true" autofocus`)
			p.lacks(t, weakPassword)
			s.post(path, url.Values{"token": {goodToken}, "password": {newPassword}}).leadsTo(t, path+"?done")
		})
	}
	t.Run("a page takes the letters of its own purpose only", func(t *testing.T) {
		s := memberSite(t)
		s.broker.used = map[broker.Purpose]bool{broker.PurposeInvite: true}
		s.post("/invite", url.Values{"token": {goodToken}, "password": {newPassword}}).wants(t, http.StatusGone, deadTitle)
		if len(s.broker.passwords) != 0 {
			t.Error("the link of a reset was taken as an invitation")
		}
	})
	t.Run("password managers learn whose it is", func(t *testing.T) {
		memberSite(t).get("/reset?token="+goodToken).wants(t, http.StatusOK, `<input type="text" value="`+adaAddress+`" autocomplete="username" hidden>`)
	})
	t.Run("nobody is signed in by it", func(t *testing.T) {
		p := memberSite(t).post("/reset", url.Values{"token": {goodToken}, "password": {newPassword}})
		if got := p.Header.Values("Set-Cookie"); len(got) != 0 {
			t.Errorf("got cookies %q, want none", got)
		}
	})
	eachLetter(t, "a database that is down is told on the page, with the link still there", func(t *testing.T, s *site, l letter) {
		s.broker.refused = broker.ErrStoreDown
		p := s.post(l.path, l.filled(goodToken))
		p.wants(t, http.StatusServiceUnavailable, "does not work at the moment", goodToken)
		if p.Header.Get("Retry-After") == "" {
			t.Error("got no Retry-After")
		}
	})
}

func TestStrictAccountForms(t *testing.T) {
	forms := map[string]url.Values{
		"/forgot":   {"email": {adaAddress}},
		"/register": {"email": {adaAddress}, "password": {newPassword}},
	}
	for _, l := range letters {
		forms[l.path] = l.filled(goodToken)
	}
	untouched := func(t *testing.T, s *site) {
		t.Helper()
		if n := len(s.broker.proofs) + len(s.broker.passwords) + len(s.broker.resets) + len(s.broker.registered); n != 0 {
			t.Errorf("the request acted %d times", n)
		}
	}
	for path, form := range forms {
		t.Run(path+": C-06 a form of another site is refused", func(t *testing.T) {
			s := memberSite(t)
			r := s.request(http.MethodPost, path, form.Encode())
			r.Header.Set("Origin", "https://evil.test")
			s.do(r).wants(t, http.StatusForbidden, "<h1>")
			untouched(t, s)
		})
		t.Run(path+": L-08 a form in the address is refused", func(t *testing.T) {
			s := memberSite(t)
			s.do(s.request(http.MethodPost, path+"?"+form.Encode(), "")).wants(t, http.StatusBadRequest)
			untouched(t, s)
		})
		t.Run(path+": a field that is unknown or given twice is refused", func(t *testing.T) {
			s := memberSite(t)
			for _, more := range []string{"&is_admin=1", "&confirmation_key=x", "&reset_url=https://evil.test", "&" + form.Encode()} {
				s.do(s.request(http.MethodPost, path, form.Encode()+more)).wants(t, http.StatusBadRequest)
			}
			untouched(t, s)
		})
	}
}
