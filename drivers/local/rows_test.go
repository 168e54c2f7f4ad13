package local_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/signet-sso/signet/drivers/local"
)

// rows is a Store in memory that can fail in each way a database does.
type rows struct {
	mu       sync.Mutex
	byName   map[string]local.Credential // by normalised user name or address
	asked    int
	rehashed []string // new hashes, in order

	down    bool          // answers errDown
	reached chan struct{} // when set, closed by the next call, which then waits for its context
	full    bool          // Rehash fails
}

var errDown = errors.New("no database")

func newRows(people ...local.Credential) *rows {
	r := &rows{byName: map[string]local.Credential{}}
	for _, c := range people {
		r.put(c)
	}
	return r
}

func (r *rows) put(c local.Credential) {
	for _, name := range []string{c.Username, c.Email} {
		if name != "" {
			r.byName[local.Normalise(name)] = c
		}
	}
}

func (r *rows) Credential(ctx context.Context, login string) (local.Credential, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.reached != nil {
		close(r.reached)
		r.reached = nil
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return local.Credential{}, err
	}
	if r.down {
		return local.Credential{}, errDown
	}
	c, ok := r.byName[local.Normalise(login)]
	if !ok {
		return c, local.ErrNoCredential
	}
	return c, nil
}

func (r *rows) Rehash(_ context.Context, id, old, new string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down || r.full {
		return errDown
	}
	for _, c := range r.byName {
		if c.AccountID == id && c.Hash == old {
			c.Hash = new
			r.put(c)
			r.rehashed = append(r.rehashed, new)
			return nil
		}
	}
	return nil
}

// rename gives an account another user name.
func (r *rows) rename(from, to string) {
	c := r.byName[from]
	delete(r.byName, from)
	c.Username = to
	r.put(c)
}

const rightPassword = "Right password 1"

// credential is somebody with rightPassword, hashed as h is configured.
func credential(t *testing.T, h *local.Hasher, id, name string) local.Credential {
	t.Helper()
	return local.Credential{AccountID: id, Username: name, Email: name + "@Example.org", Hash: hashed(t, h, rightPassword)}
}
