package drivers

import "context"

// CodeTaker exchanges authorization codes that a page of another application
// fetched: the browser went to the provider without us.
//
// There is no attempt to hold such a code against: neither state nor nonce nor
// PKCE were ours, so whoever has the code of somebody else can bring it. What is
// left is checked: the client proves itself to the provider, the code is for
// that redirect URI, and issuer, audience, times and signature are right. A code
// that belongs to an attempt, because it was fetched with a nonce or a code
// challenge, is ErrReply: it is somebody's who can prove more. Which pages may
// bring codes is for the caller to know.
//
// Entrance makes no network call besides discovery. TakeCode answers with the
// errors of [Redirect.Exchange]. A driver has this ability only where its client
// proves itself with a secret or a key.
type CodeTaker interface {
	Entrance(ctx context.Context) (Entrance, error)
	TakeCode(ctx context.Context, c PageCode) (Identity, error)
}

// Entrance is what a page must know to send a browser to the provider by itself
// (RFC 6749 §4.1.1). Nothing of it is secret.
type Entrance struct {
	AuthorizeURL string
	ClientID     string
	Scope        string // as it stands in the address
}

// PageCode is a code and the page that it came back to.
type PageCode struct{ Code, RedirectURI string }
