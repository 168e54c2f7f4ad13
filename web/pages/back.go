package pages

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// pageLinked is where a person lands who added an identity.
const pageLinked = "/login?linked"

// back takes the browser that a provider sends back. Every answer to a browser
// goes on elsewhere, so that neither code nor state stay in the address bar.
func (p *Pages) back(w http.ResponseWriter, r *http.Request) error {
	if err := wire.Prefetch(r); err != nil {
		return err
	}
	x := wire.ExchangeOf(r.Context())
	provider, browser := p.providerOf(r), p.flow.Read(r)
	x.Provider = p.known(provider)
	landing, err := p.redirects.Finish(r.Context(), broker.Arrival{
		Provider: provider, Browser: browser, Reply: r.URL.Query(), Client: wire.ClientOf(r),
	})
	if p.canWait(r, landing, err) && p.waits(w, r, waiter{browser, errand{redirect: landing.ReturnTo, mode: landing.Mode}}, err) {
		return nil
	}
	if err != nil {
		x.Outcome = "refused"
		p.turnAway(w, r, landing, err)
		return nil
	}
	to, standard := landing.ReturnTo, pageDone
	if landing.Linked {
		x.Outcome, standard = "linked", pageLinked
	} else {
		x.Outcome = "signed_in"
		if landing.Mode == sessions.ModeJSON {
			return wire.Give(w, p.cookies, landing.Login)
		}
		if err := p.replace(w, r, landing.Login); err != nil {
			return err
		}
	}
	if to == "" {
		to = standard
	}
	see(w, r, to)
	return nil
}

// canWait reports a browser that can be asked for a second factor: a program
// cannot, and one that is to be answered with tokens has no page to see recovery
// codes on.
func (p *Pages) canWait(r *http.Request, landing broker.Landing, err error) bool {
	var need *broker.SecondFactorError
	if landing.Mode != sessions.ModeJSON {
		return true
	}
	return errors.As(err, &need) && !need.Enrol && !wire.WantsJSON(r)
}

// turnAway answers a callback that signed nobody in: where the browser wanted
// to go, or our own page, or in JSON to who asked for that.
func (p *Pages) turnAway(w http.ResponseWriter, r *http.Request, landing broker.Landing, err error) {
	switch {
	case landing.ReturnTo != "":
		p.failTo(landing.ReturnTo, w, r, err)
	case wire.WantsJSON(r), landing.Known && landing.Mode == sessions.ModeJSON:
		p.native.Fail(w, r, err)
	case slices.Contains([]broker.Code{broker.CodeNoProvider, broker.CodeInternal}, broker.CodeOf(err)):
		p.adapter.Fail(w, r, err)
	default:
		p.failTo(pageLogin, w, r, err)
	}
}

// replyParts are what a posted reply may hold that matters (RFC 6749 §4.1.2,
// RFC 9207 §2). What else there is, an ID token say, does not go into an
// address.
var replyParts = []string{"code", "state", "iss", "error", "error_description"}

// relay takes a reply that the provider's page posts (OAuth 2.0 Form Post
// Response Mode) and has the browser bring it to [Pages.back]: the cookie that
// ties the flow to the browser is not sent with another site's POST. It decides
// nothing.
func (p *Pages) relay(w http.ResponseWriter, r *http.Request) error {
	provider := p.providerOf(r)
	if !slices.ContainsFunc(p.broker.Ways(), func(way broker.Way) bool { return way.Name == provider && way.FormPost }) {
		w.Header().Set("Allow", "GET")
		return broker.Fail(broker.CodeMethod, "")
	}
	form, err := wire.Form(w, r)
	if err != nil {
		return err
	}
	q := url.Values{}
	for _, name := range replyParts {
		if values := form[name]; len(values) > 0 {
			q[name] = values
		}
	}
	if len(q.Encode()) > 12<<10 {
		return broker.Fail(broker.CodeTooLarge, "")
	}
	wire.ExchangeOf(r.Context()).Provider = p.known(provider)
	see(w, r, fmt.Sprintf("/auth/login/%s/callback?%s", url.PathEscape(provider), q.Encode()))
	return nil
}
