package papermerge

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// script is where Papermerge's pages look for what they have to know.
const script = "/papermerge-runtime-config.js"

// entranceWithin bounds the question where a provider's entrance is: the page
// waits for the script.
const entranceWithin = 2 * time.Second

// runtime is what the script sets. The page has a button for the provider where
// OIDC is there.
type runtime struct {
	OIDC          *entrance `json:"oidc,omitzero"`
	LoginProvider string    `json:"login_provider"`
}

type entrance struct {
	AuthorizeURL string `json:"authorize_url"`
	ClientID     string `json:"client_id"`
	RedirectURL  string `json:"redirect_url"`
	Scope        string `json:"scope"`
}

// runtimeConfig writes the script. A provider that cannot be reached has no
// button; the form for passwords works without it.
func (p *Papermerge) runtimeConfig(w http.ResponseWriter, r *http.Request) error {
	text, err := json.Marshal(runtime{p.entrance(w, r), p.loginProvider()}, jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte("window.__PAPERMERGE_RUNTIME_CONFIG__ = " + string(text) + ";\n")) // the reader went away
	return nil
}

// entrance is where the page sends browsers by itself; nil for nowhere.
func (p *Papermerge) entrance(w http.ResponseWriter, r *http.Request) *entrance {
	way, ok := p.way(ownOIDC)
	if !ok || !way.Codes || len(p.RedirectURLs) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), entranceWithin)
	defer cancel()
	e, err := p.Broker.Entrance(ctx, way.Name)
	if err != nil {
		p.adapter.Explain(w, r, err)
		w.Header().Del("Retry-After") // the script is there
		return nil
	}
	return &entrance{AuthorizeURL: e.AuthorizeURL, ClientID: e.ClientID, Scope: e.Scope, RedirectURL: p.page(r.Host)}
}

// page is the listed page that is on the host of a request, else the first.
func (p *Papermerge) page(host string) string {
	i := slices.IndexFunc(p.RedirectURLs, func(page string) bool {
		u, err := url.Parse(page)
		return err == nil && strings.EqualFold(u.Host, host)
	})
	return p.RedirectURLs[max(i, 0)]
}

// loginProvider is what the form for passwords is for: Papermerge's pages have
// one.
func (p *Papermerge) loginProvider() string {
	if w, ok := p.way(ownDB); ok && w.Password {
		return ownDB
	}
	if w, ok := p.way(ownLDAP); ok && w.Password {
		return ownLDAP
	}
	return ownDB
}
