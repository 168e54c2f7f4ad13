package local_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
)

// rows is a Store of one test.
type rows struct {
	byName   map[string]local.Credential
	rehashed []string // new hashes
	fail     error    // of Rehash
}

func (r *rows) Credential(_ context.Context, login string) (local.Credential, error) {
	c, ok := r.byName[local.Normalise(login)]
	if !ok {
		return c, local.ErrNoCredential
	}
	return c, nil
}

func (r *rows) Rehash(_ context.Context, id, old, new string) error {
	if r.fail != nil {
		return r.fail
	}
	for name, c := range r.byName {
		if c.AccountID == id && c.Hash == old {
			c.Hash = new
			r.byName[name] = c
			r.rehashed = append(r.rehashed, new)
		}
	}
	return nil
}

func open(t *testing.T) (drivers.Driver, *rows, *local.Hasher) {
	t.Helper()
	h := cheap()
	hash, err := h.Hash(t.Context(), "right password")
	if err != nil {
		t.Fatal(err)
	}
	weak, err := local.NewHasher(local.HasherConfig{Memory: 32, Time: 1}).Hash(t.Context(), "right password")
	if err != nil {
		t.Fatal(err)
	}
	r := &rows{byName: map[string]local.Credential{
		"alice": {AccountID: "1", Username: "Alice", Hash: hash},
		"weak":  {AccountID: "2", Username: "weak", Hash: weak},
		"none":  {AccountID: "3", Username: "none"},
		"bang":  {AccountID: "4", Username: "bang", Hash: "!"},
	}}
	return local.New(local.Config{Store: r, Hasher: h}), r, h
}

func TestAuthenticate(t *testing.T) {
	d, _, _ := open(t)
	t.Run("the right password gives the account id as subject", func(t *testing.T) {
		id, err := d.Password.Authenticate(t.Context(), "ALICE", "right password")
		if err != nil || id.Subject != "1" || id.Login != "Alice" {
			t.Errorf("got %+v, %v; want subject 1", id, err)
		}
	})
	for _, c := range []struct{ rule, login, password string }{
		{"a wrong password is refused", "alice", "wrong"},
		{"an unknown person is refused", "nobody", "right password"},
		{"L-05 somebody without a password is refused", "none", "right password"},
		{"L-05 the empty password is refused", "none", ""},
		{"L-05 a placeholder is no password", "bang", "!"},
		{"L-15 a NUL is refused", "alice", "right password\x00"},
		{"X-03 an endless password is refused", "alice", strings.Repeat("x", 10<<20)},
		{"X-03 an endless login is refused", strings.Repeat("x", 1<<20), "right password"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if id, err := d.Password.Authenticate(t.Context(), c.login, c.password); !errors.Is(err, drivers.ErrCredentials) {
				t.Errorf("got %+v, %v; want ErrCredentials", id, err)
			}
		})
	}
}

func TestL02EveryFailureCostsOneHash(t *testing.T) {
	d, _, h := open(t)
	for _, login := range []string{"alice", "nobody", "none", "bang"} {
		before := h.Ran()
		if _, err := d.Password.Authenticate(t.Context(), login, "wrong"); !errors.Is(err, drivers.ErrCredentials) {
			t.Fatalf("%s: got %v, want ErrCredentials", login, err)
		}
		if got := h.Ran() - before; got != 1 {
			t.Errorf("%s: got %d hashes, want 1", login, got)
		}
	}
	before := h.Ran()
	_, _ = d.Password.Authenticate(t.Context(), "alice", strings.Repeat("x", 2000))
	if got := h.Ran() - before; got != 0 {
		t.Errorf("X-03 an endless password cost %d hashes, want 0", got)
	}
}

func TestP02Rehash(t *testing.T) {
	t.Run("happens at the first good sign-in", func(t *testing.T) {
		d, r, _ := open(t)
		for range 2 {
			if _, err := d.Password.Authenticate(t.Context(), "weak", "right password"); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.rehashed) != 1 || !strings.HasPrefix(r.rehashed[0], "$argon2id$v=19$m=64,") {
			t.Errorf("got new hashes %v, want one of the configured cost", r.rehashed)
		}
	})
	t.Run("never happens at a failed one", func(t *testing.T) {
		d, r, _ := open(t)
		_, _ = d.Password.Authenticate(t.Context(), "weak", "wrong")
		if len(r.rehashed) != 0 {
			t.Errorf("got new hashes %v, want none", r.rehashed)
		}
	})
	t.Run("does not stop a sign-in when it cannot be stored", func(t *testing.T) {
		d, r, _ := open(t)
		r.fail = errors.New("disk full")
		if _, err := d.Password.Authenticate(t.Context(), "weak", "right password"); err != nil {
			t.Errorf("got %v, want the sign-in to work", err)
		}
	})
}

func TestAFaultOfTheStoreIsNoWrongPassword(t *testing.T) {
	down := errors.New("down")
	d := local.New(local.Config{Store: broken{down}, Hasher: cheap()})
	if _, err := d.Password.Authenticate(t.Context(), "alice", "right password"); !errors.Is(err, down) || errors.Is(err, drivers.ErrCredentials) {
		t.Errorf("got %v, want the store's own error", err)
	}
}

type broken struct{ err error }

func (b broken) Credential(context.Context, string) (local.Credential, error) {
	return local.Credential{}, b.err
}
func (b broken) Rehash(context.Context, string, string, string) error { return b.err }

func BenchmarkLogin(b *testing.B) {
	h := local.NewHasher(local.HasherConfig{})
	hash, err := h.Hash(b.Context(), "right password")
	if err != nil {
		b.Fatal(err)
	}
	d := local.New(local.Config{Hasher: h, Store: &rows{byName: map[string]local.Credential{"alice": {AccountID: "1", Username: "alice", Hash: hash}}}})
	for b.Loop() {
		if _, err := d.Password.Authenticate(b.Context(), "alice", "right password"); err != nil {
			b.Fatal(err)
		}
	}
}
