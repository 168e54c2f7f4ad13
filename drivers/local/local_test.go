package local_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/local"
)

func TestTheContractOfPasswordDrivers(t *testing.T) {
	h := cheap()
	bob := local.Credential{AccountID: "0198-bob", Username: "bob", Hash: hashed(t, h, "Battery staple 2")}
	r := newRows(credential(t, h, "0198-alice", "Alice"), bob)
	drivertest.TestPassword(t, drivertest.PasswordFixture{
		Driver:  local.New(local.Config{Store: r, Hasher: h}),
		Person:  drivertest.Person{Login: "alice", Password: rightPassword, Subject: "0198-alice"},
		Unknown: "nobody",
		Other:   &drivertest.Person{Login: "bob", Password: "Battery staple 2", Subject: "0198-bob"},
		Aliases: []string{"ALICE", "alice@example.org", "ALICE@EXAMPLE.ORG", "ａｌｉｃｅ"},
		Break: func(testing.TB) func() {
			r.down = true
			return func() { r.down = false }
		},
		Stall: func(testing.TB) (<-chan struct{}, func()) {
			reached := make(chan struct{})
			r.reached = reached
			return reached, func() {}
		},
		Rename: func(testing.TB) string {
			r.rename("alice", "alice.b")
			return "alice.b"
		},
	})
}

// attempt is one call of a fresh driver over the store.
func attempt(t *testing.T, r *rows, h *local.Hasher, login, password string) (drivers.Identity, error) {
	t.Helper()
	return local.New(local.Config{Store: r, Hasher: h}).Password.Authenticate(t.Context(), login, password)
}

func TestTheIdentityNamesTheAccount(t *testing.T) {
	h := cheap()
	hash := hashed(t, h, rightPassword)
	for _, c := range []struct {
		rule  string
		have  local.Credential
		login string
		want  string // Login
	}{
		{"by its user name", local.Credential{AccountID: "1", Username: "Alice", Email: "a@b.test"}, "a@b.test", "Alice"},
		{"by its address when it has no user name", local.Credential{AccountID: "1", Email: "a@b.test"}, "A@B.test", "a@b.test"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.have.Hash = hash
			id, err := attempt(t, newRows(c.have), h, c.login, rightPassword)
			if err != nil || id.Subject != "1" || id.Login != c.want || id.Email != c.have.Email || id.EmailVerified {
				t.Errorf("got %+v, %v; want subject 1, login %q and an unverified address", id, err, c.want)
			}
			if !slices.Equal(id.AMR, []string{"pwd"}) {
				t.Errorf("got amr %q, want pwd (RFC 8176)", id.AMR)
			}
		})
	}
}

// TestL02 holds the failures against each other by what they do, not by how
// long it took.
func TestL02EveryFailureDoesTheSameWork(t *testing.T) {
	h := cheap()
	people := []local.Credential{credential(t, h, "1", "alice")}
	logins := []string{"alice", "alice@example.org", "nobody"}
	for i, hash := range unreadable() {
		name := "person-" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		people = append(people, local.Credential{AccountID: name, Username: name, Hash: hash})
		logins = append(logins, name)
	}
	for _, password := range []string{"wrong", "cafe\u0301", strings.Repeat("x", 1024)} {
		var want []string
		for _, login := range logins {
			r := newRows(people...)
			var costs []string
			h.OnHash(func(cost string) { costs = append(costs, cost) })
			if _, err := attempt(t, r, h, login, password); !errors.Is(err, drivers.ErrCredentials) {
				t.Fatalf("%s: got %v, want ErrCredentials", login, err)
			}
			if want == nil {
				want = costs
			}
			if len(costs) == 0 || !slices.Equal(costs, want) || r.asked != 1 {
				t.Errorf("%s with %.10q: got %d lookups and hashes %q, want 1 and %q", login, password, r.asked, costs, want)
			}
		}
	}
}

func TestL05NobodyEntersWithoutAPasswordOfTheirOwn(t *testing.T) {
	h := cheap()
	for _, hash := range unreadable() {
		r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: hash})
		for _, password := range []string{"", "null", "!", " ", hash, rightPassword} {
			if id, err := attempt(t, r, h, "alice", password); !errors.Is(err, drivers.ErrCredentials) {
				t.Errorf("%.30q with %.20q: got %+v, %v; want ErrCredentials", hash, password, id, err)
			}
		}
	}
}

func TestL05TheLogTellsOfAnUnreadableHash(t *testing.T) {
	for hash, want := range map[string]bool{"": false, "!": false, "$1$foreign$hash": true} {
		var log bytes.Buffer
		r := newRows(local.Credential{AccountID: "0198-alice", Username: "alice", Hash: hash})
		d := local.New(local.Config{Store: r, Hasher: cheap(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		_, _ = d.Password.Authenticate(t.Context(), "alice", "a secret password")
		if got := strings.Contains(log.String(), "0198-alice"); got != want {
			t.Errorf("%q: got the log %q, want a line: %v", hash, log.String(), want)
		}
		if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "foreign") {
			t.Errorf("%q: the log shows a secret: %s", hash, log.String())
		}
	}
}

func TestX03WhatIsImplausibleIsNeitherLookedUpNorHashed(t *testing.T) {
	h := cheap()
	r := newRows(credential(t, h, "1", "alice"), local.Credential{AccountID: "2", Username: "outsider", Hash: hashed(t, h, "-")})
	before := h.Stats().Started
	for _, c := range []struct{ rule, login, password string }{
		{"what Papermerge hashes for people without a password", "outsider", "-"},
		{"an endless password", "alice", strings.Repeat("x", 10<<20)},
		{"a password of 1025 bytes", "alice", strings.Repeat("x", 1025)},
		{"an endless login", strings.Repeat("x", 1<<20), rightPassword},
		{"an empty password", "alice", ""},
		{"an empty login", "", rightPassword},
		{"L-15 a NUL behind the password", "alice", rightPassword + "\x00"},
		{"a NUL behind the login", "alice\x00", rightPassword},
		{"a login that is no text", "alice\xff", rightPassword},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if id, err := attempt(t, r, h, c.login, c.password); !errors.Is(err, drivers.ErrCredentials) {
				t.Errorf("got %+v, %v; want ErrCredentials", id, err)
			}
			if r.asked != 0 || h.Stats().Started != before {
				t.Errorf("got %d lookups and %d hashes, want none", r.asked, h.Stats().Started-before)
			}
		})
	}
}

func TestAFaultOfTheStoreBlamesNobody(t *testing.T) {
	r := newRows()
	r.down = true
	_, err := attempt(t, r, cheap(), "alice", rightPassword)
	if !errors.Is(err, errDown) || !errors.Is(err, drivers.ErrUnavailable) || errors.Is(err, drivers.ErrCredentials) {
		t.Errorf("got %v, want ErrUnavailable that keeps the store's own error", err)
	}
}

func TestX01ABusyHasherBlamesNobody(t *testing.T) {
	h := cheap()
	hash := hashed(t, h, rightPassword)
	synctest.Test(t, func(t *testing.T) {
		h := narrow(1, -1)
		r := newRows(local.Credential{AccountID: "1", Username: "alice", Hash: hash})
		g := newGate(h)
		go func() { _, _ = h.Hash(context.WithoutCancel(t.Context()), "password") }()
		synctest.Wait()
		for _, login := range []string{"alice", "nobody"} {
			if _, err := attempt(t, r, h, login, rightPassword); !errors.As(err, new(local.BusyError)) || errors.Is(err, drivers.ErrCredentials) {
				t.Errorf("%s: got %v, want BusyError", login, err)
			}
		}
		close(g.open)
		synctest.Wait()
		if _, err := attempt(t, r, h, "alice", rightPassword); err != nil {
			t.Errorf("with the slot free: got %v, want the sign-in to work", err)
		}
	})
}
