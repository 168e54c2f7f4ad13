package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// Config is what a Broker is made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Accounts  Accounts
	Sessions  Sessions
	Directory Directory
	Registry  Registry
	Locks     Locks
	Upstreams Upstreams
	Links     Links

	Amendments Amendments
	Factors    Factors
	Errands    Errands
	Pendings   Pendings

	Changes Changes // what others change; see [Broker.Follow]

	Flows  sessions.FlowStore
	Ring   *token.Ring
	Sealer *token.Sealer
	Hasher Hasher
	Audit  Auditor

	Secrets Secrets // of services that have a hash; nil for none
	Numbers Numbers // nil where no client asks for them

	Now    func() time.Time
	Random io.Reader // crypto/rand.Reader outside tests

	Lifetimes  Lifetimes
	Lockout    Lockout // no Attempts: nobody is locked
	Membership Membership
	Subject    SubjectKind
}

// Lifetimes says how long things live.
type Lifetimes struct {
	Access   time.Duration // access token
	Session  time.Duration // access token in a session cookie
	Refresh  time.Duration // refresh session without use
	Absolute time.Duration // refresh session in all
	Grace    time.Duration // the previous refresh token still works; 0 for never
	Recheck  time.Duration // ask the provider at most this often
}

// SubjectKind says what a token's sub is.
type SubjectKind string

// The kinds of subject. Without a username or address of its own the account
// id stands in, and so it does for an address that nobody has proven: it could
// be somebody else's.
const (
	SubjectID       SubjectKind = "id"
	SubjectEmail    SubjectKind = "email"
	SubjectUsername SubjectKind = "username"
)

// Settings is the part of the configuration that can change while requests
// run; see [Broker.Use].
type Settings struct {
	Providers   []Provider // in the order people see them
	Permissions map[string][]string
	Redirects   Redirects
	Services    []Service
}

// Broker is the one door. It is safe for concurrent use.
type Broker struct {
	Config
	refresh sessions.RefreshTokens
	flows   *sessions.Flows
	door    atomic.Pointer[door]
	feed    *feed
	passes  *passes
	proofs  *proofs
}

// New returns a Broker over c with its first settings.
func New(c Config, s Settings) (*Broker, error) {
	refresh, err := sessions.NewRefreshTokens(c.Sealer.Key("refresh token"))
	if err != nil {
		return nil, err
	}
	if c.Lockout.Attempts <= 0 {
		c.Lockout.Attempts = math.MaxInt32
	}
	b := &Broker{
		Config: c, refresh: refresh, flows: sessions.NewFlows(c.Flows, c.Now, c.Random),
		feed: newFeed(c.Changes, c.Now), passes: newPasses(),
		proofs: &proofs{key: c.Sealer.Key("client secret"), hashes: c.Secrets},
	}
	b.Sessions = heard{c.Sessions, b.feed}
	if err := b.Use(s); err != nil {
		return nil, err
	}
	return b, nil
}

// Use replaces the settings at once: a request that runs keeps the ones it
// began with. On an error nothing changes.
func (b *Broker) Use(s Settings) error {
	before := b.door.Load()
	d, err := newDoor(s, before)
	if err != nil {
		return err
	}
	if d.clients, err = b.proofs.newClients(s.Services, before); err != nil {
		return err
	}
	b.door.Store(d)
	return nil
}

// JWKS returns the public keys as a JSON document (RFC 7517 §5).
func (b *Broker) JWKS() []byte { return b.Ring.JWKS() }

// door is one generation of settings with what is derived from them.
type door struct {
	Settings
	byName  map[string]*provider
	byRealm map[string]*provider
	clients clients
}

// provider is a Provider with its health, which survives a reload.
type provider struct {
	Provider
	health  *health
	bearers chan struct{} // one for each token that is looked into now
}

// Hasher makes password hashes for accounts that an administrator sets up.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
}

func newDoor(s Settings, before *door) (*door, error) {
	d := &door{Settings: s, byName: map[string]*provider{}, byRealm: map[string]*provider{}}
	for _, p := range s.Providers {
		if err := p.Driver.Validate(); err != nil {
			return nil, fmt.Errorf("provider %q: %w", p.Name, err)
		}
		if d.byName[p.Name] != nil {
			return nil, fmt.Errorf("provider %q is configured twice", p.Name)
		}
		if d.byRealm[p.Realm()] != nil {
			return nil, fmt.Errorf("provider %q: only one provider may use local accounts, and no other may be called %q", p.Name, LocalRealm)
		}
		h := &health{}
		if before != nil && before.byName[p.Name] != nil {
			h = before.byName[p.Name].health
		}
		known := &provider{Provider: p, health: h, bearers: make(chan struct{}, upstreamCalls)}
		d.byName[p.Name], d.byRealm[p.Realm()] = known, known
	}
	return d, nil
}

// Client is who asks, for the audit record and the person's own session list.
type Client struct {
	Address   string // peer address, behind trusted proxies only
	UserAgent string
	RequestID string
}

// Ready reports whether sign-ins can work now: the database answers and there
// are keys to sign with.
func (b *Broker) Ready(ctx context.Context) error {
	if err := b.Ring.Ready(); err != nil {
		return err
	}
	_, _, err := b.Accounts.ByIdentity(ctx, LocalRealm, "ready")
	if errors.Is(err, ErrNoAccount) {
		return nil
	}
	return err
}
