package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// newcomer is a person with a password, as an import brings them.
func newcomer(name string) broker.Enlistment {
	return broker.Enlistment{Newcomer: broker.Newcomer{Account: person(name), PasswordHash: "hash of " + name}}
}

// everything is somebody with all that an import can bring.
func everything() broker.Enlistment {
	e := newcomer("Élodie")
	a := &e.Account
	a.Admin, a.GivenName, a.FamilyName = true, "Élodie", "Dubois (x)"
	a.Groups = []broker.Group{{Name: "Family"}, {Name: "Staff of 'Lyon'"}}
	a.Created = start.Add(-1000 * time.Hour)
	e.Identity = &broker.LinkedIdentity{Provider: "corp", Subject: "s 1", Login: "élo", Seen: start}
	e.Issue = &broker.Ticket{Hash: "h1", Purpose: broker.PurposeInvite, Email: a.Email, Expires: start.Add(time.Hour)}
	e.Letters = []broker.Post{{ID: uuid.NewString(), Sealed: []byte{1, 0, 255}, Created: start}}
	return e
}

// admit imports a batch and returns what became of each: "added", "present",
// or the field for which it was skipped.
func admit(t testing.TB, db *store.DB, batch ...broker.Enlistment) []string {
	t.Helper()
	got, err := db.Imports().Import(t.Context(), batch, false)
	if err != nil {
		t.Fatal(err)
	}
	return fates(got)
}

func fates(verdicts []broker.Verdict) []string {
	out := make([]string, len(verdicts))
	for i, v := range verdicts {
		out[i] = string(v.Fate)
		if v.Fate == broker.FateSkipped {
			out[i] = v.Field
		}
	}
	return out
}

func importing(t *testing.T, d Database) {
	db, raw := d.Open(t, store.Options{}), d.Raw(t)
	t.Run("who is imported is stored as who is created", func(t *testing.T) {
		e := everything()
		deed := broker.Deed{Issue: e.Issue, Letters: e.Letters}
		if err := db.Members().Enlist(t.Context(), e.Newcomer, deed); err != nil {
			t.Fatal(err)
		}
		want := snapshot(t, raw)
		for _, table := range []string{"outbox", "accounts"} {
			exec(t, raw, "DELETE FROM "+table)
		}
		if got := admit(t, db, e); !slices.Equal(got, []string{"added"}) {
			t.Fatalf("got %v, want added", got)
		}
		if diff := cmp.Diff(unturned(want), unturned(snapshot(t, raw))); diff != "" {
			t.Errorf("created -, imported +:\n%s", diff)
		}
	})
	t.Run("somebody without a password and without an address is there too", func(t *testing.T) {
		e := broker.Enlistment{Newcomer: broker.Newcomer{Account: person("bare")}}
		e.Account.Email, e.Account.EmailConfirmed = "", false
		admit(t, db, e)
		got, err := db.Directory().Account(t.Context(), "BARE")
		if diff := cmp.Diff(e.Account, got); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
		if ids, err := db.Directory().Identities(t.Context(), e.Account.ID); err != nil || len(ids) != 0 {
			t.Errorf("got the identities %v, %v; want none", ids, err)
		}
	})
	t.Run("a batch of more than one statement's worth is in whole", func(t *testing.T) {
		var batch []broker.Enlistment
		for i := range 321 {
			batch = append(batch, newcomer(fmt.Sprintf("many%d", i)))
		}
		admit(t, db, batch...)
		for _, e := range batch {
			c, err := db.Credentials().Credential(t.Context(), e.Account.Email)
			if err != nil || c.AccountID != e.Account.ID || c.Hash != e.PasswordHash {
				t.Fatalf("%s: got %+v, %v", e.Account.Username, c, err)
			}
		}
	})
	t.Run("letters wake who sends them", func(t *testing.T) {
		select {
		case <-db.Outbox().Posted():
		default:
			t.Error("nobody was told")
		}
	})
	t.Run("identities and the second factor come along", func(t *testing.T) {
		e := newcomer("linked")
		e.Account.SecondFactor, e.Seed = true, []byte{1, 0, 255}
		e.Identities = []broker.LinkedIdentity{{Provider: "corp", Subject: "s2", Seen: start}, {Provider: "okta", Subject: "s2", Seen: start}}
		if got := admit(t, db, e); !slices.Equal(got, []string{"added"}) {
			t.Fatalf("got %v, want added", got)
		}
		for _, provider := range []string{"corp", "okta"} {
			a, _, err := db.Accounts().ByIdentity(t.Context(), provider, "s2")
			if err != nil || a.ID != e.Account.ID || !a.SecondFactor {
				t.Errorf("%s: got %+v, %v; want the newcomer", provider, a, err)
			}
		}
		f, err := db.Members().Factor(t.Context(), e.Account.ID)
		if diff := cmp.Diff(broker.Factor{Seed: e.Seed}, f); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
	})
	t.Run("an empty batch is none", func(t *testing.T) {
		if got := admit(t, db); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

// unturned is a snapshot without the turn of names, which every try takes.
func unturned(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "counters ") }), "\n")
}

func importJudgement(t *testing.T, d Database) {
	db, raw := d.Open(t, store.Options{}), d.Raw(t)
	alice := add(t, db, "alice")
	hearsay := person("hearsay")
	hearsay.EmailHearsay = true
	if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: hearsay}); err != nil {
		t.Fatal(err)
	}
	as := func(change func(*broker.Enlistment), names ...string) broker.Enlistment {
		e := newcomer("x")
		e.Account.Username, e.Account.Email = names[0], names[1]
		if change != nil {
			change(&e)
		}
		return e
	}
	keep := func(e *broker.Enlistment) { e.KeepID = true }
	at := func(provider, subject string) func(*broker.Enlistment) {
		return func(e *broker.Enlistment) {
			e.Identities = []broker.LinkedIdentity{{Provider: "spare", Subject: e.Account.Username}, {Provider: provider, Subject: subject}}
		}
	}
	linked := newcomer("linked")
	at("corp", "s1")(&linked)
	admit(t, db, linked)
	aliceID := func(e *broker.Enlistment) { e.Account.ID, e.KeepID = alice.ID, true }
	long := strings.Repeat("ﷺ", 85) // 18 letters each, once normalised
	for _, c := range []struct {
		name  string
		batch []broker.Enlistment
		want  []string
	}{
		{"the same names, in any spelling, are the same person", []broker.Enlistment{as(nil, "ALICE", "Alice@Example.org")}, []string{"present"}},
		{"the same id is the same person, whatever the names", []broker.Enlistment{as(aliceID, "other", "other@example.org")}, []string{"present"}},
		{"the same names under another id are not", []broker.Enlistment{as(keep, "alice", "alice@example.org")}, []string{"id"}},
		{"L-14 a user name is taken", []broker.Enlistment{as(nil, "Alice", "new@example.org")}, []string{"username"}},
		{"L-14 an address is taken", []broker.Enlistment{as(nil, "new", "ＡLICE@example.org")}, []string{"email"}},
		{"L-14 a user name that is somebody's address is taken", []broker.Enlistment{as(nil, "alice＠example.org", "")}, []string{"username"}},
		{"one name of two is not the same person", []broker.Enlistment{as(nil, "alice", ""), as(nil, "", "alice@example.org")}, []string{"username", "email"}},
		{"names of two people are nobody's", []broker.Enlistment{as(nil, "alice", "hearsay@example.org")}, []string{"username"}},
		{"an address that is hearsay about another is free", []broker.Enlistment{as(nil, "owner", "hearsay@example.org")}, []string{"added"}},
		{"of two in one batch the first gets the name", []broker.Enlistment{
			as(nil, "bob", "bob@example.org"), as(nil, "BOB", "bob2@example.org"), as(nil, "bob3", "Bob@example.org"), as(nil, "bob", "bob@example.org"),
		}, []string{"added", "username", "email", "username"}},
		{"of two in one batch the first is the one who is there", []broker.Enlistment{
			as(nil, "alice", "alice@example.org"), as(nil, "alice", "alice@example.org"), as(aliceID, "alice", "alice@example.org"),
		}, []string{"present", "username", "id"}},
		{"two of one id are not two", []broker.Enlistment{
			as(func(e *broker.Enlistment) { e.Account.ID = "twin" }, "twin1", ""), as(func(e *broker.Enlistment) { e.Account.ID = "twin" }, "twin2", ""),
		}, []string{"added", "id"}},
		{"a user name that is one's own address is one name", []broker.Enlistment{as(nil, "own＠example.org", "own@example.org")}, []string{"added"}},
		{"an identity that leads to somebody else is taken", []broker.Enlistment{as(at("corp", "s1"), "dave", "dave@example.org")}, []string{"identity"}},
		{"the same id at another provider is free, and so is another spelling", []broker.Enlistment{
			as(at("okta", "s1"), "erin", "erin@example.org"), as(at("corp", "S1"), "erik", "erik@example.org"),
		}, []string{"added", "added"}},
		{"of two in one batch the first gets the identity", []broker.Enlistment{
			as(at("corp", "s9"), "fay", "fay@example.org"), as(at("corp", "s9"), "fred", "fred@example.org"), as(nil, "fred", "fred@example.org"),
		}, []string{"added", "identity", "added"}},
		{"who is there already is, whatever identities come", []broker.Enlistment{as(at("corp", "s1"), "alice", "alice@example.org")}, []string{"present"}},
		{"S-20 an identity that cannot be stored stops nobody else", []broker.Enlistment{
			as(at("corp", "a\x00b"), "gus", "gus@example.org"), as(at("", "x"), "gwen", "gwen@example.org"), as(nil, "gina", "gina@example.org"),
		}, []string{"identity", "identity", "added"}},
		{"S-20 a key that cannot be stored stops nobody else", []broker.Enlistment{
			as(nil, long, ""), as(nil, "", long+"@example.org"), as(func(e *broker.Enlistment) { e.Account.ID = "a\x00b" }, "nul", ""), as(nil, "carol", "carol@example.org"),
		}, []string{"username", "email", "id", "added"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := snapshot(t, raw)
			dry, err := db.Imports().Import(t.Context(), c.batch, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, snapshot(t, raw)); diff != "" {
				t.Fatalf("a dry run changed:\n%s", diff)
			}
			wet, err := db.Imports().Import(t.Context(), c.batch, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := fates(wet); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if diff := cmp.Diff(wet, dry); diff != "" {
				t.Errorf("wet -, dry +:\n%s", diff)
			}
			if !slices.Contains(c.want, "added") && unturned(before) != unturned(snapshot(t, raw)) {
				t.Errorf("somebody who was not added changed:\n%s", cmp.Diff(before, snapshot(t, raw)))
			}
		})
	}
}

func importFailures(t *testing.T, d Database) {
	raw := d.Raw(t)
	d.Open(t, store.Options{})
	bob := brought("bob", 7)
	bob.Identities, bob.Seed = []broker.LinkedIdentity{{Provider: "okta", Subject: "b"}}, []byte{1}
	batch := []broker.Enlistment{everything(), bob}
	before := unturned(snapshot(t, raw))
	t.Run("S-03 whichever statement fails, nothing is half done", func(t *testing.T) {
		for k := 1; ; k++ {
			b := &breaker{left: k}
			db := d.Open(t, store.Options{Fail: b.fail})
			_, err := db.Imports().Import(t.Context(), batch, false)
			if b.left > 0 && err == nil {
				if k < 11 {
					t.Errorf("only %d statements were tried", k)
				}
				break
			}
			if !errors.Is(err, errBroken) {
				t.Fatalf("statement %d: got %v, want what broke", k, err)
			}
			if diff := cmp.Diff(before, unturned(snapshot(t, raw))); diff != "" {
				t.Fatalf("statement %d left something:\n%s", k, diff)
			}
		}
	})
	t.Run("an import that is called off leaves nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		db := d.Open(t, store.Options{})
		now := snapshot(t, raw)
		if _, err := db.Imports().Import(ctx, []broker.Enlistment{newcomer("late")}, false); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if diff := cmp.Diff(now, snapshot(t, raw)); diff != "" {
			t.Errorf("it left something:\n%s", diff)
		}
	})
}

func importRace(t *testing.T, d Database) {
	const many = 40
	dbs := replicas(t, d, 2)
	t.Run("two imports of the same people beside registrations: each person is in once", func(t *testing.T) {
		for round := range rounds / 4 {
			name := func(i int) string { return fmt.Sprintf("r%dn%d", round, i) }
			added := make([]int, 6)
			together(6, func(caller int) {
				for first := 0; first < many; first += 10 {
					if caller < 4 {
						added[caller] += importTen(t, dbs[caller%2], name, first)
						continue
					}
					for i := first; i < first+10; i++ {
						n := newcomer(name(i)).Newcomer
						err := insist(func() error { return dbs[caller%2].Accounts().Create(t.Context(), n) })
						if err == nil {
							added[caller]++
						} else if !errors.Is(err, broker.ErrTaken) {
							t.Errorf("create: %v", err)
						}
					}
				}
			})
			sum := 0
			for _, n := range added {
				sum += n
			}
			if sum != many {
				t.Errorf("round %d: %v were added, %d in all; want %d", round, added, sum, many)
			}
		}
	})
}

// importTen imports ten of the people and returns how many were new.
func importTen(t testing.TB, db *store.DB, name func(int) string, first int) (added int) {
	var batch []broker.Enlistment
	for i := range 10 {
		batch = append(batch, newcomer(name(first+i)))
	}
	var got []broker.Verdict
	err := insist(func() (err error) {
		got, err = db.Imports().Import(t.Context(), batch, false)
		return err
	})
	if err != nil {
		t.Errorf("import: %v", err)
	}
	for _, v := range got {
		switch v.Fate {
		case broker.FateAdded:
			added++
		case broker.FateSkipped:
			t.Errorf("got %+v, want added or present", v)
		}
	}
	return added
}
