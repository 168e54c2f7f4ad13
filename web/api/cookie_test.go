package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api/apitest"
)

func TestC06_ForeignSitesCannotAct(t *testing.T) {
	refused := map[string][]with{
		"a foreign origin":                         {field("Origin", "https://evil.example")},
		"no origin at all, as a sandbox says":      {field("Origin", "null")},
		"a foreign site, by its own word":          {field("Sec-Fetch-Site", "cross-site")},
		"a sibling host":                           {field("Sec-Fetch-Site", "same-site"), field("Origin", "https://other.example.org")},
		"our host without https":                   {field("Origin", "http://sso.example.org")},
		"our host on another port":                 {field("Origin", "https://sso.example.org:8443")},
		"our name as a prefix":                     {field("Origin", "https://sso.example.org.evil.example")},
		"our name as a user":                       {field("Origin", "https://sso.example.org@evil.example")},
		"a trusted front end without https":        {field("Origin", "http://app.example.org")},
		"a foreign site that a Referer speaks for": {field("Origin", "https://evil.example"), field("Referer", "https://sso.example.org/")},
	}
	allowed := map[string][]with{
		"our own page":              {field("Origin", publicURL), field("Sec-Fetch-Site", "same-origin")},
		"our own page, old browser": {field("Origin", publicURL)},
		"a trusted front end":       {field("Origin", "https://app.example.org"), field("Sec-Fetch-Site", "cross-site")},
		"no browser":                nil,
	}
	host := func(r *http.Request) { r.Host = "sso.example.org" }
	for name, fields := range refused {
		t.Run("C-06 refused: "+name, func(t *testing.T) {
			d := newDesk(t)
			_, cookies := d.signIn(t, "cookie")
			fields := append([]with{host, cookie(refreshCookie, cookies[0].Value)}, fields...)
			for _, path := range []string{"/auth/refresh", "/auth/logout"} {
				w := d.post(path, "", fields...)
				want(t, w, http.StatusForbidden, "FORBIDDEN")
				if len(w.Result().Cookies()) != 0 {
					t.Errorf("%s set cookies %v", path, w.Result().Cookies())
				}
			}
			want(t, d.post("/auth/login", rightBody, fields...), http.StatusForbidden, "FORBIDDEN")
			if d.Live() != 1 {
				t.Errorf("%d sessions live, want the one", d.Live())
			}
			want(t, d.post("/auth/refresh", "", host, cookie(refreshCookie, cookies[0].Value)), http.StatusOK, "")
		})
	}
	for name, fields := range allowed {
		t.Run("C-06 allowed: "+name, func(t *testing.T) {
			d := newDesk(t)
			_, cookies := d.signIn(t, "cookie")
			fields := append([]with{host, cookie(refreshCookie, cookies[0].Value)}, fields...)
			want(t, d.post("/auth/refresh", "", fields...), http.StatusOK, "")
			want(t, d.post("/auth/login", rightBody, fields...), http.StatusOK, "")
			want(t, d.post("/auth/logout", "", fields...), http.StatusNoContent, "")
		})
	}
	t.Run("C-06 a field twice is malformed", func(t *testing.T) {
		d := newDesk(t)
		w := d.post("/auth/login", rightBody, host, field("Origin", publicURL), field("Origin", "https://evil.example"))
		want(t, w, http.StatusBadRequest, "INVALID_PAYLOAD")
	})
}

func TestC10_TamperedCookiesAreRefusedAndCleared(t *testing.T) {
	d := newDesk(t)
	_, refresh := d.signIn(t, "cookie")
	_, session := d.signIn(t, "session")
	other := newDesk(t)
	_, foreign := other.signIn(t, "cookie")
	good := refresh[0].Value
	flip := func(s string) string {
		b := []byte(s)
		b[len(b)/2] ^= 1
		return string(b)
	}
	for name, value := range map[string]string{
		"a bit flipped":       flip(good),
		"cut":                 good[:len(good)-1],
		"one byte more":       good + "A",
		"the other cookie's":  session[0].Value,
		"JSON":                `{"id":1}`,
		"base64 with padding": good + "==",
		"the other alphabet":  strings.Repeat("+/", len(good)/2),
		"empty":               "",
		"blanks":              "  ",
		"a NUL":               "a\x00b",
		"text":                "admin",
		"unused session":      foreign[0].Value,
	} {
		t.Run("C-10 refresh cookie: "+name, func(t *testing.T) {
			w := d.post("/auth/refresh", "", field("Cookie", refreshCookie+"="+value))
			want(t, w, http.StatusUnauthorized, "INVALID_CREDENTIALS")
			if c := cookieOf(w, refreshCookie); c == nil || c.MaxAge >= 0 || c.Value != "" {
				t.Errorf("got cookie %v, want it cleared", c)
			}
		})
	}
	for name, value := range map[string]string{
		"a bit flipped":      flip(session[0].Value),
		"cut":                session[0].Value[:40],
		"the other cookie's": good,
		"empty":              "",
		"text":               "admin",
		"three dots":         "...",
	} {
		t.Run("C-10 session cookie: "+name, func(t *testing.T) {
			w := d.get("/auth/me", field("Cookie", sessionCookie+"="+value))
			want(t, w, http.StatusUnauthorized, "INVALID_TOKEN")
			if c := cookieOf(w, sessionCookie); c == nil || c.MaxAge >= 0 {
				t.Errorf("got cookie %v, want it cleared", c)
			}
		})
	}
	t.Run("C-10 two values under one name are nobody's", func(t *testing.T) {
		w := d.post("/auth/refresh", "", cookie(refreshCookie, "planted"), cookie(refreshCookie, good))
		want(t, w, http.StatusUnauthorized, "INVALID_CREDENTIALS")
	})
	t.Run("a database that is gone takes no cookie away", func(t *testing.T) {
		d.Fail(broker.ErrStoreDown)
		defer d.Fail(nil)
		w := d.post("/auth/refresh", "", cookie(refreshCookie, good))
		want(t, w, http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE")
		if len(w.Result().Cookies()) != 0 {
			t.Errorf("got cookies %v, want none", w.Result().Cookies())
		}
	})
	want(t, d.post("/auth/refresh", "", cookie(refreshCookie, good)), http.StatusOK, "")
}

func TestLogoutEndsWhateverWasPresented(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	_, refresh := d.signIn(t, "cookie")
	_, session := d.signIn(t, "session")
	w := d.post("/auth/logout", `{"refresh_token":"`+l.Data.Refresh+`"}`, cookie(refreshCookie, refresh[0].Value), cookie(sessionCookie, session[0].Value))
	want(t, w, http.StatusNoContent, "")
	if d.Live() != 0 {
		t.Errorf("C-04 %d sessions live, want none", d.Live())
	}
}

func TestMe(t *testing.T) {
	d := newDesk(t)
	l, _ := d.signIn(t, "json")
	_, session := d.signIn(t, "session")
	t.Run("a Bearer shows its claims as they are in the token", func(t *testing.T) {
		w := d.get("/auth/me", field("Authorization", "Bearer "+l.Data.Access))
		want(t, w, http.StatusOK, "")
		if !strings.Contains(w.Body.String(), `"idp":"local"`) || !strings.Contains(w.Body.String(), `"name":"José"`) {
			t.Errorf("got %s", w.Body)
		}
	})
	t.Run("the session cookie does as well", func(t *testing.T) {
		want(t, d.get("/auth/me", cookie(sessionCookie, session[0].Value)), http.StatusOK, "")
	})
	t.Run("a Bearer rules beside a cookie", func(t *testing.T) {
		want(t, d.get("/auth/me", cookie(sessionCookie, session[0].Value), field("Authorization", "Bearer x")), http.StatusUnauthorized, "INVALID_TOKEN")
	})
	t.Run("one that is ours and too old is told so", func(t *testing.T) {
		d.Pass(apitest.Start.AddDate(1, 0, 0).Sub(apitest.Start))
		want(t, d.get("/auth/me", field("Authorization", "Bearer "+l.Data.Access)), http.StatusUnauthorized, "TOKEN_EXPIRED")
	})
}

func TestUpkeep(t *testing.T) {
	d := newDesk(t)
	keys := d.get("/.well-known/jwks.json")
	t.Run("keys may be kept for five minutes and are named by their content", func(t *testing.T) {
		if keys.Code != http.StatusOK || keys.Header().Get("Cache-Control") != "public, max-age=300" || !strings.HasPrefix(keys.Header().Get("Content-Type"), "application/json") {
			t.Errorf("got %d %v", keys.Code, keys.Header())
		}
		again := d.get("/.well-known/jwks.json", field("If-None-Match", keys.Header().Get("ETag")))
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("got %d with %d bytes, want 304 with none", again.Code, again.Body.Len())
		}
		if other := d.get("/.well-known/jwks.json", field("If-None-Match", `"x"`)); other.Code != http.StatusOK {
			t.Errorf("got %d, want 200", other.Code)
		}
	})
	t.Run("K-05 health and readiness say nothing but yes", func(t *testing.T) {
		for path, body := range map[string]string{"/health": `{"status":"ok"}`, "/ready": `{"status":"ready"}`} {
			if w := d.get(path); w.Code != http.StatusOK || w.Body.String() != body {
				t.Errorf("%s: got %d %s, want %s", path, w.Code, w.Body, body)
			}
		}
	})
	t.Run("S-01 without a database we live and are not ready", func(t *testing.T) {
		d.Fail(errSecret)
		if w := d.get("/health"); w.Code != http.StatusOK {
			t.Errorf("health: got %d", w.Code)
		}
		w := d.get("/ready")
		want(t, w, http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE")
		if strings.Contains(w.Body.String(), "hunter2") || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %v %s", w.Header(), w.Body)
		}
	})
}

func TestK05_NobodySaysWhichVersionRuns(t *testing.T) {
	d := newDesk(t)
	for _, w := range []*httptest.ResponseRecorder{d.get("/health"), d.get("/auth"), d.get("/auth/me")} {
		if w.Header().Get("Server") != "" || w.Header().Get("X-Powered-By") != "" {
			t.Errorf("got %v", w.Header())
		}
	}
}
