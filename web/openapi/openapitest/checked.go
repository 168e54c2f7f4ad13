// Package openapitest holds what handlers take and answer in tests against the
// document.
package openapitest

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/signet-sso/signet/web/openapi"
)

// Load returns the document, which must be a good one: its examples too fit its
// schemas.
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

// routes is the router over the document, which takes a while to make and is
// never changed.
var routes = sync.OnceValues(func() (routers.Router, error) {
	doc, err := load()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// checker is a handler whose conversations are compared with the document.
type checker struct {
	t      testing.TB
	next   http.Handler
	router routers.Router
}

// Checked returns next with what is said at every documented route held against
// the document; what does not fit fails the test. An answer must have a status
// that the operation has, the header fields, type and body that go with it, and
// of failures a code of which the document has an example there. A request that
// was taken must be one that the document allows. What an undocumented path gets
// is not looked at.
//
// An answer is written when it is whole: a test of how one is streamed cannot use
// this.
func Checked(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	router, err := routes()
	if err != nil {
		t.Fatal(err)
	}
	return &checker{t, next, router}
}

// ServeHTTP implements http.Handler.
func (c *checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var sent bytes.Buffer
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &heard{r.Body, &sent}
	}
	rec := httptest.NewRecorder()
	asked := r.Clone(context.WithoutCancel(r.Context()))
	c.next.ServeHTTP(rec, r)
	c.compare(asked, sent.Bytes(), rec)
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()) // the reader went away: nobody is left to tell
}

// heard is a body that is remembered as far as it is read.
type heard struct {
	io.ReadCloser
	sent *bytes.Buffer
}

func (h *heard) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.sent.Write(b[:n])
	return n, err
}

// compare complains of what the document does not have.
func (c *checker) compare(r *http.Request, body []byte, answer *httptest.ResponseRecorder) {
	get := r
	if r.Method == http.MethodHead { // is GET without a body
		get = r.Clone(r.Context())
		get.Method = http.MethodGet
	}
	route, parameters, err := c.router.FindRoute(get)
	if err != nil || r.Method == http.MethodHead && answer.Code == http.StatusMethodNotAllowed {
		return // it is no request for this route
	}
	x := exchange{r: r, sent: body, route: route, parameters: parameters, answer: answer}
	for _, complaint := range x.complaints() {
		c.t.Errorf("%s %s: %s\nsent: %.300s\nanswered: %.300s", r.Method, r.URL.Path, complaint, body, answer.Body)
	}
}
