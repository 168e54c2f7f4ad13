package pages

import (
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/broker"
)

// withRules lets anybody register and asks for passwords of 15 characters.
func withRules(b *fakeBroker) {
	b.open, b.rules = true, broker.HouseRules{MinPassword: 15, Confirm: true}
}

// types returns a walk that types keys into the field with the focus.
func types(field, keys string) func(*tab) {
	return func(b *tab) { b.pressIn(field, keys) }
}

func accountStates() map[string]state {
	token := "?token=" + goodToken
	local := manyWays()[:1]
	return map[string]state{
		"form with members":  {ways: local, path: "/login", sees: ".members", given: withRules},
		"register":           {ways: local, path: "/register", sees: "#password", given: withRules},
		"register refused":   {ways: local, path: "/register", sees: "#alert:focus", given: withRules, walk: types("email", "ada@example.org"+kb.Tab+kb.Tab+kb.Tab+kb.Tab+weakPassword+kb.Enter)},
		"registered":         {ways: local, path: "/register?sent", sees: "a.primary", given: withRules},
		"forgot":             {ways: local, path: "/forgot", sees: "#email:focus", given: withRules},
		"reset asked":        {ways: local, path: "/forgot?sent", sees: "a.primary", given: withRules},
		"confirm":            {ways: local, path: "/confirm" + token, sees: "[type=submit]", given: withRules},
		"confirmed":          {ways: local, path: "/confirm?done", sees: "a.primary", given: withRules},
		"dead link":          {ways: local, path: "/reset?token=dead", sees: "a.primary", given: withRules},
		"new address":        {ways: local, path: "/email" + token, sees: "[type=submit]", given: withRules},
		"new password":       {ways: local, path: "/reset" + token, sees: "#password:focus", given: withRules},
		"new password wrong": {ways: local, path: "/reset" + token, sees: "#alert", given: withRules, walk: types("password", weakPassword+kb.Enter)},
		"invite":             {ways: local, path: "/invite" + token, sees: "#password:focus", given: withRules},
	}
}

func secondStates() map[string]state {
	ways, login := manyWays()[:1], "ada"+kb.Tab+rightPassword+kb.Enter
	asks := func(b *fakeBroker) { b.second = true }
	enrols := func(b *fakeBroker) { b.second, b.enrol = true, true }
	begin := func(b *tab) { b.sees("[name=step][value=propose]"); b.do(chromedp.Click("[type=submit]")) }
	app := loginTo("https://app.example.org/home")
	return map[string]state{
		"second":       {ways: ways, path: app, enter: login, sees: "#code:focus", given: asks},
		"second wrong": {ways: ways, path: app, enter: login, sees: "#alert", given: asks, walk: types("code", "000000"+kb.Enter)},
		"setup begin":  {ways: ways, path: "/login", enter: login, sees: "[name=step][value=propose]", given: enrols},
		"setup scan":   {ways: ways, path: "/login", enter: login, sees: ".picture", given: enrols, walk: begin},
		"setup wrong": {ways: ways, path: "/login", enter: login, sees: "#alert", given: enrols, walk: func(b *tab) {
			begin(b)
			b.sees(".picture")
			b.pressIn("code", "000000"+kb.Enter)
		}},
		"setup codes": {ways: ways, path: "/login", enter: login, sees: ".codes", given: enrols, walk: func(b *tab) {
			begin(b)
			b.sees(".picture")
			b.pressIn("code", rightCode+kb.Enter)
		}},
	}
}
