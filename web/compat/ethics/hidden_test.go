package ethics_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/wire"
)

// asks is what strangers can ask about somebody called $.
var asks = []struct{ method, path, body string }{
	{"POST", "/register/", `{"username":"$","email":"$@example.org","password":"an0ther p0ssword"}`},
	{"POST", "/register/", `{"username":"$","email":"new@example.com","password":"an0ther p0ssword"}`},
	{"POST", "/register/", `{"username":"new","email":"$@example.org","password":"an0ther p0ssword"}`},
	{"POST", "/register/", `{"username":"$","email":"$@example.org","password":"short"}`},
	{"POST", "/login/", `{"username":"$","password":"wrong"}`},
	{"POST", "/login/", `{"username":"$@example.org","password":"wrong","email":true}`},
	{"GET", "/account?username=$", ""},
	{"HEAD", "/account/confirmed?username=$", ""},
	{"GET", "/account/confirmed?username=$", ""},
	{"GET", "/account/confirmed?username=$@example.org&email=true", ""},
	{"POST", "/account/confirm/", `{"email":"$@example.org","token":"wrong"}`},
	{"POST", "/account/confirm/resend?username=$", ""},
	{"POST", "/account/confirm/resend?username=$@example.org&email=true", ""},
	{"POST", "/forgot-password?username=$", ""},
	{"POST", "/forgot-password?username=$@example.org&email=true", ""},
	{"POST", "/reset-password/", `{"username":"$","token":"wrong","password":"an0ther p0ssword"}`},
}

func TestStrangersAreToldTheSameOfEverybody(t *testing.T) {
	h := newHouse(t, false)
	h.people(t, "known1", "barred")
	h.Acts()["status"](t, []string{"barred", "suspended"})
	is(t, h.post("/register/", `{"username":"unpr0v","email":"unpr0v@example.org","password":"testPass2"}`), 201, "*")
	h.Letters(t)
	for _, a := range asks {
		t.Run(a.method+" "+a.path, func(t *testing.T) {
			tell := func(name string) string {
				w := h.send(a.method, strings.ReplaceAll(a.path, "$", name), strings.ReplaceAll(a.body, "$", name))
				w.Header().Del("X-Request-Id")
				said := strings.ReplaceAll(w.Body.String(), name, "$")
				for _, field := range []string{"Content-Type", "Cache-Control", "WWW-Authenticate", "Retry-After"} {
					said += "\n" + field + ": " + w.Header().Get(field)
				}
				return http.StatusText(w.Code) + "\n" + said
			}
			nobody := tell("nob0dy")
			for _, name := range []string{"known1", "barred", "unpr0v"} {
				if got := tell(name); got != nobody {
					t.Errorf("of %s: got %s, want as of nobody: %s", name, got, nobody)
				}
			}
		})
	}
}

// deaf is a broker that nobody may ask who has a name.
type deaf struct {
	ethics.Broker
	t *testing.T
}

func (d deaf) Named(context.Context, string) (broker.Account, error) {
	d.t.Error("somebody is looked up on the way to the answer, which takes a time of its own then")
	return broker.Account{}, broker.ErrNoAccount
}

func TestNobodyIsLookedUpForAStranger(t *testing.T) {
	h := newHouse(t, false)
	h.people(t, "known1")
	crossSite, err := wire.NewCrossSite(compattest.PublicURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter()
	ethics.New(ethics.Config{
		Settings: ethics.Settings{Prefix: base, TokenTTL: time.Hour, MaxTTL: time.Hour, Zone: time.UTC},
		Broker:   deaf{h.Broker, t}, CrossSite: crossSite, Now: h.Now,
	}).Register(r)
	for _, a := range asks {
		w := ask(r, a.method, strings.ReplaceAll(a.path, "$", "known1"), strings.ReplaceAll(a.body, "$", "known1"))
		if w.Code >= 500 {
			t.Errorf("%s %s: got %d", a.method, a.path, w.Code)
		}
	}
}

func TestHowManyLettersStrangersCause(t *testing.T) {
	h := newHouse(t, false)
	h.people(t, "known1")
	h.register(t, "waits")
	count := func(to string) (n int) {
		for _, l := range h.Letters(t) {
			if l.To == to {
				n++
			} else {
				t.Errorf("a letter %q to %s", l.Kind, l.To)
			}
		}
		return n
	}
	h.Letters(t)
	h.Pass(time.Hour)
	t.Run("they are as many by name and by address together", func(t *testing.T) {
		for range 10 {
			is(t, h.post("/forgot-password?username=known1", ""), 201, "")
			is(t, h.post("/forgot-password?username=known1@example.org&email=true", ""), 201, "")
			is(t, h.post("/register/", `{"username":"x1","email":"known1@example.org","password":"testPass2"}`), 201, "*")
		}
		if got := count("known1@example.org"); got != 5 {
			t.Errorf("got %d letters, want 5", got)
		}
	})
	t.Run("of a registration that waits, too", func(t *testing.T) {
		for range 10 {
			is(t, h.post("/account/confirm/resend?username=waits", ""), 200, "")
			is(t, h.post("/account/confirm/resend/?username=waits@gmail.com&email=true", ""), 200, "")
			is(t, h.post("/register/", `{"username":"waits","email":"waits@gmail.com","password":"testPass2"}`), 201, "*")
		}
		if got := count("waits@gmail.com"); got != 5 {
			t.Errorf("got %d letters, want 5", got)
		}
	})
	t.Run("a name that is taken writes to nobody but who gave the address, and not forever", func(t *testing.T) {
		for range 10 {
			is(t, h.post("/register/", `{"username":"known1","email":"victim@example.net","password":"testPass2"}`), 201, "*")
		}
		if got := count("victim@example.net"); got != 5 {
			t.Errorf("got %d letters, want 5", got)
		}
	})
	t.Run("none goes to who was suspended, or never was", func(t *testing.T) {
		h.Pass(time.Hour)
		h.Acts()["status"](t, []string{"known1", "suspended"})
		for _, name := range []string{"known1", "nobody", h.id(t, "known1")} {
			is(t, h.post("/forgot-password?username="+name, ""), 201, "")
			is(t, h.post("/account/confirm/resend?username="+name, ""), 200, "")
		}
		if got := count("known1@example.org"); got != 0 {
			t.Errorf("got %d letters, want none", got)
		}
	})
}

// id is an account's.
func (h house) id(t *testing.T, name string) string {
	t.Helper()
	a, err := h.Broker.Named(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

func TestNobodyIsFoundByAnID(t *testing.T) {
	h := newHouse(t, true)
	h.people(t, "known1")
	id := h.id(t, "known1")
	bearer := "Bearer " + h.token(t, "known1")
	is(t, h.send("GET", "/account?username="+id, "", "Authorization", bearer), 404, "")
	is(t, h.send("GET", "/account/confirmed?username="+id, ""), 404, "")
	is(t, h.post("/forgot-password?username="+id, ""), 404, "")
}
