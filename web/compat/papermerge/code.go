package papermerge

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// What the interface says of an exchange.
const (
	detailNoProvider = "Unknown or empty auth provider"
	detailNoSecret   = "OIDC client secret is empty"
	detailRefused    = "401 Unauthorized. Auth provider error: "
)

// carried is what Papermerge's page brings from a provider, in the query of a
// request without a body.
type carried struct{ provider, clientID, code, redirectURL string }

// empty reports a request without a body. What there is can be read afterwards.
func empty(r *http.Request) bool {
	if r.ContentLength == 0 {
		return true
	}
	body := bufio.NewReader(r.Body)
	_, err := body.Peek(1)
	r.Body = struct {
		io.Reader
		io.Closer
	}{body, r.Body}
	return errors.Is(err, io.EOF)
}

// exchange trades a code for a token of ours. The page began the flow by itself,
// and checks the state by itself or not at all: what we can hold the code against
// is the client, the list of pages, and what the provider says. The checks are in
// the order of the original, which tells the first that fails.
func (p *Papermerge) exchange(w http.ResponseWriter, r *http.Request) error {
	in, wrong := readCarried(r)
	if wrong != nil {
		return p.misplaced(w, r, *wrong)
	}
	if in.provider == "" {
		return p.unfit(w, r, detailNoProvider)
	}
	way, ok := p.way(in.provider)
	switch {
	case !ok:
		return p.misplaced(w, r, fault{Loc: []string{"query", "provider"}, Msg: "unknown provider", Type: "value_error.enum"})
	case way.Password:
		return p.unfit(w, r, detailNoProvider)
	}
	wire.ExchangeOf(r.Context()).Provider = way.Name
	for _, f := range []struct{ name, value string }{{"code", in.code}, {"client_id", in.clientID}, {"redirect_url", in.redirectURL}} {
		if f.value == "" {
			return p.unfit(w, r, f.name+" is expected to be non-empty")
		}
	}
	if !way.Codes {
		return p.unfit(w, r, detailNoSecret)
	}
	l, err := p.redeem(r, way, in)
	if refused(err) {
		return p.say(w, r, http.StatusUnauthorized, detailRefused+because(err)+".", err)
	}
	if err != nil {
		return err
	}
	return p.welcome(w, r, l)
}

// redeem lets in who proves to be somebody by a code for one of the listed
// pages. They are compared to the letter, as providers compare them.
func (p *Papermerge) redeem(r *http.Request, way broker.Way, in carried) (broker.Login, error) {
	client := wire.ClientOf(r)
	if !slices.Contains(p.RedirectURLs, in.redirectURL) {
		p.Audit.Record(r.Context(), broker.Event{
			Name: broker.EventLoginFailure, Reason: "page_not_listed", Provider: way.Name, Client: client,
		})
		return broker.Login{}, broker.Fail(broker.CodeCredentials, "redirect_url is not among redirect_urls of the configuration")
	}
	return p.Broker.TakeCode(r.Context(), broker.Carried{
		Provider: way.Name, ClientID: in.clientID, RedirectURI: in.redirectURL, Code: in.code,
		Lives: broker.Lives{Access: p.TokenTTL}, Client: client,
	})
}

// because says why an exchange was refused, as far as its page may know.
func because(err error) string {
	var second *broker.SecondFactorError
	var e *broker.Error
	switch {
	case errors.As(err, &second):
		return "a second factor is needed, for which this page cannot ask"
	case errors.As(err, &e) && e.Reason != "":
		return e.Reason
	}
	return "it does not vouch for anybody who may enter"
}

// unfit answers that the request lacks something. The original does so with 400.
func (p *Papermerge) unfit(w http.ResponseWriter, r *http.Request, text string) error {
	return p.say(w, r, http.StatusBadRequest, text, broker.Fail(broker.CodePayload, text))
}

// readCarried reads the query. What is there twice is refused: another reader
// may take the other one. redirect_uri is what the oldest pages call
// redirect_url.
func readCarried(r *http.Request) (carried, *fault) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return carried{}, &fault{Loc: []string{"query"}, Msg: "the query is malformed", Type: "value_error"}
	}
	for _, name := range []string{"provider", "client_id", "code", "redirect_url", "redirect_uri"} {
		if len(q[name]) > 1 {
			return carried{}, &fault{Loc: []string{"query", name}, Msg: "it is there more than once", Type: "value_error"}
		}
	}
	in := carried{q.Get("provider"), q.Get("client_id"), q.Get("code"), q.Get("redirect_url")}
	switch old := q.Get("redirect_uri"); {
	case in.redirectURL == "":
		in.redirectURL = old
	case old != "" && old != in.redirectURL:
		return in, &fault{Loc: []string{"query", "redirect_uri"}, Msg: "it is not redirect_url", Type: "value_error"}
	}
	return in, nil
}
