package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

// federated stores a session that began at a provider.
func federated(t testing.TB, db *store.DB, a broker.Account, subject, id string) sessions.Session {
	t.Helper()
	s := session(t, a)
	s.Provider, s.Subject, s.Upstream, s.UpstreamID = "okta", subject, []byte{0, 1, 255}, id
	if err := db.Sessions().Start(t.Context(), s, a.Epoch); err != nil {
		t.Fatalf("start session: %v", err)
	}
	return s
}

func upstreams(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	s := federated(t, db, a, "u1", "sid1")
	t.Run("it comes back with the session, and with a use when a recheck is due", func(t *testing.T) {
		got, _, err := db.Sessions().Find(t.Context(), s.ID, start)
		if diff := cmp.Diff(s, got); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
		for after, want := range map[time.Duration][]byte{0: nil, 5 * time.Minute: s.Upstream} {
			r := use(s, 0, after)
			used, err := db.Sessions().Touch(t.Context(), r)
			if err != nil || string(used.Session.Upstream) != string(want) {
				t.Errorf("after %v: got %v, %v, want %v", after, used.Session.Upstream, err, want)
			}
		}
	})
	t.Run("it can be replaced, and ends with the session", func(t *testing.T) {
		if err := db.Sessions().KeepUpstream(t.Context(), s.ID, []byte("new")); err != nil {
			t.Fatal(err)
		}
		if got, _, err := db.Sessions().Find(t.Context(), s.ID, start); err != nil || string(got.Upstream) != "new" {
			t.Errorf("got %q, %v, want the new one", got.Upstream, err)
		}
		if _, err := db.Sessions().End(t.Context(), s.ID, "logout", start); err != nil {
			t.Fatal(err)
		}
		if err := db.Sessions().KeepUpstream(t.Context(), s.ID, []byte("late")); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d.Raw(t), `SELECT COUNT(*) FROM sessions WHERE upstream <> ''`); n != 0 {
			t.Errorf("%d ended sessions still hold something", n)
		}
	})
}

func endingUpstream(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	alice, bob := add(t, db, "alice"), add(t, db, "bob")
	one, two := federated(t, db, alice, "u1", "sid1"), federated(t, db, alice, "u1", "sid2")
	other, none := federated(t, db, bob, "u2", "sid3"), federated(t, db, bob, "u2", "")
	alive := func() (ids []string) {
		for _, s := range []sessions.Session{one, two, other, none} {
			if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); err == nil {
				ids = append(ids, s.ID)
			}
		}
		return ids
	}
	end := func(t *testing.T, e broker.UpstreamEnd, want int) {
		t.Helper()
		e.Provider, e.Now, e.Reason, e.Expires = "okta", start, "upstream_logout", start.Add(time.Minute)
		if n, err := db.Sessions().EndUpstream(t.Context(), e); err != nil || n != want {
			t.Errorf("got %d, %v, want %d ended", n, err, want)
		}
	}
	t.Run("a session there ends just its own, and no other person's", func(t *testing.T) {
		end(t, broker.UpstreamEnd{Session: "sid1", Subject: "u3", Token: "t0"}, 0)
		end(t, broker.UpstreamEnd{Session: "sid1", Subject: "u1", Token: "t1"}, 1)
		if diff := cmp.Diff([]string{two.ID, other.ID, none.ID}, alive()); diff != "" {
			t.Errorf("alive: want -, got +:\n%s", diff)
		}
	})
	t.Run("a token that was used ends nothing", func(t *testing.T) {
		_, err := db.Sessions().EndUpstream(t.Context(), broker.UpstreamEnd{
			Provider: "okta", Subject: "u1", Now: start, Token: "t1", Expires: start.Add(time.Minute),
		})
		if !errors.Is(err, broker.ErrSpent) || len(alive()) != 3 {
			t.Errorf("got %v and %d alive, want ErrSpent and 3", err, len(alive()))
		}
	})
	t.Run("a session there may be one that the provider did not name when it began", func(t *testing.T) {
		end(t, broker.UpstreamEnd{Session: "sid9", Subject: "u2", Token: "t9"}, 1)
		if diff := cmp.Diff([]string{two.ID, other.ID}, alive()); diff != "" {
			t.Errorf("alive: want -, got +:\n%s", diff)
		}
	})
	t.Run("a person without a session there ends all of theirs", func(t *testing.T) {
		end(t, broker.UpstreamEnd{Subject: "u2", Token: "t2"}, 1)
		if diff := cmp.Diff([]string{two.ID}, alive()); diff != "" {
			t.Errorf("alive: want -, got +:\n%s", diff)
		}
	})
	t.Run("a name that says nothing ends nothing", func(t *testing.T) {
		end(t, broker.UpstreamEnd{}, 0)
	})
	t.Run("what was used is forgotten when it has expired", func(t *testing.T) {
		if err := db.Prune(t.Context(), start.Add(2*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d.Raw(t), `SELECT COUNT(*) FROM spent_tokens`); n != 0 {
			t.Errorf("%d are left, want none", n)
		}
	})
}

// spendRace: one token that reaches several replicas at once is used once.
func spendRace(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	for round := range 20 {
		var used, spent atomic.Int32
		together(8, func(i int) {
			_, err := dbs[i%2].Sessions().EndUpstream(t.Context(), broker.UpstreamEnd{
				Provider: "okta", Subject: "u", Now: start, Token: label(round), Expires: start.Add(time.Minute),
			})
			switch {
			case err == nil:
				used.Add(1)
			case errors.Is(err, broker.ErrSpent):
				spent.Add(1)
			}
		})
		if used.Load() != 1 || spent.Load() != 7 {
			t.Fatalf("round %d: %d used it and %d were refused, want 1 and 7", round, used.Load(), spent.Load())
		}
	}
}

func unlinking(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	links := func(t *testing.T, a broker.Account) []broker.LinkedIdentity {
		t.Helper()
		ids, err := db.Directory().Identities(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	t.Run("the local identity goes with its password", func(t *testing.T) {
		a := add(t, db, "alice")
		err := db.Directory().Unlink(t.Context(), a.ID, func(all []broker.LinkedIdentity) (broker.LinkedIdentity, []broker.Post, error) {
			return all[0], nil, nil
		})
		if err != nil || len(links(t, a)) != 0 {
			t.Fatalf("got %v and %d identities, want none", err, len(links(t, a)))
		}
		if n := count(t, d.Raw(t), `SELECT COUNT(*) FROM accounts WHERE password <> ''`); n != 0 {
			t.Error("the password is still there")
		}
	})
	t.Run("a refusal changes nothing", func(t *testing.T) {
		a, no := add(t, db, "bob"), errors.New("no")
		err := db.Directory().Unlink(t.Context(), a.ID, func(all []broker.LinkedIdentity) (broker.LinkedIdentity, []broker.Post, error) {
			return all[0], nil, no
		})
		if !errors.Is(err, no) || len(links(t, a)) != 1 {
			t.Errorf("got %v and %d identities, want the refusal and one", err, len(links(t, a)))
		}
	})
	t.Run("of two that go at once the second sees the first", func(t *testing.T) {
		other := d.Open(t, store.Options{})
		last := errors.New("the last way in")
		for round := range 20 {
			a := add(t, db, label(round))
			id := broker.LinkedIdentity{Provider: "okta", Subject: a.ID, AccountID: a.ID, Seen: start}
			if err := save(t.Context(), db, a, &id); err != nil {
				t.Fatal(err)
			}
			together(2, func(i int) {
				_ = []*store.DB{db, other}[i].Directory().Unlink(t.Context(), a.ID, func(all []broker.LinkedIdentity) (broker.LinkedIdentity, []broker.Post, error) {
					if len(all) == 1 {
						return broker.LinkedIdentity{}, nil, last
					}
					return all[i], nil, nil
				})
			})
			if n := len(links(t, a)); n != 1 {
				t.Fatalf("round %d: %d identities are left, want 1", round, n)
			}
		}
	})
}

func documents(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	want := func(t *testing.T, body string, fetched time.Time) {
		t.Helper()
		got, when, err := db.Documents().Document(t.Context(), "okta", "keys")
		if err != nil || string(got) != body || !when.Equal(fetched) {
			t.Errorf("got %q of %v, %v, want %q of %v", got, when, err, body, fetched)
		}
	}
	keep := func(t *testing.T, body string, fetched time.Time) {
		t.Helper()
		if err := db.Documents().KeepDocument(t.Context(), "okta", "keys", []byte(body), fetched); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("one that was never kept is empty", func(t *testing.T) { want(t, "", time.Time{}) })
	t.Run("the newest is kept, and each kind for itself", func(t *testing.T) {
		keep(t, "first", start)
		keep(t, "second", start.Add(time.Minute))
		keep(t, "older", start)
		if err := db.Documents().KeepDocument(t.Context(), "okta", "discovery", []byte("d"), start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		want(t, "second", start.Add(time.Minute))
	})
}
