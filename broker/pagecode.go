package broker

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// Carried is an authorization code that a page of another application fetched at
// a provider by itself, and carries to us. No flow of ours began, so no state,
// nonce or verifier ties the code to the browser that brings it: whoever asks
// for this has looked up RedirectURI in a list of the operator's.
type Carried struct {
	Provider    string
	ClientID    string // whom the page says that it asked for
	RedirectURI string // the page's
	Code        string
	Lives       Lives
	Client      Client
}

// Entrance is what a page needs to send a browser to a provider by itself.
// Nothing of it is secret.
type Entrance struct {
	AuthorizeURL string
	ClientID     string
	Scope        string
}

// Entrance says where pages of other applications send browsers. Codes:
// CodeNoProvider, also for a provider that takes no codes of pages,
// CodeProviderDisabled and CodeUnavailable.
func (b *Broker) Entrance(ctx context.Context, provider string) (Entrance, error) {
	p, err := b.codeProvider(provider)
	if err != nil {
		return Entrance{}, err
	}
	e, err := p.Driver.Codes.Entrance(ctx)
	if err != nil {
		p.note(err, b.Now())
		return Entrance{}, fmt.Errorf("entrance of %s: %w", p.Name, err)
	}
	return Entrance(e), nil
}

// TakeCode exchanges a code that a page brings and lets the person in, as
// [Broker.Finish] does: two statements. The session has one access token and no
// refresh token.
//
// A code for a callback of ours is refused unseen: it belongs to a flow. Codes:
// CodeNoProvider, also for a provider that takes no codes of pages,
// CodeProviderDisabled, CodeCredentials for everything that did not prove
// somebody who may enter, with a reason when the page asks for another client or
// brings back the wrong address, CodeOTP with a [SecondFactorError], CodeUnavailable.
func (b *Broker) TakeCode(ctx context.Context, c Carried) (Login, error) {
	p, err := b.codeProvider(c.Provider)
	if err != nil {
		return Login{}, err
	}
	e := entry{provider: p, client: c.Client, mode: sessions.ModeAccess, lives: c.Lives}
	if err := b.misfit(ctx, p, c); err != nil {
		if CodeOf(err) == CodeCredentials {
			b.audit(ctx, e, Event{Name: EventLoginFailure, Reason: "foreign_code", Err: err})
		}
		return Login{}, err
	}
	e.identity, err = b.traded(ctx, p, c.Client, func() (drivers.Identity, error) {
		return p.Driver.Codes.TakeCode(ctx, drivers.PageCode{Code: c.Code, RedirectURI: c.RedirectURI})
	})
	if err != nil {
		return Login{}, err
	}
	e.amr = append([]string{}, e.identity.AMR...)
	return b.admit(ctx, e)
}

// codeProvider finds a provider that takes codes of pages.
func (b *Broker) codeProvider(name string) (*provider, error) {
	p, err := b.redirectProvider(name)
	if err == nil && p.Driver.Codes == nil {
		return nil, Fail(CodeNoProvider, "")
	}
	return p, err
}

// misfit says what is wrong with a code before the provider is asked.
func (b *Broker) misfit(ctx context.Context, p *provider, c Carried) error {
	if len(c.Code) > maxReply || len(c.RedirectURI) > maxReply {
		return fmt.Errorf("the code or its page is too long: %w", drivers.ErrReply)
	}
	if c.RedirectURI == b.callback(p) {
		return Fail(CodeCredentials, "the code is for a callback of the sign-in's own")
	}
	e, err := p.Driver.Codes.Entrance(ctx)
	if err != nil {
		p.note(err, b.Now())
		return b.unanswered(ctx, p, c.Client, err)
	}
	if c.ClientID != e.ClientID {
		return Fail(CodeCredentials, "client_id is not that of the provider's configuration")
	}
	return nil
}
