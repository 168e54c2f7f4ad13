package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// KeyStore keeps the signing keys for all replicas.
type KeyStore interface {
	// Keys returns every stored key, in any order.
	Keys(ctx context.Context) ([]StoredKey, error)
	// ChangeKeys replaces the whole set by what change makes of it, in one
	// transaction under a lock that excludes the other replicas. It may call
	// change again after a conflict; an error of change is returned, wrapped or
	// not, and nothing is changed.
	ChangeKeys(ctx context.Context, change func([]StoredKey) ([]StoredKey, error)) error
	// KeysVersion returns a number that every ChangeKeys changes, for one cheap statement.
	KeysVersion(ctx context.Context) (int64, error)
}

// Ring signs and verifies. Sign, Verify and JWKS take no lock and do no input or
// output; all methods may be called at once.
type Ring struct {
	cfg    Config
	alg    algorithm
	store  KeyStore
	sealer *Sealer
	own    *key // the configuration's HMAC key; nil for other algorithms

	keys    atomic.Pointer[snapshot]
	trouble atomic.Pointer[error] // why the keys could not be read last time
	loading chan struct{}         // holds one: of two reloads the later one reads after the earlier one has stored
}

// snapshot is one state of the keys. It never changes.
type snapshot struct {
	version  int64
	edition  uint64 // grows with every snapshot of this ring
	current  *key
	byHeader map[string]*key // the keys that verify, under their header segment
	jwks     []byte
	list     []KeyInfo
}

// KeyInfo is what may be shown of a key.
type KeyInfo struct {
	ID         string
	Algorithm  string
	State      string    // next, current, previous or retired
	Configured bool      // the HMAC key of the configuration; it has no times
	CreatedAt  time.Time // UTC
	ChangedAt  time.Time // of the last change of State
}

// Open reads the keys. It makes a next and a current key when there are none, and
// when Config.Algorithm is another than the current key's; the former current key
// then verifies as previous. If several replicas open an empty store at once, one
// set wins and all use it. A change of the algorithm reaches running replicas at
// their next reload, and until then they refuse what this one signs.
//
// The errors are those of the configuration, of the store, and ErrSealed when the
// keys were sealed under another master secret.
func Open(ctx context.Context, cfg Config, store KeyStore, sealer *Sealer) (*Ring, error) {
	cfg, alg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Ring{cfg: cfg, alg: alg, store: store, sealer: sealer, loading: make(chan struct{}, 1)}
	if alg.symmetric() {
		r.own, err = hmacKey(alg, cfg.Type, cfg.HMACSecret)
		if err != nil {
			return nil, err
		}
	}
	if err := r.converge(ctx); err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	if err := r.Reload(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Reload reads the keys from the store and replaces the ring's set at one stroke.
// After an error the ring goes on with the keys it had.
func (r *Ring) Reload(ctx context.Context) error {
	select {
	case r.loading <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("load signing keys: %w", ctx.Err())
	}
	defer func() { <-r.loading }()
	s, err := r.load(ctx)
	if err != nil {
		err = fmt.Errorf("load signing keys: %w", err)
		r.trouble.Store(&err)
		return err
	}
	if before := r.keys.Load(); before != nil {
		s.edition = before.edition + 1
	}
	r.keys.Store(s)
	r.trouble.Store(nil)
	return nil
}

// Edition is a number that changes whenever the keys may have: what Verify said
// under another one may be wrong by now.
func (r *Ring) Edition() uint64 { return r.keys.Load().edition }

// Sync reads the keys again if they have changed in the store: one statement
// when they have not.
func (r *Ring) Sync(ctx context.Context) error { return r.refresh(ctx) }

// load asks for the version first: if the set changes in between, the version
// is too old and the next poll loads again.
func (r *Ring) load(ctx context.Context) (*snapshot, error) {
	version, err := r.store.KeysVersion(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot{version: version, byHeader: make(map[string]*key)}
	if r.own != nil {
		s.add(r.own, KeyInfo{Algorithm: r.cfg.Algorithm, State: StateCurrent, Configured: true})
	}
	public := jwk.NewSet()
	for _, row := range rows {
		if err := r.admit(s, public, row); err != nil {
			return nil, fmt.Errorf("key %q: %w", row.ID, err)
		}
	}
	if s.current == nil {
		return nil, errors.New("no current key")
	}
	s.jwks, err = json.Marshal(public)
	return s, err
}

func (r *Ring) admit(s *snapshot, public jwk.Set, row StoredKey) error {
	info := KeyInfo{
		ID: row.ID, Algorithm: row.Algorithm, State: row.State,
		CreatedAt: row.CreatedAt.UTC(), ChangedAt: row.ChangedAt.UTC(),
	}
	switch row.State {
	case StateRetired:
		s.list = append(s.list, info)
		return nil
	case StateNext, StateCurrent, StatePrevious:
	default:
		return fmt.Errorf("unknown state %q", row.State)
	}
	k, err := row.open(r.cfg.Type, r.sealer)
	if err != nil {
		return err
	}
	if r.own != nil && row.State == StateCurrent {
		info.State = StatePrevious // another replica's configuration; here the HMAC key signs
	}
	if info.State == StateCurrent && s.current != nil {
		return errors.New("there is a second current key")
	}
	s.add(k, info)
	return public.AddKey(k.jwk)
}

func (s *snapshot) add(k *key, info KeyInfo) {
	info.ID = k.id
	s.byHeader[k.header] = k
	s.list = append(s.list, info)
	if info.State == StateCurrent {
		s.current = k
	}
}

// JWKS returns the public keys as a JSON Web Key Set (RFC 7517 §5): next, current
// and previous. HMAC keys are never in it. The bytes must not be changed.
func (r *Ring) JWKS() []byte { return r.keys.Load().jwks }

// List returns what the ring knows of its keys, the retired ones of the last 30
// days at least included.
func (r *Ring) List() []KeyInfo { return append([]KeyInfo(nil), r.keys.Load().list...) }

// Ready returns nil when the last attempt to read the keys or their version went
// well, and that attempt's error otherwise.
func (r *Ring) Ready() error {
	if err := r.trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// Watch asks for the version of the keys at every interval and reloads when it has
// changed, until ctx ends, and then returns its error. So a key that was retired
// elsewhere is refused here after at most one interval. While the store does not
// answer, the ring goes on with the keys it has, and Ready says so.
func (r *Ring) Watch(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			r.poll(ctx)
		}
	}
}

func (r *Ring) poll(ctx context.Context) {
	before := r.Ready()
	err := r.refresh(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil && before == nil:
		r.cfg.Logger.ErrorContext(ctx, "signing keys cannot be read", "error", err)
	case err == nil && before != nil:
		r.cfg.Logger.InfoContext(ctx, "signing keys can be read again")
	}
}

func (r *Ring) refresh(ctx context.Context) error {
	version, err := r.store.KeysVersion(ctx)
	if err != nil {
		err = fmt.Errorf("read version of signing keys: %w", err)
		r.trouble.Store(&err)
		return err
	}
	if version == r.keys.Load().version && r.Ready() == nil {
		return nil
	}
	return r.Reload(ctx)
}
