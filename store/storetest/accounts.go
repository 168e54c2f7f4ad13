package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

func accounts(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := person("alice")
	a.Admin, a.GivenName, a.FamilyName, a.Picture, a.Origin = true, "Alice", "Müller (x)", "https://p", "corp"
	a.Groups = []broker.Group{{Name: "Family"}, {Name: "staff", Source: "corp"}}
	id := broker.LinkedIdentity{Provider: "corp", Subject: "s 1", AccountID: a.ID, Login: "al", Seen: start}
	if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a, Identity: &id}); err != nil {
		t.Fatal(err)
	}
	t.Run("what was created comes back whole", func(t *testing.T) {
		got, gotID, err := db.Accounts().ByIdentity(t.Context(), "corp", "s 1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got) + cmp.Diff(id, gotID); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
	t.Run("an address is found in any case and Unicode form", func(t *testing.T) {
		for _, email := range []string{"alice@example.org", "ALICE@Example.org", "ａlice@example.org"} {
			if got, err := db.Accounts().ByEmail(t.Context(), email); err != nil || got.ID != a.ID {
				t.Errorf("%s: got %q, %v, want %q", email, got.ID, err, a.ID)
			}
		}
	})
	t.Run("a user name is no address", func(t *testing.T) {
		if _, err := db.Accounts().ByEmail(t.Context(), "alice"); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
	})
}

func identities(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	add(t, db, "alice")
	taken := broker.LinkedIdentity{Provider: "corp", Subject: "s1", Login: "alice", Seen: start}
	if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: person("bob"), Identity: &taken}); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][2]string{
		"an unknown subject":         {"corp", "s2"},
		"another provider":           {"other", "s1"},
		"another case":               {"corp", "S1"},
		"an empty subject":           {"corp", ""},
		"invalid UTF-8":              {"corp", "s1\xff"},
		"a NUL":                      {"corp", "s1\x00"},
		"a name where no subject is": {"corp", "alice"},
	} {
		t.Run(name+" finds nobody", func(t *testing.T) {
			if a, _, err := db.Accounts().ByIdentity(t.Context(), key[0], key[1]); !errors.Is(err, broker.ErrNoAccount) {
				t.Errorf("got %q, %v, want ErrNoAccount", a.ID, err)
			}
		})
	}
	t.Run("an identity belongs to one account, and the loser leaves nothing", func(t *testing.T) {
		carol := person("carol")
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: carol, Identity: &taken}); !errors.Is(err, broker.ErrTaken) {
			t.Errorf("got %v, want ErrTaken", err)
		}
		if _, err := db.Directory().Account(t.Context(), carol.ID); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("the account: got %v, want ErrNoAccount", err)
		}
	})
	t.Run("S-20 a key that one engine could not store is refused by both", func(t *testing.T) {
		for _, subject := range []string{"", "a\x00b", "\xff", strings.Repeat("x", 1025)} {
			id := broker.LinkedIdentity{Provider: "corp", Subject: subject, Seen: start}
			if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: person("dave"), Identity: &id}); err == nil {
				t.Errorf("subject of %d bytes: got no error", len(subject))
			}
		}
	})
}

func saving(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	write := func(a broker.Account, id *broker.LinkedIdentity) error { return save(t.Context(), db, a, id) }
	t.Run("writes profile and identity but neither status, admin nor epoch", func(t *testing.T) {
		next := a
		next.Name, next.Status, next.Admin, next.Updated = "New", broker.Suspended, true, start.Add(time.Minute)
		id := broker.LinkedIdentity{Provider: "corp", Subject: "s1", AccountID: a.ID, Login: "al", Seen: start}
		if err := write(next, &id); err != nil {
			t.Fatal(err)
		}
		next.Status, next.Admin = a.Status, a.Admin
		got, gotID, err := db.Accounts().ByIdentity(t.Context(), "corp", "s1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(next, got) + cmp.Diff(id, gotID); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
	t.Run("an account that changed meanwhile is stale, and nothing is written", func(t *testing.T) {
		stale := a
		stale.Epoch, stale.Name = 7, "Stale"
		if err := write(stale, &broker.LinkedIdentity{Provider: "corp", Subject: "s9", Seen: start}); !errors.Is(err, broker.ErrStale) {
			t.Errorf("got %v, want ErrStale", err)
		}
		if _, _, err := db.Accounts().ByIdentity(t.Context(), "corp", "s9"); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("its identity: got %v, want ErrNoAccount", err)
		}
	})
}

func conflicts(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a, b := add(t, db, "alice"), add(t, db, "bob")
	write := func(a broker.Account, id *broker.LinkedIdentity) error { return save(t.Context(), db, a, id) }
	t.Run("somebody's name or identity is taken, and nothing is written", func(t *testing.T) {
		thief := b
		thief.Username, thief.Name = "ALICE", "Thief"
		if err := write(a, &broker.LinkedIdentity{Provider: "corp", Subject: "s1", Seen: start}); err != nil {
			t.Fatal(err)
		}
		if err := write(thief, nil); !errors.Is(err, broker.ErrTaken) {
			t.Errorf("name: got %v, want ErrTaken", err)
		}
		if err := write(b, &broker.LinkedIdentity{Provider: "corp", Subject: "s1", Seen: start}); !errors.Is(err, broker.ErrTaken) {
			t.Errorf("identity: got %v, want ErrTaken", err)
		}
		if got, err := db.Directory().Account(t.Context(), b.ID); err != nil || got.Name != b.Name {
			t.Errorf("got name %q, %v, want %q", got.Name, err, b.Name)
		}
	})
	t.Run("a name that was left is free, one that was kept is not", func(t *testing.T) {
		next := a
		next.Username = "alicia"
		if err := write(next, nil); err != nil {
			t.Fatal(err)
		}
		other := b
		other.Username = "alice"
		if err := write(other, nil); err != nil {
			t.Errorf("the old name: %v", err)
		}
		other.Email = "alice@example.org"
		if err := write(other, nil); !errors.Is(err, broker.ErrTaken) {
			t.Errorf("the address: got %v, want ErrTaken", err)
		}
	})
}

func names(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	add(t, db, "alice")
	for name, other := range map[string]broker.Account{
		"L-14 nobody takes somebody's address as a user name": {Username: "alice@example.org"},
		"L-14 nor in another case":                            {Username: "Alice@EXAMPLE.org"},
		"L-14 nobody takes somebody's user name as address":   {Email: "alice"},
		"L-14 nor the same user name in another form":         {Username: "ＡＬＩＣＥ"},
		"L-14 nor the same address":                           {Email: "ALICE@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			a := person("x")
			a.Username, a.Email = other.Username, other.Email
			if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a}); !errors.Is(err, broker.ErrTaken) {
				t.Errorf("got %v, want ErrTaken", err)
			}
		})
	}
	t.Run("L-14 of many who want one name at once, one gets it", func(t *testing.T) {
		second := d.Open(t, store.Options{})
		errs := make([]error, 20)
		together(len(errs), func(i int) {
			a := person("wanted")
			a.Email = ""
			errs[i] = []*store.DB{db, second}[i%2].Accounts().Create(t.Context(), broker.Newcomer{Account: a})
		})
		var got int
		for _, err := range errs {
			if err == nil {
				got++
			} else if !errors.Is(err, broker.ErrTaken) {
				t.Errorf("got %v, want ErrTaken", err)
			}
		}
		if got != 1 {
			t.Errorf("%d got the name, want 1", got)
		}
	})
}
