package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

func TestC01_CookieAttributes(t *testing.T) {
	login := broker.Login{Access: "access", Refresh: "refresh", Life: 90 * time.Minute, RefreshLife: 36*time.Hour + 900*time.Millisecond}
	cases := []struct {
		name   string
		config wire.CookieConfig
		mode   sessions.Mode
		want   []string
	}{
		{"C-01 mode cookie", wire.CookieConfig{Refresh: "r", Session: "s", SameSite: http.SameSiteLaxMode, Secure: true}, sessions.ModeCookie, []string{"r=refresh; Path=/; Max-Age=129600; HttpOnly; Secure; SameSite=Lax"}},
		{"C-01 mode session", wire.CookieConfig{Refresh: "r", Session: "s", SameSite: http.SameSiteStrictMode, Secure: true}, sessions.ModeSession, []string{"s=access; Path=/; Max-Age=5400; HttpOnly; Secure; SameSite=Strict"}},
		{"C-01 a shared domain", wire.CookieConfig{Refresh: "r", Session: "s", SameSite: http.SameSiteNoneMode, Secure: true, Domain: "example.org"}, sessions.ModeSession, []string{"s=access; Path=/; Domain=example.org; Max-Age=5400; HttpOnly; Secure; SameSite=None"}},
		{"C-01 plain http on one machine", wire.CookieConfig{Refresh: "r", Session: "s", SameSite: http.SameSiteLaxMode}, sessions.ModeCookie, []string{"r=refresh; Path=/; Max-Age=129600; HttpOnly; SameSite=Lax"}},
		{"C-01 mode json sets none", wire.CookieConfig{Refresh: "r", Session: "s"}, sessions.ModeJSON, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			l := login
			l.Mode = c.mode
			wire.NewCookies(c.config).Set(w, l)
			if got := w.Header().Values("Set-Cookie"); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("C-01 clearing repeats every attribute", func(t *testing.T) {
		w := httptest.NewRecorder()
		wire.NewCookies(cases[2].config).Clear(w)
		want := "[r=; Path=/; Domain=example.org; Max-Age=0; HttpOnly; Secure; SameSite=None s=; Path=/; Domain=example.org; Max-Age=0; HttpOnly; Secure; SameSite=None]"
		if got := fmt.Sprint(w.Header().Values("Set-Cookie")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("C-01 auto is secure where the public URL is https", func(t *testing.T) {
		for _, c := range []struct {
			setting, url string
			want         bool
		}{
			{"auto", "https://sso.example.org", true}, {"auto", "http://127.0.0.1:8055", false},
			{"true", "http://127.0.0.1:8055", true}, {"false", "https://sso.example.org", false},
		} {
			if got := wire.SecureFor(c.setting, c.url); got != c.want {
				t.Errorf("%s at %s: got %v", c.setting, c.url, got)
			}
		}
	})
}

func TestC08_APrefixedCookieIsNotMistaken(t *testing.T) {
	cookies := wire.NewCookies(wire.CookieConfig{Refresh: "__Host-r", Session: "__Host-s", Secure: true})
	for sent, want := range map[string]string{
		"s=planted; __Host-s=token":             "token",
		"__Host-s=token; s=planted; s=twice":    "token",
		"__Secure-s=planted; __Host-s=token":    "token",
		"__host-s=planted":                      "",
		"s=planted":                             "",
		"__Host-s=token; __Host-s=planted":      wire.Unreadable,
		"__Host-s=token; x=1;__Host-s =planted": wire.Unreadable,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", sent)
		if got := cookies.Session(r); got != want {
			t.Errorf("C-08 %s: got %q, want %q", sent, got, want)
		}
	}
}

func TestReadingCookies(t *testing.T) {
	cookies := wire.NewCookies(wire.CookieConfig{Refresh: "r", Session: "s"})
	for name, c := range map[string]struct {
		fields []string
		want   string
	}{
		"none":                             {nil, ""},
		"others only":                      {[]string{"rr=1; xr=2; R=3"}, ""},
		"one":                              {[]string{"a=b; r=token"}, "token"},
		"the same twice":                   {[]string{"r=token; r=token"}, "token"},
		"C-08 two in one field":            {[]string{"r=token; r=planted"}, wire.Unreadable},
		"C-08 two in two fields":           {[]string{"r=planted", "r=token"}, wire.Unreadable},
		"C-10 an empty one":                {[]string{"r="}, wire.Unreadable},
		"C-10 an empty one before another": {[]string{"r=; r=token"}, wire.Unreadable},
		"C-10 one that is no cookie":       {[]string{"r=a\x00b"}, wire.Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header["Cookie"] = c.fields
			if got := cookies.Refresh(r); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestC12_EveryAnswerHasTheSecurityFields(t *testing.T) {
	for _, https := range []bool{true, false} {
		w := httptest.NewRecorder()
		silent := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
		wire.SecurityHeaders(silent, https).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		h := w.Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("Cache-Control") != "no-store" ||
			h.Get("X-Frame-Options") != "DENY" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("C-12 got %v", h)
		}
		if hsts := h.Get("Strict-Transport-Security"); https != strings.HasPrefix(hsts, "max-age=") {
			t.Errorf("C-12 https %v: HSTS is %q", https, hsts)
		}
	}
}

func TestFailures(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	adapter := wire.NewAdapter(plain(), func() time.Time { return at })
	ask := func(err error) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		adapter.Handle(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w
	}
	t.Run("only the reason is told", func(t *testing.T) {
		err := fmt.Errorf("outer: %w", &broker.Error{Code: broker.CodePayload, Reason: "a reason", Err: errors.New("inner")})
		if got := ask(err).Body.String(); got != "payload a reason" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("Retry-After is rounded up", func(t *testing.T) {
		if got := ask(&broker.Error{Code: broker.CodeLimited, Retry: 1001 * time.Millisecond}).Header().Get("Retry-After"); got != "2" {
			t.Errorf("got %q, want 2", got)
		}
	})
	t.Run("an unknown code is an internal error", func(t *testing.T) {
		if w := ask(broker.Fail("no such code", "")); w.Code != http.StatusInternalServerError {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("a deadline is unavailability", func(t *testing.T) {
		if got := ask(fmt.Errorf("query: %w", context.DeadlineExceeded)).Body.String(); got != "unavailable " {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a handler that succeeds is left alone", func(t *testing.T) {
		if w := ask(nil); w.Code != http.StatusOK || w.Body.Len() != 0 {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
	})
}

func TestDecodeNamesTheFieldAndNothingElse(t *testing.T) {
	var v struct {
		Name string `json:"name"`
		Deep struct {
			Count int `json:"count"`
		} `json:"deep"`
	}
	for body, want := range map[string]string{
		`{"name":["canary"]}`:              `"name" is of the wrong type`,
		`{"deep":{"count":"canary"}}`:      `"deep/count" is of the wrong type`,
		`{"deep":{"count":1.5}}`:           `"deep/count" is of the wrong type`,
		`{"deep":{"count":1e99}}`:          `"deep/count" is of the wrong type`,
		`null`:                             "the body is not a JSON object",
		`["canary"]`:                       "the body is not a JSON object",
		`{"canary":1,"canary":2}`:          "the body has a name twice",
		`{"canary`:                         "the body is not valid JSON",
		`{"x":{"y":["canary\u0000"]}}`:     "the body has a NUL in a string",
		`{"x":"canary\\u0000","name":"a"}`: "",
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		err := wire.Decode(httptest.NewRecorder(), r, &v)
		var e *broker.Error
		if !errors.As(err, &e) {
			e = &broker.Error{}
		}
		if e.Reason != want || err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
}

func TestBearerTakesOneTokenOnly(t *testing.T) {
	for field, want := range map[string]broker.Code{
		"Bearer abc":                             "",
		"bEARER abc":                             "",
		"Bearer":                                 broker.CodeTokenInvalid,
		"Bearer x y":                             broker.CodeTokenInvalid,
		"Bearer x,y":                             broker.CodeTokenInvalid,
		"Bearer \"x\"":                           broker.CodeTokenInvalid,
		"Bearer \xff":                            broker.CodeTokenInvalid,
		"Bearer " + strings.Repeat("a", 8<<10):   "",
		"Bearer " + strings.Repeat("a", 8<<10+1): broker.CodeTokenInvalid,
	} {
		token, err := wire.Bearer(from(stranger, "Authorization", field))
		if err == nil && (want != "" || token == "") || err != nil && broker.CodeOf(err) != want {
			t.Errorf("L-20 %.20q: got %q and %v, want code %q", field, token, err, want)
		}
	}
}

func TestATokenIsOfItsCharactersOnly(t *testing.T) {
	const all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/="
	for c := range 256 {
		token := "x" + string([]byte{byte(c)}) + "x"
		_, err := wire.Bearer(from(stranger, "Authorization", "Bearer "+token))
		if good := strings.IndexByte(all, byte(c)) >= 0; good != (err == nil) {
			t.Errorf("L-20 %q: got %v", token, err)
		}
	}
}
