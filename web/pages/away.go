package pages

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// away sends the browser to a provider. Of the query only redirect, mode,
// prompt and link count.
func (p *Pages) away(w http.ResponseWriter, r *http.Request) error {
	err := p.depart(w, r)
	if err == nil {
		return nil
	}
	wire.ExchangeOf(r.Context()).Outcome = "refused"
	if wire.WantsJSON(r) {
		p.native.Fail(w, r, err)
		return nil
	}
	if broker.CodeOf(err) != broker.CodeUnavailable {
		return err
	}
	// The page where other ways are.
	q := p.errand(r).query()
	p.failTo(pageLogin+"?"+q.Encode(), w, r, err)
	return nil
}

func (p *Pages) depart(w http.ResponseWriter, r *http.Request) error {
	if err := wire.Prefetch(r); err != nil {
		return err
	}
	d, err := p.departure(r)
	if err != nil {
		return err
	}
	if d.Browser, err = p.flow.Ensure(w, r); err != nil {
		return err
	}
	to, err := p.redirects.Begin(r.Context(), d)
	if err != nil {
		return err
	}
	wire.ExchangeOf(r.Context()).Outcome = "sent_away"
	see(w, r, to)
	return nil
}

// departure reads what the browser asks for. Without a mode tokens travel in
// cookies, except to a client that asks for JSON and names no place to go to.
func (p *Pages) departure(r *http.Request) (d broker.Departure, err error) {
	q := r.URL.Query()
	for _, name := range []string{"redirect", "mode", "prompt", "link"} {
		if _, ok := one(q, name); !ok {
			return d, broker.Fail(broker.CodePayload, `"`+name+`" is there twice`)
		}
	}
	d = broker.Departure{
		Provider: p.providerOf(r), ReturnTo: q.Get("redirect"), Mode: sessions.Mode(q.Get("mode")),
		Prompt: q.Get("prompt"), Client: wire.ClientOf(r),
	}
	wire.ExchangeOf(r.Context()).Provider = p.known(d.Provider)
	if d.Prompt == "true" { // what Directus calls it
		d.Prompt = "consent"
	}
	if d.Mode == "" {
		d.Mode = sessions.ModeCookie
		if d.ReturnTo == "" && wire.WantsJSON(r) {
			d.Mode = sessions.ModeJSON
		}
	}
	switch q.Get("link") {
	case "", "0":
		return d, nil
	case "1":
		d.Link, d.Foreign, d.LinkTo = true, !p.crossSite.FromOurPages(r), p.linker(r)
		return d, nil
	}
	return d, broker.Fail(broker.CodePayload, `"link" must be 1`)
}

// linker is the session of the person at this browser, "" for nobody.
func (p *Pages) linker(r *http.Request) (sessionID string) {
	if id, _, ok := p.browser.SignedIn(r.Context()); ok {
		return id
	}
	return p.redirects.SessionOf(p.cookies.Session(r))
}

// providerOf is the provider that the path names; what cannot be read names
// none.
func (p *Pages) providerOf(r *http.Request) string {
	name, err := url.PathUnescape(mux.Vars(r)["provider"])
	if err != nil {
		return ""
	}
	return name
}

// see sends the browser on with a GET (RFC 9110 §15.4.4).
func see(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// faultReason is what front ends of Directus know for a fault of the server's.
const faultReason = "UNKNOWN_EXCEPTION"

// failTo sends the browser to a place of its own with ?reason=CODE, in the
// native interface's codes. The place keeps its query.
func (p *Pages) failTo(to string, w http.ResponseWriter, r *http.Request, err error) {
	profile := p.profile
	profile.Write = func(w http.ResponseWriter, r *http.Request, f wire.Failure) {
		u, err := url.Parse(to)
		if err != nil {
			u = &url.URL{Path: pageLogin}
		}
		if f.Class == broker.CodeInternal {
			f.Code = faultReason
		}
		q := u.Query()
		q.Set("reason", f.Code)
		u.RawQuery = q.Encode()
		w.Header().Del("Retry-After")
		w.Header().Del("WWW-Authenticate")
		see(w, r, u.String())
	}
	wire.NewAdapter(profile, p.now).Fail(w, r, err)
}
