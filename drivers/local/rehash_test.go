package local_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
)

// staleOnes are accounts whose hash is to be renewed.
func staleOnes(t *testing.T) []stored {
	weak := hashed(t, cheap(func(c *local.HasherConfig) { c.Memory = 32 }), rightPassword)
	return append(imports(), stored{"argon2id that cost less", rightPassword, weak, ""})
}

func TestP02TheFirstGoodSignInRenewsTheHash(t *testing.T) {
	h := cheap()
	for _, c := range staleOnes(t) {
		t.Run(c.form, func(t *testing.T) {
			r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: c.hash})
			if _, err := attempt(t, r, h, "alice", "wrong"); !errors.Is(err, drivers.ErrCredentials) {
				t.Fatalf("got %v, want ErrCredentials", err)
			}
			if len(r.rehashed) != 0 {
				t.Fatalf("a failed sign-in stored %q", r.rehashed)
			}
			for range 2 {
				if _, err := attempt(t, r, h, "alice", c.password); err != nil {
					t.Fatal(err)
				}
			}
			if len(r.rehashed) != 1 || !strings.HasPrefix(r.rehashed[0], "$argon2id$v=19$m=64,t=1,p=1$") {
				t.Errorf("got the new hashes %q, want one of the configured cost", r.rehashed)
			}
		})
	}
}

func TestL15ARenewedHashHoldsTheWholePassword(t *testing.T) {
	h := cheap()
	cut := imports()[10]
	r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: cut.hash})
	if _, err := attempt(t, r, h, "alice", cut.password); err != nil {
		t.Fatal(err)
	}
	if _, err := attempt(t, r, h, "alice", cut.password[:72]); !errors.Is(err, drivers.ErrCredentials) {
		t.Errorf("got %v for the first 72 bytes, want ErrCredentials once bcrypt is gone", err)
	}
}

func TestP02ARenewalNeverStopsASignIn(t *testing.T) {
	weak := hashed(t, cheap(func(c *local.HasherConfig) { c.Memory = 32 }), rightPassword)
	t.Run("when the store cannot keep it", func(t *testing.T) {
		r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: weak})
		r.full = true
		if id, err := attempt(t, r, cheap(), "alice", rightPassword); err != nil || id.Subject != "1" {
			t.Errorf("got %+v, %v; want the sign-in to work", id, err)
		}
	})
	t.Run("when there is no salt", func(t *testing.T) {
		r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: weak})
		h := cheap(func(c *local.HasherConfig) { c.Rand = strings.NewReader("") })
		if id, err := attempt(t, r, h, "alice", rightPassword); err != nil || id.Subject != "1" || len(r.rehashed) != 0 {
			t.Errorf("got %+v, %v, stored %q; want the sign-in to work", id, err, r.rehashed)
		}
	})
	t.Run("and leaves a password alone that was changed meanwhile", func(t *testing.T) {
		r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: weak})
		h := cheap()
		changed := hashed(t, h, "another password")
		h.OnHash(func(string) { r.put(local.Credential{AccountID: "1", Username: "alice", Hash: changed}) })
		if _, err := attempt(t, r, h, "alice", rightPassword); err != nil {
			t.Fatal(err)
		}
		if got := r.byName["alice"].Hash; got != changed || len(r.rehashed) != 0 {
			t.Errorf("got hash %q, want the changed one", got)
		}
	})
}
