package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/openapi"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

func TestTheDocumentIsAGoodOne(t *testing.T) {
	doc := openapitest.Load(t)
	if doc.OpenAPI != "3.1.0" || len(doc.Paths.Map()) < 50 {
		t.Errorf("got version %q with %d paths", doc.OpenAPI, len(doc.Paths.Map()))
	}
	seen := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			what := method + " " + path
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 {
				t.Errorf("%s: an operation has an id, a summary and one tag", what)
			}
			if other := seen[o.OperationID]; other != "" {
				t.Errorf("%s and %s are both %q", what, other, o.OperationID)
			}
			seen[o.OperationID] = what
		}
	}
}

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

// complaints is a test that only remembers that it failed.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Errorf(format string, _ ...any) { c.said = append(c.said, format) }

func TestAnAnswerThatIsNotInTheDocumentIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		answer http.HandlerFunc
		wrong  bool
	}{
		"as it should be": {"/health", func(w http.ResponseWriter, _ *http.Request) { _ = wire.JSON(w, 200, map[string]string{"status": "ok"}) }, false},
		"another status":  {"/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) }, true},
		"another body":    {"/health", func(w http.ResponseWriter, _ *http.Request) { _ = wire.JSON(w, 200, map[string]int{"status": 1}) }, true},
		"another type": {"/health", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte("ok"))
		}, true},
		"a field that is not written": {"/auth", func(w http.ResponseWriter, _ *http.Request) {
			_ = wire.JSON(w, 200, map[string]any{"data": []any{}})
		}, true},
		"a failure of another shape": {"/auth/me", func(w http.ResponseWriter, _ *http.Request) {
			_ = wire.JSON(w, 401, map[string]any{"error": string(broker.CodeTokenInvalid)})
		}, true},
		"an unknown path": {"/nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := &complaints{TB: t}
			h := openapitest.Checked(got, c.answer)
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, c.path, nil))
			if (len(got.said) > 0) != c.wrong {
				t.Errorf("got %q, want a complaint: %v", got.said, c.wrong)
			}
		})
	}
}
