package ethics_test

import (
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/compattest"
)

func TestARegistrationThatIsMadeAgain(t *testing.T) {
	h := newHouse(t, false)
	register := func(name, password string) {
		is(t, h.post("/register/", `{"username":"`+name+`","email":"mine@gmail.com","password":"`+password+`"}`), 201,
			`{"username":"`+name+`","email":"mine@gmail.com","confirmed":false}`)
	}
	register("stranger", "testPass2")
	first := h.ticket(t, broker.LetterConfirm, "mine@gmail.com")
	register("myself", "a third p0ssword")
	second := h.ticket(t, broker.LetterConfirm, "mine@gmail.com")
	is(t, h.post("/account/confirm/", `{"email":"mine@gmail.com","token":"`+first+`"}`), 200, `{"confirmed":false}`)
	t.Run("with a name that somebody has, it stays as it is", func(t *testing.T) {
		h.people(t, "known1")
		register("known1", "a f0urth password")
		h.letter(t, broker.LetterNameTaken, "mine@gmail.com")
	})
	is(t, h.post("/account/confirm/", `{"email":"mine@gmail.com","token":"`+second+`"}`), 200, `{"confirmed":true}`)
	is(t, h.post("/login/", `{"username":"stranger","password":"testPass2"}`), 400, `{"error":"invalid_credentials"}`)
	is(t, h.post("/login/", `{"username":"stranger","password":"a third p0ssword"}`), 400, `{"error":"invalid_credentials"}`)
	is(t, h.post("/login/", `{"username":"myself","password":"a third p0ssword"}`), 200, "*")
}

func TestAClosedRegistration(t *testing.T) {
	for _, strict := range []bool{false, true} {
		h := newHouse(t, strict, func(s *compattest.Setup) { s.Broker.Membership.Open = false })
		is(t, h.post("/register/", `{"username":"x1","email":"x@gmail.com","password":"testPass2"}`), 401, `{"error":"insufficient_permissions"}`)
		is(t, h.post("/register/", `{"username":"x1","email":"x@gmail.com","password":"testPass2","confirmationKey":"a-key-that-nobody-guesses"}`), 401, `{"error":"insufficient_permissions"}`)
		if all := h.Letters(t); len(all) > 0 {
			t.Errorf("got letters %+v", all)
		}
	}
}

func TestARegistrationWithoutConfirmation(t *testing.T) {
	h := newHouse(t, false, func(s *compattest.Setup) { s.Broker.Membership.Confirm = false })
	for _, key := range []string{"", `,"confirmationKey":"wrong"`, `,"confirmationKey":null`, `,"confirmationKey":""`} {
		is(t, h.post("/register/", `{"username":"x1","email":"x@gmail.com","password":"testPass2"`+key+`}`), 201, `{"username":"x1","email":"x@gmail.com","confirmed":true}`)
	}
	h.token(t, "x1")
}

func TestWithoutAKeyNobodyHasTheRightOne(t *testing.T) {
	h := newHouse(t, false, func(s *compattest.Setup) { s.Broker.Membership.ConfirmationKey = "" })
	for _, key := range []string{`""`, `null`, `"always-confirm-ethics-key"`} {
		is(t, h.post("/register/", `{"username":"x1","email":"x@gmail.com","password":"testPass2","confirmationKey":`+key+`}`), 201,
			`{"username":"x1","email":"x@gmail.com","confirmed":false}`)
	}
	is(t, h.post("/login/", `{"username":"x1","password":"testPass2"}`), 400, `{"error":"invalid_credentials"}`)
}

func TestWhoMayChangeAPassword(t *testing.T) {
	const body = `{"username":"known1","password":"a third p0ssword"`
	t.Run("somebody whose password is kept elsewhere may not, nor may an administrator", func(t *testing.T) {
		h := newHouse(t, false)
		h.people(t, "known1")
		h.Acts()["add"](t, []string{"boss", "testPass2", "admin"})
		if _, err := h.Admin.Add(t.Context(), broker.NewAccount{Username: "ldap1"}); err != nil {
			t.Fatal(err)
		}
		w := h.send("PUT", "/admin/account/", `{"username":"ldap1","password":"a third p0ssword"}`, "Authorization", "Bearer "+h.token(t, "boss"))
		is(t, w, 400, malformed("the password is kept where the person signs in", "/api/auth/admin/account/"))
	})
	t.Run("the password before counts even right after the sign-in, if it is there", func(t *testing.T) {
		h := newHouse(t, false)
		h.people(t, "known1")
		bearer := "Bearer " + h.token(t, "known1")
		is(t, h.send("PUT", "/account/", body+`,"oldPassword":"wrong"}`, "Authorization", bearer), 401, `{"error":"illegal_update"}`)
		is(t, h.send("PUT", "/account/", body+`,"oldPassword":"testPass2"}`, "Authorization", bearer), 200, `{"message":"account_updated"}`)
	})
	t.Run("five minutes are the limit", func(t *testing.T) {
		h := newHouse(t, false)
		h.people(t, "known1")
		bearer := "Bearer " + h.token(t, "known1")
		h.Pass(5*time.Minute + time.Second)
		is(t, h.send("PUT", "/account/", body+`}`, "Authorization", bearer), 401, `{"error":"illegal_update"}`)
		is(t, h.send("PUT", "/account/", body+`,"oldPassword":""}`, "Authorization", bearer), 401, `{"error":"illegal_update"}`)
		is(t, h.send("PUT", "/account/", body+`,"oldPassword":null}`, "Authorization", bearer), 401, `{"error":"illegal_update"}`)
		h.token(t, "known1")
	})
	t.Run("guesses of it lock the account", func(t *testing.T) {
		h := newHouse(t, true)
		h.people(t, "known1")
		bearer := "Bearer " + h.token(t, "known1")
		for range 10 {
			is(t, h.send("PUT", "/account", body+`,"oldPassword":"wrong"}`, "Authorization", bearer), 401, `{"error":"illegal_update"}`)
		}
		is(t, h.send("PUT", "/account", body+`,"oldPassword":"testPass2"}`, "Authorization", bearer), 429, `{"error":"too_many_requests"}`)
	})
	t.Run("who is no administrator any more may not, nor who was suspended", func(t *testing.T) {
		h := newHouse(t, true)
		h.people(t, "known1")
		for _, name := range []string{"boss1", "boss2", "boss3"} {
			h.Acts()["add"](t, []string{name, "testPass2", "admin"})
		}
		first, second := h.token(t, "boss1"), h.token(t, "boss2")
		if _, err := h.Admin.SetAdmin(t.Context(), "boss1", false); err != nil {
			t.Fatal(err)
		}
		h.Acts()["status"](t, []string{"boss2", "suspended"})
		for _, token := range []string{first, second, h.token(t, "boss3") + "x", ""} {
			if w := h.send("PUT", "/admin/account", body+`}`, "Authorization", "Bearer "+token); w.Code != 401 {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		}
		h.token(t, "known1")
	})
}

// malformed is a bad request in the house's time.
func malformed(message, path string) string {
	return `{"timestamp":"2026-11-23T12:00:00.000+00:00","status":400,"error":"Bad Request","message":"` + message + `","path":"` + path + `"}`
}
