package api_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/pages"
	"github.com/signet-sso/signet/web/wire"
)

// TestTheDocumentAndTheRoutesAreTheSame holds docs/openapi.yaml to the routes,
// and the codes in it to the profile.
func TestTheDocumentAndTheRoutesAreTheSame(t *testing.T) {
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var written, served []string
	for path, operations := range doc.Paths {
		for verb := range operations {
			if verb != "parameters" {
				written = append(written, strings.ToUpper(verb)+" "+path)
			}
		}
	}
	r := mux.NewRouter()
	api.New(api.Config{CrossSite: &wire.CrossSite{}}).Register(r)
	p, err := pages.New(pages.Config{CrossSite: &wire.CrossSite{}, Browser: sessions.NewBrowser(nil, sessions.BrowserConfig{})})
	if err != nil {
		t.Fatal(err)
	}
	p.Register(r)
	err = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		if !strings.HasPrefix(path, "/auth") && !strings.HasPrefix(path, "/.well-known") && path != "/health" && path != "/ready" {
			return nil // a page
		}
		methods, err := route.GetMethods()
		for _, m := range methods {
			if m != http.MethodHead { // every GET has it
				served = append(served, m+" "+path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(written)
	slices.Sort(served)
	if !slices.Equal(written, served) {
		t.Errorf("the document has %q\nthe routes are  %q", written, served)
	}
	for code, a := range api.Profile().Answers {
		if slices.Contains([]string{"METHOD_NOT_ALLOWED", "RECORD_NOT_UNIQUE", "INTERNAL_SERVER_ERROR"}, a.Code) {
			continue // of no one operation
		}
		if !strings.Contains(string(text), a.Code) {
			t.Errorf("the document does not tell of %s (%s)", a.Code, code)
		}
	}
}
