package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// listed are the user names of all pages of a query, in their order.
func listed(t *testing.T, db *store.DB, q broker.Query) (out []string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 3
	}
	for {
		p, err := db.Directory().List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Accounts) > q.Limit || len(p.Accounts) < q.Limit && p.Next != "" {
			t.Fatalf("got a page of %d with next %q, want %d but at the end", len(p.Accounts), p.Next, q.Limit)
		}
		for _, a := range p.Accounts {
			out = append(out, a.Username)
		}
		if q.After = p.Next; p.Next == "" {
			return out
		}
	}
}

// town is a dozen people: every second one is in a group, every third one is
// suspended, the first and the last are administrators.
func town(t *testing.T, db *store.DB) (names []string) {
	t.Helper()
	for i := range 12 {
		a := person(label(i))
		a.Created = start.Add(time.Duration(i/3) * time.Second) // some at the same moment
		a.Admin = i == 0 || i == 11
		if i%2 == 0 {
			a.Groups = []broker.Group{{Name: "Even", Source: "corp"}, {Name: "Even"}, {Name: "x" + a.Username}}
		}
		if i%3 == 0 {
			a.Status = broker.Suspended
		}
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a}); err != nil {
			t.Fatal(err)
		}
		names = append(names, a.Username)
	}
	return names
}

func listing(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	all := town(t, db)
	yes, no := true, false
	pick := func(keep func(i int) bool) (out []string) {
		for i, n := range all {
			if keep(i) {
				out = append(out, n)
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		query broker.Query
		want  func(i int) bool
	}{
		"everybody":                        {broker.Query{}, func(int) bool { return true }},
		"those of a status":                {broker.Query{Status: broker.Suspended}, func(i int) bool { return i%3 == 0 }},
		"those who are active":             {broker.Query{Status: broker.Active}, func(i int) bool { return i%3 != 0 }},
		"administrators":                   {broker.Query{Admin: &yes}, func(i int) bool { return i == 0 || i == 11 }},
		"administrators who are active":    {broker.Query{Admin: &yes, Status: broker.Active}, func(i int) bool { return i == 11 }},
		"all but administrators":           {broker.Query{Admin: &no}, func(i int) bool { return i != 0 && i != 11 }},
		"a group, each once":               {broker.Query{Group: "Even"}, func(i int) bool { return i%2 == 0 }},
		"a group and a status":             {broker.Query{Group: "Even", Status: broker.Suspended}, func(i int) bool { return i%6 == 0 }},
		"a group by another case":          {broker.Query{Group: "even"}, func(int) bool { return false }},
		"a search and a group":             {broker.Query{Search: "person", Group: "Even"}, func(i int) bool { return i%2 == 0 }},
		"a search, a status and the right": {broker.Query{Search: "person", Status: broker.Suspended, Admin: &yes}, func(i int) bool { return i == 0 }},
		"nobody of that status":            {broker.Query{Status: broker.Invited}, func(int) bool { return false }},
	} {
		t.Run("pages of "+name+" have them all once", func(t *testing.T) {
			got := listed(t, db, c.query)
			slices.Sort(got)
			if diff := cmp.Diff(pick(c.want), got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	t.Run("the newest come first", func(t *testing.T) {
		got := listed(t, db, broker.Query{Limit: 12})
		for i, group := range [][]string{all[9:12], all[6:9], all[3:6], all[0:3]} {
			part := slices.Sorted(slices.Values(got[3*i : 3*i+3]))
			if diff := cmp.Diff(group, part); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		}
	})
	t.Run("A-06 a list does not go on from anywhere else", func(t *testing.T) {
		p, err := db.Directory().List(t.Context(), broker.Query{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, after := range []string{"x", "Yw", "dP8", "!", p.Next + "_w", "dAAA", "' OR 1=1 --"} {
			_, err := db.Directory().List(t.Context(), broker.Query{After: after})
			if !errors.Is(err, broker.ErrPlace) {
				t.Errorf("%q: got %v, want ErrPlace", after, err)
			}
		}
		if _, err := db.Directory().List(t.Context(), broker.Query{After: p.Next, Search: "person"}); !errors.Is(err, broker.ErrPlace) {
			t.Errorf("a place of another list: got %v, want ErrPlace", err)
		}
	})
}

func searching(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	for _, a := range []broker.Account{
		{Username: "jsmith", Email: "John.Smith-Jones@Example.ORG", Name: "John Smith-Jones"},
		{Username: "strasse", Email: "s@example.org", Name: "Jürgen Große Straße"},
		{Username: "o_brien%", Email: "ob@example.net", GivenName: "Síle", FamilyName: "O'Brien"},
		{Username: "smithers", Email: "w.smithers@plant.example", Name: "Waylon Smithers"},
	} {
		p := person(a.Username)
		p.Email, p.Name, p.GivenName, p.FamilyName = a.Email, a.Name, a.GivenName, a.FamilyName
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: p}); err != nil {
			t.Fatal(err)
		}
	}
	for search, want := range map[string][]string{
		"SMITH": {"jsmith", "smithers"}, "jones": {"jsmith"}, "smith-j": {"jsmith"}, "john.smith-jones@ex": {"jsmith"},
		"smith john": {"jsmith"}, "example.org": {"jsmith", "strasse"}, "org": nil, "GROSSE": {"strasse"}, "straß": {"strasse"},
		"brien": {"o_brien%"}, "o'b": {"o_brien%"}, "o_b": {"o_brien%"}, "brien%": {"o_brien%"}, "síle": {"o_brien%"},
		"  waylon   smi ": {"smithers"}, "waylon jones": nil, "mith": nil, "%": nil, "_": nil, "\\": nil, "'": nil, "\x00": nil, "\xff": nil,
		"' OR '1'='1": nil, "$$x$$": nil,
	} {
		t.Run("a search for "+search, func(t *testing.T) {
			got := listed(t, db, broker.Query{Search: search, Limit: 1})
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	t.Run("who has more words that match is there once", func(t *testing.T) {
		if got := listed(t, db, broker.Query{Search: "s", Limit: 1}); len(got) != 4 {
			t.Errorf("got %q, want each of four once", got)
		}
	})
}

// reindexing: whoever changes an account, it is found by what it is now.
func reindexing(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	found := func(t *testing.T, q broker.Query, want bool) {
		t.Helper()
		if got := listed(t, db, q); (len(got) == 1) != want {
			t.Errorf("%+v: got %q, want it to be found: %t", q, got, want)
		}
	}
	t.Run("after a sign-in that brought another name and other groups", func(t *testing.T) {
		a.Name, a.Groups = "Alice Cooper", []broker.Group{{Name: "staff", Source: "corp"}}
		if err := save(t.Context(), db, a, nil); err != nil {
			t.Fatal(err)
		}
		found(t, broker.Query{Search: "cooper"}, true)
		found(t, broker.Query{Group: "staff"}, true)
	})
	t.Run("after a change by an administrator", func(t *testing.T) {
		_, err := edit(t.Context(), db, a.ID, func(a *broker.Account) error { a.Name, a.Groups = "Alice Liddell", nil; return nil })
		if err != nil {
			t.Fatal(err)
		}
		found(t, broker.Query{Search: "cooper"}, false)
		found(t, broker.Query{Search: "liddell"}, true)
		found(t, broker.Query{Group: "staff"}, false)
	})
	t.Run("after an import", func(t *testing.T) {
		p := person("imported")
		p.Groups = []broker.Group{{Name: "staff"}}
		if _, err := db.Imports().Import(t.Context(), []broker.Enlistment{{Newcomer: broker.Newcomer{Account: p}}}, false); err != nil {
			t.Fatal(err)
		}
		found(t, broker.Query{Search: "imported"}, true)
		found(t, broker.Query{Group: "staff"}, true)
	})
	t.Run("not at all when it was removed", func(t *testing.T) {
		if _, err := db.Registry().Remove(t.Context(), broker.Removal{AccountID: a.ID}); err != nil {
			t.Fatal(err)
		}
		found(t, broker.Query{Search: "liddell"}, false)
	})
}

// filling: who was there before there was an index is found.
func filling(t *testing.T, d Database) {
	names := town(t, d.Open(t, store.Options{}))
	raw := d.Raw(t)
	for _, undo := range []string{
		`DELETE FROM search_terms`, `DELETE FROM account_groups`,
		`DROP INDEX accounts_number`, `DROP INDEX accounts_unnumbered`,
		`ALTER TABLE accounts DROP COLUMN number`, `DELETE FROM counters WHERE name = 'accounts_number'`,
		`DELETE FROM goose_db_version WHERE version_id >= 7`,
	} {
		exec(t, raw, undo)
	}
	db := d.Open(t, store.Options{})
	if diff := cmp.Diff(names, listed(t, db, broker.Query{Search: "person"})); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if got := listed(t, db, broker.Query{Group: "Even"}); len(got) != 6 {
		t.Errorf("got %q, want six", got)
	}
	if got := roll(t, db, 0, 1000); len(got) != count(t, raw, `SELECT COUNT(*) FROM accounts`) {
		t.Errorf("got the numbers %q, want one for everybody", got)
	}
}

func groups(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	for i, g := range [][]broker.Group{
		{{Name: "Family"}}, {{Name: "Family", Source: "corp"}, {Name: "Family"}}, {{Name: "Family", Source: "corp"}, {Name: "Staff", Source: "corp"}}, nil,
	} {
		a := person(label(i))
		a.Groups = g
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Directory().Groups(t.Context())
	want := []broker.GroupCount{
		{Name: "Family", Members: 3, Sources: map[string]int{"": 2, "corp": 2}},
		{Name: "Staff", Members: 1, Sources: map[string]int{"corp": 1}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, want -, got +:\n%s", err, diff)
	}
}
