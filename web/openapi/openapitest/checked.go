// Package openapitest holds what handlers answer in tests against the document.
package openapitest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/signet-sso/signet/web/openapi"
)

// anywhere are the failures that every route can have, whatever it is: they need
// no line in the document.
var anywhere = []int{
	http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge,
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// Load returns the document, which must be a good one.
func Load(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func load() (*openapi3.T, error) {
	text, err := openapi.Document()
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // tests ask by any name
	return doc, nil
}

// checker compares answers with the document.
type checker struct {
	t      testing.TB
	next   http.Handler
	router routers.Router
}

// Checked returns next with every answer of a documented route held against the
// document: its status, its type and its body. What does not fit fails the test.
func Checked(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	router, err := routes()
	if err != nil {
		t.Fatal(err)
	}
	return &checker{t, next, router}
}

// routes is the router over the document, which takes a while to make and is
// never changed.
var routes = sync.OnceValues(func() (routers.Router, error) {
	doc, err := load()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

func (c *checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	rec.Header() // as a server gives it: empty
	c.next.ServeHTTP(rec, r)
	c.check(r, rec)
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// check fails the test for an answer that the document does not have.
func (c *checker) check(r *http.Request, rec *httptest.ResponseRecorder) {
	route, parameters, err := c.router.FindRoute(get(r))
	if err != nil {
		return // the router of the house says what such a request gets
	}
	if slices.Contains(anywhere, rec.Code) && route.Operation.Responses.Status(rec.Code) == nil {
		return
	}
	body := rec.Body.Bytes()
	header := rec.Header().Clone()
	if r.Method == http.MethodHead {
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route},
		Status:                 rec.Code, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if kind, _, _ := strings.Cut(header.Get("Content-Type"), ";"); kind != "application/json" {
		c.checkKind(r, route, rec)
		return
	}
	if err := openapi3filter.ValidateResponse(r.Context(), in); err != nil {
		why, _, _ := strings.Cut(err.Error(), "\n")
		c.t.Errorf("%s %s: the answer %d is not as the document has it: %s\n%.300s", r.Method, r.URL.Path, rec.Code, why, body)
	}
}

// checkKind is for bodies that no schema describes: the status must be there,
// and the type.
func (c *checker) checkKind(r *http.Request, route *routers.Route, rec *httptest.ResponseRecorder) {
	answer := route.Operation.Responses.Status(rec.Code)
	switch {
	case answer == nil:
		c.t.Errorf("%s %s: the document has no answer %d\n%s", r.Method, r.URL.Path, rec.Code, rec.Body)
	case rec.Body.Len() == 0 || rec.Code >= 300 && rec.Code < 400:
	case len(answer.Value.Content) > 0 && answer.Value.Content.Get(rec.Header().Get("Content-Type")) == nil:
		c.t.Errorf("%s %s: the answer %d is of the type %q, which the document does not have", r.Method, r.URL.Path, rec.Code, rec.Header().Get("Content-Type"))
	}
}

// get is a request as routes are found: HEAD is GET without a body.
func get(r *http.Request) *http.Request {
	if r.Method != http.MethodHead {
		return r
	}
	out := r.Clone(r.Context())
	out.Method = http.MethodGet
	return out
}
