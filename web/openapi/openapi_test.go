package openapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/openapi"
	"github.com/signet-sso/signet/web/wire"
)

// serve returns the routes as a site at an address has them.
func serve(t *testing.T, address string) http.Handler {
	t.Helper()
	r := mux.NewRouter()
	openapi.New(openapi.Config{Adapter: wire.NewAdapter(api.Profile(), time.Now), PublicURL: address}).Register(r)
	return wire.SecurityHeaders(r, false)
}

// get asks for a path; fields are name and value in turn.
func get(h http.Handler, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheDocumentIsServed(t *testing.T) {
	h := serve(t, "http://127.0.0.1:8055")
	first := get(h, "/openapi.json")
	t.Run("it says where this site is, and no other", func(t *testing.T) {
		var doc struct {
			Servers []struct {
				URL string `json:"url"`
			} `json:"servers"`
		}
		if err := json.Unmarshal(first.Body.Bytes(), &doc); err != nil || len(doc.Servers) != 1 || doc.Servers[0].URL != "http://127.0.0.1:8055" {
			t.Errorf("got %d, %v, %+v", first.Code, err, doc)
		}
		if strings.Contains(first.Body.String(), "sso.example.org") {
			t.Error("the example's address is still in it")
		}
	})
	t.Run("who has it is not sent it again", func(t *testing.T) {
		tag := first.Header().Get("ETag")
		if w := get(h, "/openapi.json", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 || tag == "" {
			t.Errorf("got %d with %d bytes, tag %q; want 304 without any", w.Code, w.Body.Len(), tag)
		}
		if w := get(serve(t, "http://127.0.0.2:8055"), "/openapi.json", "If-None-Match", tag); w.Code != http.StatusOK {
			t.Errorf("another document: got %d, want 200", w.Code)
		}
	})
}

func TestThePageIsServed(t *testing.T) {
	h := serve(t, "http://127.0.0.1:8055")
	t.Run("it loads nothing but ours, and nothing stands inline", func(t *testing.T) {
		w := get(h, "/docs")
		policy := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy lacks %q: %s", want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(w.Body.String(), "://") || strings.Contains(w.Body.String(), "<style") {
			t.Errorf("policy %q, page:\n%s", policy, w.Body)
		}
	})
	for path, kind := range map[string]string{
		"/docs/swagger-ui-bundle.js": "javascript", "/docs/swagger-ui.css": "text/css", "/docs/favicon-32x32.png": "image/png",
		"/docs/frame.js": "text/javascript", "/docs/frame.css": "text/css",
	} {
		for _, coding := range []string{"", "gzip"} {
			t.Run("what it loads is there: "+path+" "+coding, func(t *testing.T) {
				w := get(h, path, "Accept-Encoding", coding)
				if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Type"), kind) || w.Body.Len() == 0 {
					t.Errorf("got %d %q, %d bytes", w.Code, w.Header().Get("Content-Type"), w.Body.Len())
				}
				if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
					t.Errorf("got X-Content-Type-Options %q", got)
				}
			})
		}
	}
	for _, path := range []string{"/docs/oauth2-redirect.html", "/docs/swagger-ui.js", "/docs/frame.html", "/docs/embed.go", "/docs/x", "/docs/swagger-ui.css.gz"} {
		t.Run("nothing else is: "+path, func(t *testing.T) {
			if w := get(h, path); w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("got %d, Cache-Control %q, want 404 that nobody keeps", w.Code, w.Header().Get("Cache-Control"))
			}
		})
	}
}
