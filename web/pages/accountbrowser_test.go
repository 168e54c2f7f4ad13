package pages

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
)

// scripted are the two kinds of browsers that every page has to work in.
func scripted(yes bool) (name string, before []step) {
	if yes {
		return "with scripts", nil
	}
	return "without scripts", []step{withoutScripts()}
}

// application is a page of another origin.
func application(t *testing.T) *httptest.Server {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<p id="app">the app</p>`))
	}))
	t.Cleanup(app.Close)
	return app
}

func TestInChromiumSecondFactor(t *testing.T) {
	browser := parts.Chromium(t)
	app := application(t)
	for _, scripts := range []bool{true, false} {
		name, before := scripted(scripts)
		t.Run("keys alone pass the second factor after a mistake and end at an app of another origin, "+name, func(t *testing.T) {
			s := newSite(t, manyWays()[:1], app.URL+"/*")
			s.broker.second = true
			b := open(t, browser, s.url+loginTo(app.URL+"/home"), before...)
			b.pressIn("login", "ada"+kb.Tab+rightPassword+kb.Enter)
			b.pressIn("code", "000000"+kb.Enter)
			b.sees("#alert")
			b.pressIn("code", rightCodeToo+kb.Enter)
			b.sees("#app")
			if got := b.text(`location.href`); got != app.URL+"/home" {
				t.Errorf("ended at %q", got)
			}
		})
		t.Run("keys alone set up a second factor, keep the codes and end at an app of another origin, "+name, func(t *testing.T) {
			s := newSite(t, manyWays()[:1], app.URL+"/*")
			s.broker.second, s.broker.enrol = true, true
			b := open(t, browser, s.url+loginTo(app.URL+"/home"), before...)
			b.pressIn("login", "ada"+kb.Tab+rightPassword+kb.Enter)
			b.sees("[name=step][value=propose]")
			b.press(kb.Tab + kb.Enter)
			b.sees(".picture path")
			b.pressIn("code", "000000"+kb.Enter)
			b.sees("#alert")
			b.pressIn("code", rightCode+kb.Enter)
			b.sees(".codes")
			b.press(kb.Tab + kb.Enter)
			b.sees("#app")
		})
	}
}

func TestInChromiumLetters(t *testing.T) {
	browser := parts.Chromium(t)
	for _, scripts := range []bool{true, false} {
		name, before := scripted(scripts)
		for _, l := range letters {
			t.Run("keys alone use the link of a letter, "+name+": "+l.path, func(t *testing.T) {
				s := memberSite(t)
				b := open(t, browser, s.url+l.path+"?token="+goodToken, before...)
				if l.password {
					b.pressIn("password", newPassword+kb.Enter)
				} else {
					b.press(kb.Tab + kb.Enter)
				}
				b.sees(".lead + a.primary")
				if got := b.text(`location.pathname + location.search + " " + document.querySelector("h1").innerText`); got != l.path+"?done "+l.done.title {
					t.Errorf("ended at %q", got)
				}
				b.press(kb.Tab + kb.Enter)
				b.sees("#login")
			})
		}
	}
	t.Run("the token is told to no other page, not even of ours", func(t *testing.T) {
		s := memberSite(t)
		b := open(t, browser, s.url+"/reset?token=dead")
		b.press(kb.Tab + kb.Enter)
		b.sees("#email")
		if got := b.text(`document.referrer`); got != "" && got != s.url+"/" {
			t.Errorf("the next page was told %q", got)
		}
	})
}

func TestInChromiumMembers(t *testing.T) {
	browser := parts.Chromium(t)
	t.Run("keys alone register, past a password that is too common", func(t *testing.T) {
		s := memberSite(t)
		b := open(t, browser, s.url+"/register")
		b.pressIn("email", "zoe@example.org"+kb.Tab+"zoe"+kb.Tab+"Zoë"+kb.Tab+"Müller"+kb.Tab+weakPassword+kb.Enter)
		b.sees("#alert:focus")
		if got := b.text(`email.value + "|" + username.value + "|" + given_name.value + "|" + family_name.value + "|" + password.value`); got != "zoe@example.org|zoe|Zoë|Müller|" {
			t.Errorf("the fields hold %q, want all but the password", got)
		}
		b.press(kb.Tab + kb.Tab + kb.Tab + kb.Tab + kb.Tab + newPassword + kb.Enter)
		b.sees(".lead + a.primary")
		want := broker.Registration{Email: "zoe@example.org", Username: "zoe", GivenName: "Zoë", FamilyName: "Müller", Password: newPassword}
		got := s.broker.registered[len(s.broker.registered)-1]
		got.Client = broker.Client{}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
	})
	t.Run("the links on the sign-in page are for passwords that are kept here", func(t *testing.T) {
		s := memberSite(t)
		b := open(t, browser, s.url+"/login")
		shown := `getComputedStyle(document.querySelector(".members")).display`
		if got := b.text(shown); got == "none" {
			t.Error("with a local password: the links are hidden")
		}
		b.text(`document.querySelector(".directory").click(); ""`)
		if got := b.text(shown); got != "none" {
			t.Error("with a directory's: the links are shown")
		}
	})
	t.Run("keys alone ask for a new password", func(t *testing.T) {
		s := memberSite(t)
		b := open(t, browser, s.url+"/forgot")
		b.pressIn("email", adaAddress+kb.Enter)
		b.sees(".lead + a.primary")
		if got := s.broker.resets; len(got) != 1 || got[0].Email != adaAddress {
			t.Errorf("asked %+v", got)
		}
	})
}
