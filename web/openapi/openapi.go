package openapi

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// example is where the document as it is written says that the site is.
const example = "https://sso.example.org"

// page is the frame that shows the document, its script and its looks. Nothing
// in it stands inline, so that the policy needs no exception.
//
//go:embed page/*
var page embed.FS

// policy lets the page load what is ours and ask us. The viewer's drawings are
// data.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Config is what the pages are made of.
type Config struct {
	Adapter   *wire.Adapter // for errors
	PublicURL string        // without a slash at the end
}

// API serves the document. It is safe for concurrent use.
type API struct {
	Config
	document func() (described, error)
	viewer   http.Handler
}

// described is the document as it is sent.
type described struct {
	body []byte
	tag  string
}

// New returns an API over c. The document is put together when it is first asked
// for.
func New(c Config) *API {
	return &API{Config: c, viewer: statigz.FileServer(static.FS), document: sync.OnceValues(func() (described, error) {
		body, err := Document()
		if err != nil {
			return described{}, err
		}
		body = []byte(strings.ReplaceAll(string(body), example, c.PublicURL))
		sum := sha256.Sum256(body)
		return described{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}, nil
	})}
}

// Register adds the routes.
func (a *API) Register(r *mux.Router) {
	for path, h := range map[string]wire.Handler{"/openapi.json": a.json, "/docs": a.page, "/docs/{file}": a.file} {
		r.Handle(path, a.Adapter.Handle(h)).Methods(http.MethodGet, http.MethodHead)
	}
}

// json answers with the document.
func (a *API) json(w http.ResponseWriter, r *http.Request) error {
	d, err := a.document()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", d.tag)
	if r.Header.Get("If-None-Match") == d.tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(d.body) // the reader went away: nobody is left to tell
	return nil
}

// page answers with the frame that shows it.
func (a *API) page(w http.ResponseWriter, _ *http.Request) error {
	return own(w, "frame.html", "text/html; charset=utf-8")
}

// file answers with what the frame loads: the viewer's files and our own.
func (a *API) file(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=300")
	switch name := mux.Vars(r)["file"]; name {
	case "frame.js":
		return own(w, name, "text/javascript; charset=utf-8")
	case "frame.css":
		return own(w, name, "text/css; charset=utf-8")
	case "swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png":
		http.StripPrefix("/docs", a.viewer).ServeHTTP(w, r)
		return nil
	}
	w.Header().Del("Cache-Control")
	return broker.Fail(broker.CodeNotFound, "")
}

func own(w http.ResponseWriter, name, kind string) error {
	b, err := page.ReadFile("page/" + name)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(b)
	return nil
}
