package directus_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestOnlyKnownFieldsAreTold(t *testing.T) {
	h := newHouse(t)
	h.people(t, "ann")
	k := h.signIn(t, "ann")
	all := h.send("GET", "/users/me", "", k.bearer()...).Body.String()
	for _, c := range []struct{ name, query, want string }{
		{"A-05 secrets are no fields", "fields=password,token,hash,refresh_token,auth_data,email", `{"data":{"email":"ann@example.org"}}`},
		{"A-05 nor is anything of somebody else's", "fields=role.users.email,policies.*,id.x", ""},
		{"* is every field", "fields=*", all},
		{"so is what goes deeper", "fields=*.*,email", all},
		{"a field that there is not says nothing", "fields=nothing", `{"data":{}}`},
		{"blanks do not count", "fields=%20email%20,,%20status", `{"data":{"email":"ann@example.org","status":"active"}}`},
		{"an empty list is a list of nothing that is known", "fields=", `{"data":{}}`},
		{"what else Directus has in a query changes nothing", "filter[email][_eq]=x&sort=-id&limit=0&deep[role]=x&alias[x]=id&export=csv&meta=*", all},
		{"X-07 a flood of names is a short answer", "fields=" + strings.Repeat("email,", 1000), `{"data":{"email":"ann@example.org"}}`},
		{"X-07 so is a flood of parameters", strings.Repeat("fields[]=email&", 50), `{"data":{"email":"ann@example.org"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := h.send("GET", "/users/me?"+c.query, "", k.bearer()...)
			is(t, w, 200, "")
			if got := w.Body.String(); c.want != "" && got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if w.Body.Len() > 1000 {
				t.Errorf("the answer has %d bytes", w.Body.Len())
			}
		})
	}
	t.Run("X-07 an address that is longer than that is refused", func(t *testing.T) {
		is(t, h.send("GET", "/users/me?fields="+strings.Repeat("email,", 10000), "", k.bearer()...), 414, "INVALID_PAYLOAD")
	})
	t.Run("A-05 the secret of a second factor is masked, whoever asks how", func(t *testing.T) {
		seed := enrol(t, h, k)
		for _, query := range []string{"", "?fields=*", "?fields=tfa_secret", "?fields=tfa_secret.x"} {
			if got := h.send("GET", "/users/me"+query, "", k.bearer()...).Body.String(); strings.Contains(got, seed) || !strings.Contains(got, `"**********"`) {
				t.Errorf("%s: got %s", query, got)
			}
		}
	})
}

// bodies are the requests that have one.
func bodies() []struct{ method, path, body string } {
	return slices.Concat(asks[2:6], []struct{ method, path, body string }{
		{"POST", "/users/register", `{"email":"zoe@example.org","password":"plum jacket river"}`},
		{"POST", "/users/invite/accept", `{"token":"x","password":"plum jacket river"}`},
	})
}

func TestBodiesAreBoundedAndStrict(t *testing.T) {
	h := newHouse(t)
	h.people(t, "ann")
	k := h.signIn(t, "ann")
	for _, a := range bodies() {
		send := func(body string, fields ...string) *httptest.ResponseRecorder {
			return h.send(a.method, a.path, body, append(fields, k.bearer()...)...)
		}
		t.Run(a.method+" "+a.path, func(t *testing.T) {
			is(t, send(`{"x":"`+strings.Repeat("a", 64<<10)+`"}`), 413, "CONTENT_TOO_LARGE")
			is(t, send(`[`+a.body+`]`), 400, "INVALID_PAYLOAD")
			is(t, send(a.body+a.body), 400, "INVALID_PAYLOAD")
			is(t, send(strings.Replace(a.body, "{", `{"otp":"1","otp":"2",`, 1)), 400, "INVALID_PAYLOAD")
			is(t, send(strings.Replace(a.body, "{", `{"x":"\u0000",`, 1)), 400, "INVALID_PAYLOAD")
			is(t, send(strings.Repeat(`{"x":`, 10000)), 400, "INVALID_PAYLOAD")
			is(t, send(""), 415, "UNSUPPORTED_MEDIA_TYPE")
			w := httptest.NewRecorder()
			r := httptest.NewRequest(a.method, a.path, strings.NewReader("password=x"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Authorization", "Bearer "+k.Access)
			h.ServeHTTP(w, r)
			is(t, w, 415, "UNSUPPORTED_MEDIA_TYPE")
		})
	}
	h.Acts()["silence"](t, nil)
}

func TestP23NobodySaysWhatTheyAre(t *testing.T) {
	const more = `"role":"admin","admin_access":true,"status":"active","email_verified":true,"provider":"okta","external_identifier":"x","id":"1","tfa_secret":"x","token":"x"`
	h := newHouse(t)
	t.Run("P-23 a registration with privileges is one without", func(t *testing.T) {
		is(t, h.send("POST", "/users/register", `{"email":"zoe@example.org","password":"`+password+`",`+more+`}`), 204, "")
		is(t, h.send("POST", "/auth/login", `{"email":"zoe@example.org","password":"`+password+`"}`), 401, "INVALID_CREDENTIALS")
		is(t, h.send("GET", "/users/register/verify-email?token="+h.ticket(t, "zoe@example.org"), ""), 204, "")
		got := h.send("GET", "/users/me?fields=role,status,provider,external_identifier,tfa_secret", "", h.signIn(t, "zoe").bearer()...).Body.String()
		if want := `{"data":{"external_identifier":null,"provider":"default","role":"user","status":"active","tfa_secret":null}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("A-03 a change of oneself with them is refused as a whole", func(t *testing.T) {
		k := h.signIn(t, "zoe")
		for member := range strings.SplitSeq(more, ",") {
			is(t, h.send("PATCH", "/users/me", `{"first_name":"Eve",`+member+`}`, k.bearer()...), 400, "INVALID_PAYLOAD")
		}
		if got := h.send("GET", "/users/me?fields=first_name,role", "", k.bearer()...).Body.String(); got != `{"data":{"first_name":null,"role":"user"}}` {
			t.Errorf("got %s, want nothing changed", got)
		}
	})
	t.Run("P-16 an invitation opens whose it is", func(t *testing.T) {
		h.Acts()["invite"](t, []string{"bob@example.org"})
		is(t, h.send("POST", "/users/invite/accept", `{"token":"`+h.ticket(t, "bob@example.org")+`","password":"`+password+`","email":"zoe@example.org","role":"admin","id":"1"}`), 204, "")
		if got := h.send("GET", "/users/me?fields=email,role", "", h.signIn(t, "bob").bearer()...).Body.String(); got != `{"data":{"email":"bob@example.org","role":"user"}}` {
			t.Errorf("got %s", got)
		}
	})
}

func TestP21ALinkThatIsLookedAtDoesNothing(t *testing.T) {
	h := newHouse(t)
	is(t, h.send("POST", "/users/register", `{"email":"zoe@example.org","password":"`+password+`"}`), 204, "")
	path := "/users/register/verify-email?token=" + h.ticket(t, "zoe@example.org")
	for range 3 {
		is(t, h.send("HEAD", path, ""), 405, "METHOD_NOT_ALLOWED")
		is(t, h.send("POST", path, "{}"), 405, "METHOD_NOT_ALLOWED")
	}
	for field, value := range map[string]string{"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"} {
		w := h.send("GET", path, "", field, value)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/confirm?token=") {
			t.Errorf("%s: got %d to %q, want our page, which asks", field, w.Code, w.Header().Get("Location"))
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: got %v, want that nobody keeps the token or passes it on", field, w.Header())
		}
	}
	is(t, h.send("GET", path+"&token=x", ""), 400, "INVALID_PAYLOAD")
	is(t, h.send("GET", "/users/register/verify-email?token=", ""), 400, "INVALID_PAYLOAD")
	is(t, h.send("POST", "/auth/login", `{"email":"zoe@example.org","password":"`+password+`"}`), 401, "INVALID_CREDENTIALS")
	is(t, h.send("GET", path, ""), 204, "")
	is(t, h.send("GET", path, ""), 401, "INVALID_TOKEN")
	h.signIn(t, "zoe")
}
