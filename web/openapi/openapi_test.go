package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/openapi"
	"github.com/signet-sso/signet/web/wire"
)

func serve(t *testing.T) http.Handler {
	t.Helper()
	r := mux.NewRouter()
	openapi.New(openapi.Config{Adapter: wire.NewAdapter(api.Profile(), time.Now), PublicURL: "http://127.0.0.1:8055"}).Register(r)
	return wire.SecurityHeaders(r, false)
}

func TestTheDocumentIsServed(t *testing.T) {
	h := serve(t)
	ask := func(path string, fields ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	w := ask("/openapi.json")
	var doc struct{ Servers []struct{ URL string } }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 || len(doc.Servers) != 1 || doc.Servers[0].URL != "http://127.0.0.1:8055" {
		t.Fatalf("got %d, %v, %+v", w.Code, err, doc)
	}
	if again := ask("/openapi.json", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("unchanged: got %d", again.Code)
	}
	page := ask("/docs")
	csp := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "http") || strings.Contains(page.Body.String(), "://") {
		t.Errorf("page: got %d, policy %q", page.Code, csp)
	}
	for path, kind := range map[string]string{
		"/docs/swagger-ui-bundle.js": "javascript", "/docs/swagger-ui.css": "text/css", "/docs/frame.js": "text/javascript", "/docs/frame.css": "text/css",
	} {
		if w := ask(path, "Accept-Encoding", "gzip"); w.Code != 200 || !strings.Contains(w.Header().Get("Content-Type"), kind) || w.Body.Len() == 0 {
			t.Errorf("%s: got %d %q, %d bytes", path, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
	}
	for _, path := range []string{"/docs/oauth2-redirect.html", "/docs/..", "/docs/frame.html", "/docs/x"} {
		if w := ask(path); w.Code == 200 {
			t.Errorf("%s: got 200", path)
		}
	}
}
