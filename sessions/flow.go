package sessions

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"time"
)

// FlowLife is how long a person has to come back from a provider.
const FlowLife = 10 * time.Minute

// Flow is what is remembered between sending a browser to a provider and its
// return. It is taken once.
type Flow struct {
	Key      string // hash of the state that travelled; see [Flows]
	Provider string
	Browser  string // hash of the secret in this browser's cookie

	Nonce       string
	Verifier    string // PKCE code verifier (RFC 7636 §4.1)
	RedirectURI string
	ReturnTo    string // checked before it was stored; empty for none
	Mode        Mode
	// AccountID and SessionID are of the person who adds an identity to their
	// account; empty for a sign-in.
	AccountID string
	SessionID string
	Expires   time.Time
}

// FlowStore keeps flows. TakeFlow returns and removes the flow in one step: of
// two callers, one gets it and the other gets ErrNotFound. A flow whose
// Expires is not after now is not returned.
type FlowStore interface {
	PutFlow(ctx context.Context, f Flow) error
	TakeFlow(ctx context.Context, key string, now time.Time) (Flow, error)
}

// Flows makes and takes flows. State and browser secret are stored hashed, so
// that reading the store lets nobody finish a flow.
type Flows struct {
	store  FlowStore
	now    func() time.Time
	random io.Reader
}

// NewFlows returns Flows over a store, with the clock and the source of
// randomness to use.
func NewFlows(store FlowStore, now func() time.Time, random io.Reader) *Flows {
	return &Flows{store: store, now: now, random: random}
}

// Start completes f, which is not stored yet, and returns the state to send to
// the provider: 256 random bits, base64url, like Nonce and Verifier. browser
// is the secret held by the browser's cookie; see [NewBrowserSecret].
func (fs *Flows) Start(f Flow, browser string) (_ Flow, state string, err error) {
	for _, s := range []*string{&state, &f.Nonce, &f.Verifier} {
		if *s, err = secret(fs.random); err != nil {
			return Flow{}, "", fmt.Errorf("start flow: %w", err)
		}
	}
	f.Key, f.Browser = digest(state), digest(browser)
	f.Expires = fs.now().Add(FlowLife)
	return f, state, nil
}

// Keep stores a flow that was started, for [FlowLife].
func (fs *Flows) Keep(ctx context.Context, f Flow) error {
	if err := fs.store.PutFlow(ctx, f); err != nil {
		return fmt.Errorf("put flow: %w", err)
	}
	return nil
}

// NewBrowserSecret returns what the cookie that ties flows to a browser holds:
// 256 random bits, base64url.
func NewBrowserSecret(random io.Reader) (string, error) { return secret(random) }

func secret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return strict.EncodeToString(b[:]), nil
}

// Arrival is a browser that came back.
type Arrival struct {
	State    string // as the provider returned it
	Provider string // whose callback was called
	Browser  string // secret of this browser's cookie
}

// Take returns the flow that a belongs to and ends it. A flow of another
// browser or provider is ended too, and answered with ErrNotFound like one
// that never was.
func (fs *Flows) Take(ctx context.Context, a Arrival) (Flow, error) {
	if a.State == "" || a.Browser == "" {
		return Flow{}, ErrNotFound
	}
	f, err := fs.store.TakeFlow(ctx, digest(a.State), fs.now())
	if err != nil {
		return Flow{}, fmt.Errorf("take flow: %w", err)
	}
	sameBrowser := subtle.ConstantTimeCompare([]byte(f.Browser), []byte(digest(a.Browser))) == 1
	if !sameBrowser || f.Provider != a.Provider {
		return Flow{}, fmt.Errorf("take flow: another browser or provider: %w", ErrNotFound)
	}
	return f, nil
}

func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(h[:])
}
