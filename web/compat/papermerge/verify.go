package papermerge

import (
	"errors"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// verify says whether a request may pass. All that is presented has to be good
// and of one person: nginx asks here with the cookie and the field of the
// request, and the application believes the field without a look at its
// signature.
//
// nginx takes any answer but 2xx, 401 and 403 for a fault, and shows an error on
// every page, that of the sign-in included. So there is none.
func (p *Papermerge) verify(w http.ResponseWriter, r *http.Request) {
	pass, err := p.passage(r)
	if err != nil {
		p.deny(w, r, err)
		return
	}
	if p.Identify != nil {
		p.Identify(w.Header(), pass)
	}
	wire.ExchangeOf(r.Context()).Quiet = true
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// passage finds out whose request it is. The cookie may hold a token of a
// provider's too, as it does where Papermerge was behind one.
func (p *Papermerge) passage(r *http.Request) (*broker.Pass, error) {
	header, err := wire.Bearer(r)
	if err != nil {
		return nil, err
	}
	var found *broker.Pass
	client := wire.ClientOf(r)
	for _, raw := range []string{p.cookie.Session(r), header} {
		if raw == "" {
			continue
		}
		passage, err := p.Broker.Guard(r.Context(), broker.Presented{Bearer: raw, Client: client})
		if err != nil {
			return nil, err
		}
		if found != nil && found.Claims.AccountID != passage.Claims.AccountID {
			p.Audit.Record(r.Context(), broker.Event{
				Name: broker.EventGuardDenied, Reason: "two_people", AccountID: found.Claims.AccountID, Client: client,
			})
			return nil, broker.Fail(broker.CodeTokenInvalid, "")
		}
		found = passage.Pass
	}
	if found == nil {
		return nil, broker.Fail(broker.CodeTokenMissing, "")
	}
	return found, nil
}

// deny refuses: with 401 who has no good token, else in the way of
// [Papermerge.write].
func (p *Papermerge) deny(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, broker.ErrInactive) {
		if err := p.say(w, r, http.StatusUnauthorized, detailInactive, err); err != nil { // of constants, it cannot fail
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	switch broker.CodeOf(err) {
	case broker.CodeTokenMissing, broker.CodeTokenInvalid, broker.CodeTokenExpired:
		p.adapter.Fail(w, r, err)
	case broker.CodePayload, broker.CodeCredentials, broker.CodeSuspended, broker.CodeOTP:
		p.adapter.Fail(w, r, &broker.Error{Code: broker.CodeTokenInvalid, Err: err})
	default:
		p.adapter.Fail(w, r, err)
	}
}
