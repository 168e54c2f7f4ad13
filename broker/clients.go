package broker

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"github.com/signet-sso/signet/drivers"
)

// Service is a program that may ask about tokens and revoke them: a client in
// the words of RFC 6749 §2, with either Secret or Hash.
type Service struct {
	ID     string
	Secret string // as it is
	Hash   string // of the secret, as Config.Secrets reads it
	// Audience makes tokens of another audience unknown to it; "" lets it ask
	// about every token.
	Audience string
}

// Secrets verifies what services prove themselves with. It answers
// drivers.ErrUnavailable when too many wait already.
type Secrets interface {
	Verify(ctx context.Context, secret, hash string) (ok, stale bool, err error)
}

// Inquiry is what a service asks about a token, or has done to it.
type Inquiry struct {
	ID string
	// Secrets are the readings of the secret that was sent, where clients do not
	// agree on how one is written. One of them has to be right.
	Secrets []string
	Token   string
	Client  Client
}

// actorClient begins the actor of an event that a service brought about.
const actorClient = "client:"

// clients are the services of one generation of settings.
type clients struct {
	byID map[string]*service
	// decoy is what a secret is compared with that no hash belongs to; "" when
	// none is hashed, so that none costs more than another.
	decoy string
}

// service is a Service with what is known of it.
type service struct {
	Service
	// proven is the MAC of the right secret: nothing that opens a door. It is nil
	// as long as a hash was not compared with.
	proven atomic.Pointer[seal]
	misses *misses // survive a reload
}

// seal is a MAC of a secret under a key of ours.
type seal [sha256.Size]byte

// proofs compares secrets.
type proofs struct {
	key    []byte
	hashes Secrets // nil for none
	asking singleflight.Group
}

// newClients checks services. Those of the generation before go on counting.
func (p *proofs) newClients(all []Service, before *door) (clients, error) {
	c := clients{byID: map[string]*service{}}
	for _, s := range all {
		switch {
		case s.ID == "" || c.byID[s.ID] != nil:
			return c, fmt.Errorf("client %q: every client needs an id of its own", s.ID)
		case (s.Secret == "") == (s.Hash == ""):
			return c, fmt.Errorf("client %q: it needs a secret or the hash of one", s.ID)
		case s.Hash != "" && p.hashes == nil:
			return c, fmt.Errorf("client %q: nothing here verifies hashes", s.ID)
		}
		known := &service{Service: s, misses: &misses{}}
		if before != nil && before.clients.byID[s.ID] != nil {
			known.misses = before.clients.byID[s.ID].misses
		}
		if s.Secret != "" {
			known.proven.Store(p.seal(s.Secret))
		}
		if c.decoy == "" {
			c.decoy = s.Hash
		}
		c.byID[s.ID] = known
	}
	return c, nil
}

func (p *proofs) seal(secret string) *seal {
	m := hmac.New(sha256.New, p.key)
	m.Write([]byte(secret))
	return (*seal)(m.Sum(nil))
}

// asks returns the service that an inquiry comes from. An unknown one costs what
// a wrong secret does. Codes: CodeCredentials, CodeUnavailable when too many
// hashes wait.
func (b *Broker) asks(ctx context.Context, q Inquiry) (*service, error) {
	c := b.door.Load().clients
	s := c.byID[q.ID]
	ok, err := b.proofs.prove(ctx, c.decoy, s, q.Secrets)
	if err != nil {
		return nil, fmt.Errorf("verify client secret: %w", err)
	}
	if ok {
		return s, nil
	}
	ev := Event{Name: EventClientDenied, Reason: "unknown_client", Login: q.ID[:min(len(q.ID), maxLogin)], Client: q.Client}
	switch {
	case len(q.Secrets) == 0:
		ev.Reason = "no_secret"
	case s != nil:
		ev.Reason = "wrong_secret"
	}
	b.Audit.Record(ctx, ev)
	return nil, Fail(CodeCredentials, "")
}

// prove reports whether one of the secrets is that of s, which is nil for a
// service that is unknown. A right one costs a hash once only; a wrong one costs
// as many as there are readings of it, whoever s is.
func (p *proofs) prove(ctx context.Context, decoy string, s *service, secrets []string) (bool, error) {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool { return !plausible(secret, maxPassword) })
	if s == nil {
		s = &service{}
	}
	for _, secret := range secrets {
		right := s.proven.Load()
		if right == nil {
			right = &seal{}
		}
		if given := p.seal(secret); hmac.Equal(given[:], right[:]) {
			return true, nil
		}
	}
	hash, own := s.Hash, s.Hash != ""
	if !own {
		hash = decoy
	}
	if hash == "" {
		return false, nil
	}
	for _, secret := range secrets {
		given := p.seal(secret)
		matches, err := p.verify(ctx, hash, secret, given)
		if err != nil {
			return false, err
		}
		if matches && own {
			s.proven.Store(given)
			return true, nil
		}
	}
	return false, nil
}

// verify compares a secret with a hash. Those who come with the same one at the
// same moment, as all threads of a service do after a start, share the work.
func (p *proofs) verify(ctx context.Context, hash, secret string, given *seal) (bool, error) {
	ctx = context.WithoutCancel(ctx) // the one who goes away takes nothing from the others
	v, err, _ := p.asking.Do(string(given[:])+hash, func() (any, error) {
		ok, _, err := p.hashes.Verify(ctx, secret, hash)
		return ok, err
	})
	if err != nil {
		if !errors.Is(err, drivers.ErrUnavailable) {
			err = &Error{Code: CodeInternal, Err: err}
		}
		return false, err
	}
	return v.(bool), nil
}
