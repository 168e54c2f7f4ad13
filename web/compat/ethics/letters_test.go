package ethics_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/mail"
	"github.com/signet-sso/signet/web/compat/compattest"
)

func TestWhereLettersLead(t *testing.T) {
	h := newHouse(t, false, func(s *compattest.Setup) { s.Web.Ethics.Frontend = "https://ethics.example.org/app/" })
	const name, address = `<b>a&b=c%2F "d"#é</b>`, "a+b&c=d%41#'@example.org"
	evil := []string{"Host", "evil.example", "X-Forwarded-Host", "evil.example", "Origin", "https://ethics.example.org", "Referer", "https://evil.example/"}
	is(t, h.post("/register/", `{"username":"<b>a&b=c%2F \"d\"#é</b>","email":"`+address+`","password":"testPass2",
		"frontend":"https://evil.example","page":{"url":"https://evil.example"}}`, evil...), 201, "*")
	leads := func(t *testing.T, l broker.Letter, page, parameter, value string) string {
		t.Helper()
		u, err := url.Parse(l.Link)
		if err != nil || u.Scheme+"://"+u.Host+u.Path != page {
			t.Fatalf("the link is %q, want one to %s", l.Link, page)
		}
		q, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(q) != 2 || len(q[parameter]) != 1 || q.Get(parameter) != value || len(q.Get("token")) != 43 {
			t.Errorf("the query is %q, want %s of %q and a token", u.RawQuery, parameter, value)
		}
		if !strings.HasPrefix(l.Link, page+"?"+parameter+"=") {
			t.Errorf("the link is %q, want whose it is first", l.Link)
		}
		return q.Get("token")
	}
	confirm := h.letter(t, broker.LetterConfirm, address)
	token := leads(t, confirm, "https://ethics.example.org/app/confirm-account", "email", address)
	is(t, h.post("/account/confirm/", `{"email":"`+address+`","token":"`+token+`"}`), 200, `{"confirmed":true}`)
	t.Run("the letter once more leads there, too", func(t *testing.T) {
		h.register(t, "other")
		is(t, h.post("/account/confirm/resend?username=other", "", evil...), 200, "")
		leads(t, h.letter(t, broker.LetterConfirm, "other@gmail.com"), "https://ethics.example.org/app/confirm-account", "email", "other@gmail.com")
	})
	is(t, h.post("/forgot-password?email=false&username="+url.QueryEscape(name), "", evil...), 201, "")
	reset := h.letter(t, broker.LetterReset, address)
	leads(t, reset, "https://ethics.example.org/app/reset-password", "username", name)
	t.Run("an address that the front end did not escape is meant anyway", func(t *testing.T) {
		is(t, h.post("/forgot-password?email=true&username=a+b"+url.QueryEscape("&c=d%41#'@example.org"), ""), 201, "")
		leads(t, h.letter(t, broker.LetterReset, address), "https://ethics.example.org/app/reset-password", "username", name)
	})
	t.Run("what a stranger chose as a name is no part of the page that a letter is", func(t *testing.T) {
		templates, err := mail.LoadTemplates("")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []broker.Letter{confirm, reset} {
			w, err := templates.Render(l.Kind, mail.View{Name: l.Name, Link: l.Link})
			if err != nil || strings.Contains(w.HTML, "<b>a") || strings.Contains(w.Subject, "<b>") {
				t.Errorf("the letter %q: %v %s", l.Kind, err, w.HTML)
			}
		}
	})
	t.Run("who has no user name is called by their address", func(t *testing.T) {
		if _, err := h.Admin.Add(t.Context(), broker.NewAccount{Email: "nameless@gmail.com", Confirmed: true, Password: "testPass2"}); err != nil {
			t.Fatal(err)
		}
		is(t, h.post("/forgot-password?username=nameless@gmail.com", ""), 201, "")
		token := leads(t, h.letter(t, broker.LetterReset, "nameless@gmail.com"), "https://ethics.example.org/app/reset-password", "username", "nameless@gmail.com")
		is(t, h.post("/reset-password", `{"username":"nameless@gmail.com","token":"`+token+`","password":"a third p0ssword"}`), 200, "*")
	})
	t.Run("a letter of the native interface leads to our own page", func(t *testing.T) {
		if err := h.Broker.RequestReset(t.Context(), broker.ResetRequest{Email: address}); err != nil {
			t.Fatal(err)
		}
		if link := h.letter(t, broker.LetterReset, address).Link; !strings.HasPrefix(link, "/reset?token=") {
			t.Errorf("got %s", link)
		}
	})
}

func TestWhatATokenIsGoodFor(t *testing.T) {
	h := newHouse(t, false)
	h.people(t, "known1")
	h.register(t, "waits")
	confirm := h.ticket(t, broker.LetterConfirm, "waits@gmail.com")
	forget := func(t *testing.T) string {
		t.Helper()
		is(t, h.post("/forgot-password?username=known1", ""), 201, "")
		return h.ticket(t, broker.LetterReset, "known1@example.org")
	}
	change := func(name, token string) (body string) {
		return `{"username":"` + name + `","token":"` + token + `","password":"a third p0ssword"}`
	}
	const bad = `{"error":"invalid_reset_token"}`
	t.Run("one to confirm sets no password, nor the other way round", func(t *testing.T) {
		is(t, h.post("/reset-password/", change("waits", confirm)), 400, bad)
		is(t, h.post("/account/confirm/", `{"email":"known1@example.org","token":"`+forget(t)+`"}`), 200, `{"confirmed":false}`)
	})
	t.Run("none of somebody who was suspended since", func(t *testing.T) {
		token := forget(t)
		h.Acts()["status"](t, []string{"known1", "suspended"})
		is(t, h.post("/reset-password/", change("known1", token)), 400, bad)
		h.Acts()["status"](t, []string{"known1", "active"})
		is(t, h.post("/reset-password/", change("known1", token)), 400, bad)
		h.token(t, "known1")
		h.Pass(time.Hour)
	})
	t.Run("the account may be named in other letters, or by its address", func(t *testing.T) {
		is(t, h.post("/reset-password/", change("KNOWN1", forget(t))), 200, "*")
		is(t, h.post("/reset-password/", change("known1@example.org", forget(t))), 200, "*")
		is(t, h.post("/account/confirm/", `{"email":"Waits@GMAIL.com","token":"`+confirm+`"}`), 200, `{"confirmed":true}`)
	})
	t.Run("a user name is no address to confirm", func(t *testing.T) {
		h.register(t, "second")
		token := h.ticket(t, broker.LetterConfirm, "second@gmail.com")
		is(t, h.post("/account/confirm/", `{"email":"second","token":"`+token+`"}`), 200, `{"confirmed":false}`)
	})
	t.Run("of two who use it at once one succeeds", func(t *testing.T) {
		h.Pass(time.Hour)
		token, codes := forget(t), make(chan int)
		for range 8 {
			go func() { codes <- h.post("/reset-password/", change("known1", token)).Code }()
		}
		good := 0
		for range 8 {
			if <-codes == 200 {
				good++
			}
		}
		if good != 1 {
			t.Errorf("%d succeeded, want 1", good)
		}
	})
}

func TestARegistrationThatNobodyConfirms(t *testing.T) {
	for engine, open := range compattest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := house{compattest.New(t, open, nil, as(true))}
			h.register(t, "waits")
			token := h.ticket(t, broker.LetterConfirm, "waits@gmail.com")
			h.register(t, "came")
			is(t, h.post("/account/confirm", `{"email":"came@gmail.com","token":"`+h.ticket(t, broker.LetterConfirm, "came@gmail.com")+`"}`), 200, `{"confirmed":true}`)
			purge := func() int {
				gone, err := h.DB.Members().RemoveUnconfirmed(t.Context(), h.Now().Add(-31*24*time.Hour))
				if err != nil {
					t.Fatal(err)
				}
				return len(gone)
			}
			h.Pass(31*24*time.Hour - time.Second)
			if got := purge(); got != 0 {
				t.Errorf("%d removed too early", got)
			}
			h.Pass(time.Second)
			if got := purge(); got != 1 {
				t.Errorf("%d removed, want 1", got)
			}
			is(t, h.send("GET", "/account/confirmed?username=waits", ""), 404, "")
			is(t, h.post("/account/confirm", `{"email":"waits@gmail.com","token":"`+token+`"}`), 404, "")
			is(t, h.send("GET", "/account/confirmed?username=came", ""), 200, `{"confirmed":true}`)
			// Name and address are free.
			h.register(t, "waits")
			is(t, h.post("/account/confirm", `{"email":"waits@gmail.com","token":"`+h.ticket(t, broker.LetterConfirm, "waits@gmail.com")+`"}`), 200, `{"confirmed":true}`)
			h.token(t, "waits")
		})
	}
}
