package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

// okta is a redirect driver whose codes are the login names of its people.
// Nobody's "nobody", "down" is a provider that cannot be reached, and "fault" one
// that is broken.
type okta struct{}

func (okta) AuthURL(_ context.Context, state string, a drivers.Attempt) (string, error) {
	if a.Prompt == "consent" {
		return "", drivers.ErrUnavailable
	}
	return "https://okta.example/authorize?state=" + state + "&prompt=" + a.Prompt, nil
}

func (okta) Exchange(_ context.Context, _ drivers.Attempt, reply url.Values) (drivers.Identity, error) {
	switch code := reply.Get("code"); {
	case reply.Get("error") != "", code == "nobody":
		return drivers.Identity{}, drivers.ErrCredentials
	case code == "down":
		return drivers.Identity{}, drivers.ErrUnavailable
	case code == "fault":
		return drivers.Identity{}, errors.New("dial hunter2")
	default:
		return drivers.Identity{Subject: "id of " + code, Login: code, Session: "sid"}, nil
	}
}

func (okta) LogoutURL(_ context.Context, _ []byte, returnTo string) (string, error) {
	return "https://okta.example/logout?to=" + url.QueryEscape(returnTo), nil
}

// tour is a browser at a house with the providers "okta" and "apple", whose
// replies are posted.
type tour struct {
	*house
	t   *testing.T
	jar map[string]string
}

func newTour(t *testing.T) *tour {
	t.Helper()
	h, _ := realHouse(t,
		broker.Provider{Name: "okta", Kind: "openid", Label: "Okta", Signup: true, Driver: drivers.Driver{Redirect: okta{}, Logout: okta{}}},
		broker.Provider{Name: "apple", Kind: "openid", Label: "Apple", Signup: true, Driver: drivers.Driver{Redirect: okta{}, FormPost: true}},
	)
	return &tour{house: h, t: t, jar: map[string]string{}}
}

// visit is ask with the browser's cookies, which it keeps.
func (v *tour) visit(method, path, body string, fields ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	var cookies []string
	for name, value := range v.jar {
		cookies = append(cookies, name+"="+value)
	}
	w := v.ask(method, path, body, append([]string{"Accept", "text/html", "Cookie", strings.Join(cookies, "; ")}, fields...)...)
	for _, c := range w.Result().Cookies() {
		if v.jar[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.jar, c.Name)
		}
	}
	return w
}

// begin starts a flow and returns the state.
func (v *tour) begin(query string, fields ...string) (state string) {
	v.t.Helper()
	w := v.visit("GET", "/auth/login/okta?"+query, "", fields...)
	to, err := url.Parse(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || err != nil || to.Host != "okta.example" {
		v.t.Fatalf("got %d to %q %s, want to be sent to the provider", w.Code, w.Header().Get("Location"), w.Body)
	}
	return to.Query().Get("state")
}

func (v *tour) back(query url.Values, fields ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	return v.visit("GET", "/auth/login/okta/callback?"+query.Encode(), "", fields...)
}

func reply(state, code string) url.Values { return url.Values{"state": {state}, "code": {code}} }

// sentTo checks where an answer leads.
func sentTo(t *testing.T, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
		t.Errorf("got %d to %q, want 303 to %q", w.Code, got, want)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("R-66 the answer may be stored")
	}
}

func TestSigningInAtAProvider(t *testing.T) {
	t.Run("the browser comes back signed in to where it wanted to go", func(t *testing.T) {
		v := newTour(t)
		state := v.begin("redirect=" + url.QueryEscape("https://app.example.org/in?a=1"))
		sentTo(t, v.back(reply(state, "carol")), "https://app.example.org/in?a=1")
		if v.jar["signet_refresh"] == "" || v.jar["signet_session"] != "" {
			t.Errorf("got the cookies %v, want one refresh cookie", v.jar)
		}
		if w := v.visit("GET", "/login", ""); !strings.Contains(w.Body.String(), "carol") {
			t.Error("our own page does not know who is signed in")
		}
	})
	t.Run("mode=session gives the cookie for the guard", func(t *testing.T) {
		v := newTour(t)
		state := v.begin("mode=session&redirect=/app")
		sentTo(t, v.back(reply(state, "carol")), "/app")
		if w := v.visit("GET", "/auth/me", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"idp":"okta"`) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("without a place to go to it lands on our own page", func(t *testing.T) {
		v := newTour(t)
		sentTo(t, v.back(reply(v.begin(""), "carol")), "/login?done")
	})
	t.Run("who asks for JSON gets tokens", func(t *testing.T) {
		for name, begin := range map[string]func(*tour) string{
			"by the mode":   func(v *tour) string { return v.begin("mode=json") },
			"by the header": func(v *tour) string { return v.begin("", "Accept", "application/json") },
		} {
			v := newTour(t)
			w := v.back(reply(begin(v), "carol"))
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), `{"data":{"access_token":"`) || !strings.Contains(w.Body.String(), "refresh_token") {
				t.Errorf("%s: got %d %s", name, w.Code, w.Body)
			}
		}
	})
	t.Run("R-16 the way on is a GET, whatever asked for it", func(t *testing.T) {
		v := newTour(t)
		for _, w := range []*httptest.ResponseRecorder{
			v.visit("GET", "/auth/login/okta?redirect=/app", ""), v.back(reply(v.begin("redirect=/app"), "carol")),
			v.back(reply(v.begin("redirect=/app"), "nobody")),
			v.visit("POST", "/auth/login/apple/callback", "code=x&state=y", "Content-Type", "application/x-www-form-urlencoded"),
		} {
			if w.Code != http.StatusSeeOther {
				t.Errorf("got %d to %q, want 303", w.Code, w.Header().Get("Location"))
			}
		}
	})
	t.Run("two tabs at once and the back button do what one expects", func(t *testing.T) {
		v := newTour(t)
		first, second := v.begin("redirect=/one"), v.begin("redirect=/two")
		sentTo(t, v.back(reply(second, "carol")), "/two")
		sentTo(t, v.back(reply(first, "carol")), "/one")
		sentTo(t, v.back(reply(first, "carol")), "/login?reason=INVALID_CREDENTIALS")
	})
	t.Run("prompt is handed on, and only what there is", func(t *testing.T) {
		v := newTour(t)
		if w := v.visit("GET", "/auth/login/okta?prompt=login", ""); !strings.HasSuffix(w.Header().Get("Location"), "&prompt=login") {
			t.Errorf("got %q", w.Header().Get("Location"))
		}
		if w := v.visit("GET", "/auth/login/okta?prompt=whatever", ""); w.Code != http.StatusBadRequest {
			t.Errorf("got %d, want 400", w.Code)
		}
	})
	t.Run("signing out says where the provider's session ends", func(t *testing.T) {
		v := newTour(t)
		v.back(reply(v.begin(""), "carol"))
		w := v.visit("POST", "/auth/logout", `{"upstream":true}`)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `{"data":{"logout_url":"https://okta.example/logout?to=https%3A%2F%2Fsso.example.org%2Flogin%3Fleft"}}`) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestFailuresOfARedirectSignIn(t *testing.T) {
	t.Run("R-11 the place is told a code and keeps its own query", func(t *testing.T) {
		v := newTour(t)
		state := v.begin("redirect=" + url.QueryEscape("https://app.example.org/in?a=1&reason=mine"))
		q := url.Values{"state": {state}, "error": {"access_denied"}, "error_description": {"<script>alert(1)</script>"}}
		w := v.back(q)
		sentTo(t, w, "https://app.example.org/in?a=1&reason=INVALID_CREDENTIALS")
		if strings.Contains(w.Body.String(), "script") {
			t.Error("the provider's words came back")
		}
	})
	t.Run("without one, our own page is", func(t *testing.T) {
		v := newTour(t)
		sentTo(t, v.back(reply(v.begin(""), "nobody")), "/login?reason=INVALID_CREDENTIALS")
		sentTo(t, v.back(reply(v.begin(""), "down")), "/login?reason=SERVICE_UNAVAILABLE")
	})
	t.Run("who asks for JSON gets it", func(t *testing.T) {
		v := newTour(t)
		w := v.back(reply(v.begin("mode=json"), "nobody"))
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"code":"INVALID_CREDENTIALS"`) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("R-02 another browser's state proves nothing", func(t *testing.T) {
		v := newTour(t)
		state := v.begin("")
		v.jar = map[string]string{}
		sentTo(t, v.back(reply(state, "carol")), "/login?reason=INVALID_CREDENTIALS")
		if len(v.jar) != 0 {
			t.Errorf("got the cookies %v, want none", v.jar)
		}
	})
	t.Run("a fault of ours has a word at the place that waits, and tells nothing of its cause", func(t *testing.T) {
		v := newTour(t)
		sentTo(t, v.back(reply(v.begin("redirect=/app"), "fault")), "/app?reason=UNKNOWN_EXCEPTION")
		if w := v.back(reply(v.begin(""), "fault"), "Accept", "application/json"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("a provider that cannot be reached leads back to where the others are", func(t *testing.T) {
		v := newTour(t)
		w := v.visit("GET", "/auth/login/okta?prompt=consent&redirect=/app", "")
		sentTo(t, w, "/login?reason=SERVICE_UNAVAILABLE&redirect=%2Fapp")
		w = v.visit("GET", "/auth/login/okta?prompt=consent", "", "Accept", "application/json")
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("R-14 a place that is not allowed is refused before anybody is sent away", func(t *testing.T) {
		v := newTour(t)
		for _, to := range []string{"https://evil.test", "//evil.test", `/\evil.test`, "javascript:alert(1)", "https://app.example.org.evil.test/", "https://app.example.org@evil.test/"} {
			if w := v.visit("GET", "/auth/login/okta?redirect="+url.QueryEscape(to), ""); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
				t.Errorf("%s: got %d to %q, want 400", to, w.Code, w.Header().Get("Location"))
			}
		}
	})
	t.Run("a provider that takes passwords has no such door", func(t *testing.T) {
		v := newTour(t)
		for _, path := range []string{"/auth/login/local", "/auth/login/nobody", "/auth/login/nobody/callback?state=x&code=y"} {
			if w := v.visit("GET", path, ""); w.Code != http.StatusNotFound {
				t.Errorf("%s: got %d, want 404", path, w.Code)
			}
		}
	})
	t.Run("R-05 a prefetch neither starts nor finishes anything", func(t *testing.T) {
		v := newTour(t)
		for field, value := range map[string]string{"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch", "X-Moz": "prefetch"} {
			if w := v.visit("GET", "/auth/login/okta", "", field, value); w.Code != http.StatusForbidden || len(v.jar) != 0 {
				t.Errorf("%s at the start: got %d and %v", field, w.Code, v.jar)
			}
		}
		state := v.begin("")
		if w := v.back(reply(state, "carol"), "Sec-Purpose", "prefetch"); w.Code != http.StatusForbidden {
			t.Errorf("at the end: got %d, want 403", w.Code)
		}
		if w := v.visit("HEAD", "/auth/login/okta/callback?"+reply(state, "carol").Encode(), ""); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("HEAD: got %d, want 405", w.Code)
		}
		sentTo(t, v.back(reply(state, "carol")), "/login?done")
	})
}

func TestTheFlowCookie(t *testing.T) {
	v := newTour(t)
	w := v.visit("GET", "/auth/login/okta", "")
	c := w.Result().Cookies()
	if len(c) != 1 || c[0].Name != "__Host-signet_flow" || !c[0].HttpOnly || !c[0].Secure || c[0].SameSite != http.SameSiteLaxMode || c[0].Domain != "" || len(c[0].Value) != 43 || c[0].MaxAge != 600 {
		t.Errorf("got %v", c)
	}
	t.Run("one that is not ours is replaced", func(t *testing.T) {
		v.jar["__Host-signet_flow"] = "planted"
		v.begin("")
		if v.jar["__Host-signet_flow"] == "planted" {
			t.Error("it was kept")
		}
	})
}

func TestR13FormPost(t *testing.T) {
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://appleid.example", "Sec-Fetch-Site", "cross-site"}
	t.Run("R-13 a posted reply is brought back as a GET, with what matters", func(t *testing.T) {
		v := newTour(t)
		w := v.visit("GET", "/auth/login/apple", "")
		to, _ := url.Parse(w.Header().Get("Location"))
		state := to.Query().Get("state")
		kept := v.jar
		v.jar = map[string]string{} // another site's POST brings no cookie
		w = v.visit("POST", "/auth/login/apple/callback", reply(state, "carol").Encode()+"&id_token=secret&user=%7B%7D", form...)
		sentTo(t, w, "/auth/login/apple/callback?code=carol&state="+state)
		v.jar = kept
		sentTo(t, v.visit("GET", w.Header().Get("Location"), ""), "/login?done")
	})
	t.Run("R-13 an error is brought back too", func(t *testing.T) {
		v := newTour(t)
		w := v.visit("POST", "/auth/login/apple/callback", "error=access_denied&state=x", form...)
		sentTo(t, w, "/auth/login/apple/callback?error=access_denied&state=x")
	})
	t.Run("R-13 a provider whose replies are not posted takes none", func(t *testing.T) {
		v := newTour(t)
		state := v.begin("")
		if w := v.visit("POST", "/auth/login/okta/callback", reply(state, "carol").Encode(), form...); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET" {
			t.Errorf("got %d, Allow %q, want 405 and GET", w.Code, w.Header().Get("Allow"))
		}
	})
	t.Run("R-13 one without a state signs nobody in", func(t *testing.T) {
		v := newTour(t)
		w := v.visit("POST", "/auth/login/apple/callback", "code=carol", form...)
		sentTo(t, v.visit("GET", w.Header().Get("Location"), ""), "/login?reason=INVALID_CREDENTIALS")
	})
	t.Run("one that is too long is refused", func(t *testing.T) {
		v := newTour(t)
		if w := v.visit("POST", "/auth/login/apple/callback", "state=x&code="+strings.Repeat("c", 20<<10), form...); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("got %d, want 413", w.Code)
		}
	})
}

func TestLinkingOverHTTP(t *testing.T) {
	signedIn := func(t *testing.T) *tour {
		t.Helper()
		v := newTour(t)
		if w := v.visit("POST", "/auth/login", strings.Replace(rightBody, "{", `{"mode":"session",`, 1)); w.Code != http.StatusOK {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		return v
	}
	t.Run("somebody who is signed in adds an identity and takes it away again", func(t *testing.T) {
		v := signedIn(t)
		sentTo(t, v.back(reply(v.begin("link=1", "Sec-Fetch-Site", "same-origin"), "carol")), "/login?linked")
		w := v.visit("GET", "/auth/identities", "")
		if w.Code != http.StatusOK || strings.Count(w.Body.String(), `"provider"`) != 2 || !strings.Contains(w.Body.String(), `"login":"carol"`) {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		if v.jar["signet_session"] == "" {
			t.Error("the session is gone")
		}
		_, rest, _ := strings.Cut(w.Body.String(), `},{"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		if w := v.visit("DELETE", "/auth/identities/"+id, "", "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusNoContent {
			t.Errorf("got %d %s, want 204", w.Code, w.Body)
		}
	})
	t.Run("another site cannot send somebody there", func(t *testing.T) {
		v := signedIn(t)
		for _, fields := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "none"}, {"Referer", "https://evil.test/"}, {},
			{"Referer", "https://sso.example.org.evil.test/"}, {"Referer", "http://sso.example.org/"},
		} {
			if w := v.visit("GET", "/auth/login/okta?link=1", "", fields...); w.Code != http.StatusForbidden {
				t.Errorf("%v: got %d, want 403", fields, w.Code)
			}
		}
		if w := v.visit("DELETE", "/auth/identities/x", "", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
			t.Errorf("unlink: got %d, want 403", w.Code)
		}
	})
	t.Run("nobody who is not signed in", func(t *testing.T) {
		v := newTour(t)
		if w := v.visit("GET", "/auth/login/okta?link=1", "", "Referer", "https://sso.example.org/account"); w.Code != http.StatusUnauthorized {
			t.Errorf("got %d, want 401", w.Code)
		}
	})
}

func TestR57NothingOfTheProviderIsInTheLog(t *testing.T) {
	v := newTour(t)
	state := v.begin("redirect=/app")
	v.back(reply(state, "carol"))
	log := v.log.String()
	if strings.Contains(log, state) || strings.Contains(log, "code=carol") || strings.Contains(log, v.jar["__Host-signet_flow"]) {
		t.Errorf("the log shows a part of the flow:\n%s", log)
	}
	if !strings.Contains(log, `"outcome":"signed_in"`) || !strings.Contains(log, `"outcome":"sent_away"`) {
		t.Errorf("the log does not say what happened:\n%s", log)
	}
}
