package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/store"
)

func directory(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	dir := db.Directory()
	a := add(t, db, "alice")
	t.Run("an account is found by id, user name and address", func(t *testing.T) {
		for _, ref := range []string{a.ID, "Alice", "alice@EXAMPLE.org"} {
			if got, err := dir.Account(t.Context(), ref); err != nil || got.ID != a.ID {
				t.Errorf("%q: got %q, %v", ref, got.ID, err)
			}
		}
		for _, ref := range []string{"", "nobody", "%", "\xff", "a\x00"} {
			if _, err := dir.Account(t.Context(), ref); !errors.Is(err, broker.ErrNoAccount) {
				t.Errorf("%q: got %v, want ErrNoAccount", ref, err)
			}
		}
	})
	t.Run("a user name that looks like somebody's id does not lead away from them", func(t *testing.T) {
		mimic := person("mimic")
		mimic.Username = a.ID
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: mimic}); err != nil {
			t.Fatal(err)
		}
		if got, err := dir.Account(t.Context(), a.ID); err != nil || got.ID != a.ID {
			t.Errorf("got %q, %v, want %q", got.ID, err, a.ID)
		}
	})
}

func changing(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	dir := db.Directory()
	a := add(t, db, "alice")
	t.Run("a change is kept, and one of status raises the epoch", func(t *testing.T) {
		got, err := edit(t.Context(), db, a.ID, func(a *broker.Account) error {
			a.ID, a.Epoch, a.Created = "other", 99, time.Time{}
			a.Admin, a.Username, a.Updated = true, "alicia", start.Add(time.Minute)
			return nil
		})
		want := a
		want.Admin, want.Username, want.Updated = true, "alicia", start.Add(time.Minute)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
		got, err = edit(t.Context(), db, a.ID, func(a *broker.Account) error { a.Status = broker.Suspended; return nil })
		if err != nil || got.Epoch != a.Epoch+1 {
			t.Errorf("got epoch %d, %v, want %d", got.Epoch, err, a.Epoch+1)
		}
		again, err := dir.Account(t.Context(), "alicia")
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
	})
	t.Run("an error of the change is returned, and nothing is changed", func(t *testing.T) {
		refusal := errors.New("no")
		if _, err := edit(t.Context(), db, a.ID, func(a *broker.Account) error { a.Name = "X"; return refusal }); !errors.Is(err, refusal) {
			t.Errorf("got %v, want the error itself", err)
		}
		if got, err := dir.Account(t.Context(), a.ID); err != nil || got.Name != a.Name {
			t.Errorf("got %q, %v, want %q", got.Name, err, a.Name)
		}
		if _, err := edit(t.Context(), db, "nobody", func(*broker.Account) error { return nil }); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
	})
	t.Run("changes at once from two replicas are all kept", func(t *testing.T) { manyChanges(t, d, db) })
	t.Run("pages list everybody once, in order of creation", func(t *testing.T) { pages(t, d) })
}

func manyChanges(t *testing.T, d Database, db *store.DB) {
	const callers = 20
	second := d.Open(t, store.Options{})
	b := add(t, db, "bob")
	together(callers, func(i int) {
		_, err := edit(t.Context(), []*store.DB{db, second}[i%2], b.ID, func(a *broker.Account) error {
			a.Groups = append(a.Groups, broker.Group{Name: label(i)})
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	got, err := db.Directory().Account(t.Context(), b.ID)
	if err != nil || len(got.Groups) != callers {
		t.Errorf("got %d groups, %v, want %d", len(got.Groups), err, callers)
	}
}

func pages(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	var want []string
	for i := range 25 {
		a := person(label(i))
		a.Created = start.Add(time.Duration(i/3)*time.Second).AddDate(1, 0, 0) // some at the same moment
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a}); err != nil {
			t.Fatal(err)
		}
		want = append(want, a.Username)
	}
	var got []string
	q := broker.Query{Search: "PERSON0", Limit: 10}
	for {
		page, err := db.Directory().List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Accounts {
			got = append(got, a.Username)
		}
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	for _, wildcard := range []string{"%", "_", "!", "pers%01"} {
		if page, err := db.Directory().List(t.Context(), broker.Query{Search: wildcard}); err != nil || len(page.Accounts) != 0 {
			t.Errorf("search %q: got %d, %v, want none", wildcard, len(page.Accounts), err)
		}
	}
}

func credentials(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	credential := func(login string) (local.Credential, error) { return db.Credentials().Credential(t.Context(), login) }
	t.Run("is found by user name and by address", func(t *testing.T) {
		want := local.Credential{AccountID: a.ID, Username: "alice", Email: "alice@example.org", Hash: "hash of alice"}
		for _, login := range []string{"ALICE", "Alice@Example.org"} {
			if got, err := credential(login); err != nil || got != want {
				t.Errorf("%q: got %+v, %v, want %+v", login, got, err, want)
			}
		}
	})
	t.Run("of nobody is none", func(t *testing.T) {
		for _, login := range []string{"", "bob", "\xff", a.ID} {
			if _, err := credential(login); !errors.Is(err, local.ErrNoCredential) {
				t.Errorf("%q: got %v, want ErrNoCredential", login, err)
			}
		}
	})
	t.Run("L-05 without a password the hash is empty and there is no local identity", func(t *testing.T) {
		b := person("bob")
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: b}); err != nil {
			t.Fatal(err)
		}
		if got, err := credential("bob"); err != nil || got.Hash != "" {
			t.Errorf("got %+v, %v, want no hash", got, err)
		}
		if ids, err := db.Directory().Identities(t.Context(), b.ID); err != nil || len(ids) != 0 {
			t.Errorf("got %+v, %v, want none", ids, err)
		}
	})
}

func passwords(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	credential := func(login string) (local.Credential, error) { return db.Credentials().Credential(t.Context(), login) }
	t.Run("P-02 a hash is renewed only while it is the old one", func(t *testing.T) {
		for _, step := range []struct{ old, new, want string }{
			{"hash of alice", "better", "better"}, {"hash of alice", "late", "better"},
		} {
			if err := db.Credentials().Rehash(t.Context(), a.ID, step.old, step.new); err != nil {
				t.Fatal(err)
			}
			if got, _ := credential("alice"); got.Hash != step.want {
				t.Errorf("%q → %q: got %q, want %q", step.old, step.new, got.Hash, step.want)
			}
		}
		if got, _ := db.Directory().Account(t.Context(), a.ID); got.Epoch != a.Epoch {
			t.Errorf("got epoch %d, want %d", got.Epoch, a.Epoch)
		}
	})
	t.Run("a local identity is there exactly while there is a password", func(t *testing.T) {
		for i, hash := range []string{"new", "", "", "newer"} {
			if err := db.Directory().SetPassword(t.Context(), a.ID, hash); err != nil {
				t.Fatal(err)
			}
			_, id, err := db.Accounts().ByIdentity(t.Context(), broker.LocalRealm, a.ID)
			if has := err == nil; has != (hash != "") {
				t.Errorf("password %q: identity %t, %v", hash, has, err)
			}
			if hash != "" && id.Login != "alice" {
				t.Errorf("got login %q, want alice", id.Login)
			}
			if got, _ := db.Directory().Account(t.Context(), a.ID); got.Epoch != a.Epoch+int64(i)+1 {
				t.Errorf("got epoch %d, want %d", got.Epoch, a.Epoch+int64(i)+1)
			}
		}
		if err := db.Directory().SetPassword(t.Context(), "nobody", "x"); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
	})
}
