package broker

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// maxReply is the longest value of a provider's reply that is looked at, in
// bytes: codes of some providers are whole tokens.
const maxReply = 8 << 10

// Departure is a browser that asks to be sent to a provider.
type Departure struct {
	Provider string
	Browser  string // secret of this browser's flow cookie
	ReturnTo string // as asked; "" for none
	Mode     sessions.Mode
	Prompt   string // OpenID Connect Core §3.1.2.1; "" for the provider's own
	// Link asks to add the identity to the account of the session LinkTo, which
	// is "" when nobody is signed in. Foreign says that the browser did not come
	// from a page of ours or of a trusted origin.
	Link    bool
	LinkTo  string
	Foreign bool
	Client  Client
}

// Begin makes a flow and returns the address at the provider to send the
// browser to: one statement. State, nonce and PKCE verifier are made here,
// whatever the caller sent.
//
// Codes: CodeNoProvider for one that does not redirect, CodeProviderDisabled,
// CodePayload for a return-to or a prompt that is not allowed, CodeUnavailable;
// where an identity is to be added, CodeCrossSite for a foreign browser,
// CodeTokenMissing when nobody is signed in, CodeForbidden when the sign-in is
// too old.
func (b *Broker) Begin(ctx context.Context, d Departure) (address string, err error) {
	p, err := b.redirectProvider(d.Provider)
	if err != nil {
		return "", err
	}
	f := sessions.Flow{Provider: p.Name, Mode: d.Mode, RedirectURI: b.callback(p)}
	if f.ReturnTo, err = b.checkDeparture(d); err != nil {
		return "", err
	}
	if d.Link {
		if f.AccountID, err = b.mayLink(ctx, d); err != nil {
			return "", err
		}
		f.SessionID = d.LinkTo
	}
	f, state, err := b.flows.Start(f, d.Browser)
	if err != nil {
		return "", err
	}
	address, err = p.Driver.Redirect.AuthURL(ctx, state, attempt(f, d.Prompt))
	p.note(err, b.Now())
	if err != nil {
		return "", b.unanswered(ctx, p, d.Client, err)
	}
	return address, b.flows.Keep(ctx, f)
}

func attempt(f sessions.Flow, prompt string) drivers.Attempt {
	return drivers.Attempt{RedirectURI: f.RedirectURI, Nonce: f.Nonce, Verifier: f.Verifier, Prompt: prompt}
}

// redirectProvider finds a provider that sends browsers away.
func (b *Broker) redirectProvider(name string) (*provider, error) {
	p := b.door.Load().byName[name]
	switch {
	case p == nil || p.Driver.Redirect == nil:
		return nil, Fail(CodeNoProvider, "")
	case p.Disabled:
		return nil, Fail(CodeProviderDisabled, "")
	}
	return p, nil
}

// callback is where a provider sends browsers back to: a path of its own for
// each, so that a reply of one cannot be taken for another's (RFC 9700 §4.4.2).
func (b *Broker) callback(p *provider) string {
	return b.door.Load().Redirects.Public + "/auth/login/" + url.PathEscape(p.Name) + "/callback"
}

func (b *Broker) checkDeparture(d Departure) (returnTo string, err error) {
	if !slices.Contains([]string{"", "none", "login", "consent", "select_account"}, d.Prompt) {
		return "", Fail(CodePayload, `"prompt" must be one of "none", "login", "consent" and "select_account"`)
	}
	if !d.Mode.Valid() {
		return "", Fail(CodePayload, `"mode" must be one of "json", "cookie" and "session"`)
	}
	if d.ReturnTo == "" {
		return "", nil
	}
	if d.Mode == sessions.ModeJSON {
		return "", Fail(CodePayload, `tokens do not belong in an address: with "redirect" the mode is "cookie" or "session"`)
	}
	returnTo, ok := b.ReturnTo(d.ReturnTo)
	if !ok {
		return "", Fail(CodePayload, `"redirect" is not an address that the configuration allows`)
	}
	return returnTo, nil
}

// Arrival is a browser that came back from a provider.
type Arrival struct {
	Provider string
	Browser  string     // secret of this browser's flow cookie; "" for none
	Reply    url.Values // the query of the callback
	Client   Client
}

// Landing is where an arrival ends: with a login or, of a person who added an
// identity, without one.
type Landing struct {
	Login    Login
	ReturnTo string // allowed by the configuration of now; "" for nowhere
	Mode     sessions.Mode
	Linked   bool
	// Known says that the flow was this browser's: only then do ReturnTo and
	// Mode mean anything.
	Known bool
}

// Finish takes the flow of an arrival, asks the provider's driver and lets the
// person in: three statements. With an error the Landing still says where the
// browser wanted to go.
//
// Codes: CodeNoProvider, CodeProviderDisabled, CodeCredentials for everything
// that did not prove somebody who may enter, CodeConflict for an identity that
// is another account's when one is added, CodeOTP with a [SecondFactorError] when
// a second factor is to be shown, CodeUnavailable.
func (b *Broker) Finish(ctx context.Context, a Arrival) (Landing, error) {
	p, err := b.redirectProvider(a.Provider)
	if err != nil {
		return Landing{}, err
	}
	e := entry{provider: p, client: a.Client}
	f, err := b.take(ctx, a)
	if err != nil {
		if errors.Is(err, sessions.ErrNotFound) {
			b.audit(ctx, e, Event{Name: EventLoginFailure, Reason: "unknown_flow", Err: err})
		}
		return Landing{}, err
	}
	landing := Landing{Mode: f.Mode, Known: true}
	landing.ReturnTo, _ = b.ReturnTo(f.ReturnTo)
	a.Reply.Del("state")
	e.mode = f.Mode
	if e.identity, err = b.exchange(ctx, p, f, a); err != nil {
		return landing, err
	}
	if f.AccountID != "" {
		landing.Linked = true
		return landing, b.link(ctx, e, f)
	}
	e.amr = append([]string{}, e.identity.AMR...)
	e.browser, e.returnTo = a.Browser, f.ReturnTo
	landing.Login, err = b.admit(ctx, e)
	return landing, err
}

// take finds the flow that the reply belongs to and ends it.
func (b *Broker) take(ctx context.Context, a Arrival) (sessions.Flow, error) {
	for _, values := range a.Reply {
		if len(values) != 1 || len(values[0]) > maxReply {
			return sessions.Flow{}, fmt.Errorf("a part of the reply is there twice or too long: %w", sessions.ErrNotFound)
		}
	}
	return b.flows.Take(ctx, sessions.Arrival{State: a.Reply.Get("state"), Provider: a.Provider, Browser: a.Browser})
}

// exchange has the driver turn a reply into an identity.
func (b *Broker) exchange(ctx context.Context, p *provider, f sessions.Flow, a Arrival) (drivers.Identity, error) {
	return b.traded(ctx, p, a.Client, func() (drivers.Identity, error) {
		return p.Driver.Redirect.Exchange(ctx, attempt(f, ""), a.Reply)
	})
}

// traded is the identity that a provider's driver made of something, and of a
// person who can be known again.
func (b *Broker) traded(ctx context.Context, p *provider, c Client, trade func() (drivers.Identity, error)) (drivers.Identity, error) {
	id, err := trade()
	p.note(err, b.Now())
	if err == nil && !immutable(id.Subject) {
		err = fmt.Errorf("subject is empty, too long or no printable text: %w", drivers.ErrReply)
	}
	if err != nil {
		return drivers.Identity{}, b.unanswered(ctx, p, c, err)
	}
	return id, nil
}

// unanswered records why a provider led nobody to us.
func (b *Broker) unanswered(ctx context.Context, p *provider, c Client, err error) error {
	ev := Event{Name: EventLoginFailure, Reason: replyReason(err), Provider: p.Name, Client: c, Err: err}
	err = fmt.Errorf("ask %s: %w", p.Name, err)
	if CodeOf(err) == CodeUnavailable {
		ev.Name, ev.Reason = EventProviderDown, "unavailable"
		if errors.Is(err, drivers.ErrMisconfigured) {
			ev.Reason = "misconfigured"
		}
		retry, _ := RetryAfter(err, b.Now())
		err = &Error{Code: CodeUnavailable, Reason: "provider " + p.Name + " cannot be reached", Retry: retry, Err: err}
	}
	b.Audit.Record(ctx, ev)
	return err
}

func replyReason(err error) string {
	switch {
	case errors.Is(err, drivers.ErrCredentials):
		return "given_up"
	case errors.Is(err, drivers.ErrRefused):
		return "refused_by_provider"
	case errors.Is(err, drivers.ErrReply):
		return "bad_reply"
	}
	return "internal"
}

// immutable reports what can be a provider's id of a person: 1 to 255 bytes of
// printable text (OpenID Connect Core §2). Nothing is cut off or cleaned: two
// people must never become one.
func immutable(subject string) bool {
	return subject != "" && len(subject) <= 255 && subject == tidy(subject)
}
