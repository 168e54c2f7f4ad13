package pages

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
)

// newcomer is a filled form of an account.
func newcomer() url.Values {
	return url.Values{
		"email": {"zoe@example.org"}, "username": {"zoe"}, "given_name": {"Zoë"}, "family_name": {"Müller"}, "password": {newPassword},
	}
}

func TestRegister(t *testing.T) {
	t.Run("while it is closed there is no page, no form and no link", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.get("/register").wants(t, http.StatusNotFound)
		s.get("/register?sent").wants(t, http.StatusNotFound)
		s.post("/register", newcomer()).wants(t, http.StatusNotFound)
		s.get("/login").lacks(t, "/register")
		if len(s.broker.registered) != 0 {
			t.Error("a closed registration was asked for")
		}
	})
	t.Run("the form says what browsers may fill in", func(t *testing.T) {
		s := memberSite(t)
		s.get("/login").wants(t, http.StatusOK, `href="/register"`)
		s.get("/register").wants(t, http.StatusOK, `type="email" value="" autocomplete="email"`, `autocomplete="username"`,
			`autocomplete="given-name"`, `autocomplete="family-name"`, `autocomplete="new-password" minlength="15" required`, "At least 15 characters")
	})
	t.Run("what was typed reaches the broker", func(t *testing.T) {
		s := memberSite(t)
		s.post("/register", newcomer()).leadsTo(t, "/register?sent")
		want := []broker.Registration{{Email: "zoe@example.org", Username: "zoe", GivenName: "Zoë", FamilyName: "Müller", Password: newPassword}}
		s.broker.registered[0].Client = broker.Client{}
		if d := cmp.Diff(want, s.broker.registered); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
	})
	t.Run("P-24 the answer says nothing about the address", func(t *testing.T) {
		s := memberSite(t)
		p := s.get("/register?sent")
		p.wants(t, http.StatusOK, "Look into your mail", `href="/login"`)
		p.lacks(t, "zoe", "example.org")
	})
	t.Run("without confirmation one can sign in now", func(t *testing.T) {
		s := memberSite(t)
		s.broker.rules.Confirm = false
		s.get("/register?sent").wants(t, http.StatusOK, "You can sign in now", `href="/login"`)
	})
}

func TestRegisterRefused(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"a user name that somebody has":   {broker.Fail(broker.CodeConflict, "somebody has that user name"), http.StatusConflict, "Somebody has that user name. Please change that"},
		"an address that is none":         {broker.Fail(broker.CodePayload, "the e-mail address is malformed"), http.StatusBadRequest, "The e-mail address is malformed. Please change that"},
		"too many letters":                {&broker.Error{Code: broker.CodeLimited, Retry: 90e9}, http.StatusTooManyRequests, "Try again in 2 minutes."},
		"a database that cannot be asked": {broker.ErrStoreDown, http.StatusServiceUnavailable, "Nothing was changed."},
	} {
		t.Run("the form comes back with "+name+" and all but the password", func(t *testing.T) {
			s := memberSite(t)
			s.broker.refused = c.err
			p := s.post("/register", newcomer())
			p.wants(t, c.status, c.text, `id="alert" role="alert" tabindex="-1" autofocus`, `value="zoe@example.org"`, `value="zoe"`, `value="Zoë"`, `value="Müller"`)
			p.lacks(t, newPassword)
		})
	}
	t.Run("a fault of ours tells nothing of it", func(t *testing.T) {
		s := memberSite(t)
		s.broker.refused = errors.New("disk /var/lib is full")
		p := s.post("/register", newcomer())
		p.wants(t, http.StatusInternalServerError, "Something went wrong")
		p.lacks(t, "disk", "zoe")
	})
}

func TestForgot(t *testing.T) {
	t.Run("P-09 every address has the same answer, which does not name it", func(t *testing.T) {
		s := memberSite(t)
		for _, email := range []string{adaAddress, "nobody@example.org"} {
			s.post("/forgot", url.Values{"email": {email}}).leadsTo(t, "/forgot?sent")
		}
		p := s.get("/forgot?sent")
		p.wants(t, http.StatusOK, "Look into your mail", "If there is an account with this address")
		p.lacks(t, "example.org")
		if got := len(s.broker.resets); got != 2 || s.broker.resets[0].ResetURL != "" {
			t.Errorf("asked %+v, want two without a page of their own", s.broker.resets)
		}
	})
	t.Run("E-04 what the request says of the host goes nowhere", func(t *testing.T) {
		s := memberSite(t)
		for _, name := range []string{"Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Host"} {
			r := s.request(http.MethodPost, "/forgot", url.Values{"email": {adaAddress}}.Encode())
			r.Header.Set(name, "evil.test")
			if name == "Host" {
				r.Host = "evil.test"
			}
			s.do(r).leadsTo(t, "/forgot?sent")
		}
		for _, asked := range s.broker.resets {
			if asked.ResetURL != "" {
				t.Errorf("the letter would lead to %q", asked.ResetURL)
			}
		}
	})
	t.Run("an address that is none is said and kept", func(t *testing.T) {
		p := memberSite(t).post("/forgot", url.Values{"email": {"nonsense"}})
		p.wants(t, http.StatusBadRequest, "The e-mail address is malformed.", `value="nonsense"`, `aria-invalid="true" aria-describedby="alert" autofocus`)
	})
	t.Run("the link and the page are there where Signet keeps passwords, and nowhere else", func(t *testing.T) {
		s := memberSite(t)
		s.get("/login").wants(t, http.StatusOK, `href="/forgot"`)
		s.get("/forgot").wants(t, http.StatusOK, `autocomplete="email"`)
		away := newSite(t, manyWays()[1:])
		away.get("/login").lacks(t, "/forgot")
		away.get("/forgot").wants(t, http.StatusNotFound)
		away.post("/forgot", url.Values{"email": {adaAddress}}).wants(t, http.StatusNotFound)
		if len(away.broker.resets) != 0 {
			t.Error("a reset was asked for where there are no passwords")
		}
	})
}
