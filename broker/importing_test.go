package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/factor"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/sessions"
)

// importer imports into a house. A hash is readable when it begins with "hash".
func (h *house) importer(change ...func(*broker.ImporterConfig)) *broker.Importer {
	c := broker.ImporterConfig{
		Store: h.db.Imports(), Normalise: local.Normalise, Source: "people.csv", Now: h.clock.now, Random: rand.Reader,
		Readable: func(hash string) error {
			if strings.HasPrefix(hash, "hash") {
				return nil
			}
			return errors.New("unreadable password hash")
		},
	}
	for _, f := range change {
		f(&c)
	}
	return broker.NewImporter(h.Broker, c)
}

// imported imports people, in lines from 2 on, and returns what became of each:
// "added", "present", or field and reason.
func imported(t testing.TB, m *broker.Importer, people ...broker.ImportedPerson) []string {
	t.Helper()
	for i := range people {
		if people[i].Place == 0 {
			people[i].Place = i + 2
		}
	}
	results, err := m.Import(t.Context(), people)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(results))
	for i, r := range results {
		out[i] = string(r.Fate)
		if r.Fate == broker.FateSkipped {
			out[i] = r.Field + " " + r.Reason
		}
		if (r.Fate == broker.FateSkipped) != (r.Advice != "") || (r.Fate == broker.FateSkipped) == (r.AccountID != "") {
			t.Errorf("got %+v: only who was skipped has advice, and only who was not an account", r)
		}
	}
	return out
}

func TestAPersonIsImportedWhole(t *testing.T) {
	h := newHouse(t)
	created := time.Date(2019, 1, 2, 3, 4, 5, 0, time.UTC)
	p := broker.ImportedPerson{
		ID: "9B2F0C3E1D4A4F6B8C7D2E1F0A9B8C7D", Username: "alice", Email: "Alice@Example.ORG", Confirmed: true,
		Hash: "hash of right password", Name: " Alice Adams ", GivenName: "Alice", FamilyName: "Adams",
		Groups: []string{"staff", " family ", "staff"}, Admin: true, Created: created,
	}
	if got := imported(t, h.importer(), p); !slices.Equal(got, []string{"added"}) {
		t.Fatalf("got %q, want added", got)
	}
	a, ids, err := h.admin.Find(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	want := broker.Account{
		ID: "9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d", Status: broker.Active, Admin: true, Username: "alice",
		Email: "Alice@example.org", EmailConfirmed: true, Name: "Alice Adams", GivenName: "Alice", FamilyName: "Adams",
		Groups: []broker.Group{{Name: "family"}, {Name: "staff"}}, Epoch: 1, Created: created, Updated: h.clock.now(),
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if len(ids) != 1 || ids[0].Provider != broker.LocalRealm {
		t.Errorf("got the identities %+v, want the local one", ids)
	}
	l := h.signIn(t, "local", "ALICE", "right password")
	if l.Claims.Subject != a.ID || !l.Claims.IsAdmin {
		t.Errorf("signed in as %+v", l.Claims)
	}
}

// bad is a line that is not good, and why.
type bad struct {
	name   string
	change func(*broker.ImportedPerson)
	want   string
}

func badLines() []bad {
	long := strings.Repeat("x", 257)
	return []bad{
		{"nobody", func(p *broker.ImportedPerson) { p.Username, p.Email = "", "" }, "username malformed"},
		{"an address as user name", func(p *broker.ImportedPerson) { p.Username = "x@example.org" }, "username malformed"},
		{"a user name with a line end", func(p *broker.ImportedPerson) { p.Username = "x\ny" }, "username malformed"},
		{"a user name with a blank behind it", func(p *broker.ImportedPerson) { p.Username = "x " }, "username malformed"},
		{"a user name that is too long", func(p *broker.ImportedPerson) { p.Username = long }, "username malformed"},
		{"a user name that is too long to compare", func(p *broker.ImportedPerson) { p.Username = strings.Repeat("ﷺ", 85) }, "username malformed"},
		{"a number below one", func(p *broker.ImportedPerson) { p.Number = -1 }, "number malformed"},
		{"a number that no database calls an integer", func(p *broker.ImportedPerson) { p.Number = 1 << 31 }, "number malformed"},
		{"a bad address", func(p *broker.ImportedPerson) { p.Email = "x@" }, "email malformed"},
		{"an address with a name", func(p *broker.ImportedPerson) { p.Email = "X <x@example.org>" }, "email malformed"},
		{"an address with a line end", func(p *broker.ImportedPerson) { p.Email = "x@example.org\r\nBcc: y@example.org" }, "email malformed"},
		{"no address that is confirmed", func(p *broker.ImportedPerson) { p.Email, p.Confirmed = "", true }, "confirmed contradiction"},
		{"an unreadable hash", func(p *broker.ImportedPerson) { p.Hash = "secret123" }, "hash unusable_hash"},
		{"a hash of blanks", func(p *broker.ImportedPerson) { p.Hash = " " }, "hash unusable_hash"},
		{"a name with a control character", func(p *broker.ImportedPerson) { p.Name = "x\x1b[31m" }, "name malformed"},
		{"a given name that is too long", func(p *broker.ImportedPerson) { p.GivenName = long }, "given_name malformed"},
		{"a family name with a NUL", func(p *broker.ImportedPerson) { p.FamilyName = "x\x00" }, "family_name malformed"},
		{"a group with a line end", func(p *broker.ImportedPerson) { p.Groups = []string{"a", "b\nc"} }, "groups malformed"},
		{"another system's status", func(p *broker.ImportedPerson) { p.Status = "archived" }, "status malformed"},
		{"unconfirmed and confirmed", func(p *broker.ImportedPerson) { p.Status, p.Confirmed = broker.Unconfirmed, true }, "status contradiction"},
		{"unconfirmed without an address", func(p *broker.ImportedPerson) { p.Status, p.Email = broker.Unconfirmed, "" }, "status contradiction"},
		{"invited with a password", func(p *broker.ImportedPerson) { p.Status = broker.Invited }, "hash contradiction"},
		{"an administrator without a confirmed address", func(p *broker.ImportedPerson) { p.Admin = true }, "admin unconfirmed_admin"},
		{"an id that is a number", func(p *broker.ImportedPerson) { p.ID = "17" }, "id malformed"},
		{"an id in braces", func(p *broker.ImportedPerson) { p.ID = "{9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d}" }, "id malformed"},
		{"an id of zeros", func(p *broker.ImportedPerson) { p.ID = "00000000-0000-0000-0000-000000000000" }, "id malformed"},
		{"made tomorrow", func(p *broker.ImportedPerson) { p.Created = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }, "created malformed"},
		{"made before there were computers", func(p *broker.ImportedPerson) { p.Created = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) }, "created malformed"},
	}
}

func TestABadLineIsSkippedAndTheOthersGoIn(t *testing.T) {
	h := newHouse(t)
	for i, c := range badLines() {
		t.Run(c.name, func(t *testing.T) {
			good := broker.ImportedPerson{Username: fmt.Sprintf("good%d", i)}
			p := broker.ImportedPerson{Username: fmt.Sprintf("bad%d", i), Email: fmt.Sprintf("bad%d@example.org", i), Hash: "hash"}
			c.change(&p)
			if got := imported(t, h.importer(), p, good); !slices.Equal(got, []string{c.want, "added"}) {
				t.Errorf("got %q, want %q and added", got, c.want)
			}
		})
	}
	left := 0
	if err := h.raw.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM names WHERE name LIKE 'bad%'`).Scan(&left); err != nil || left > 0 {
		t.Errorf("people who were skipped left %d names, %v", left, err)
	}
}

func TestK01ASkippedLineTellsNoSecret(t *testing.T) {
	h := newHouse(t)
	const secret = "canary$6$hunter2"
	results, err := h.importer().Import(t.Context(), []broker.ImportedPerson{{Place: 2, Username: "alice", Hash: secret}})
	if err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprintf("%+v %+v", results, h.audit.take()); strings.Contains(said, "canary") {
		t.Errorf("got %s", said)
	}
}

func TestSomebodyWhoIsThereIsLeftAlone(t *testing.T) {
	h := newHouse(t)
	alice := h.add(t, "alice")
	people := []broker.ImportedPerson{
		{Username: "ALICE", Email: "alice@example.org", Hash: "hash of another", Admin: true, Confirmed: true, Groups: []string{"staff"}},
		{ID: alice.ID, Username: "other", Hash: "hash of another"},
		{Username: "alice", Email: "new@example.org"},
		{ID: "9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d", Username: "alice", Email: "alice@example.org"},
	}
	for i, want := range []string{"present", "present", "username taken", "id taken"} {
		if got := imported(t, h.importer(), people[i]); got[0] != want {
			t.Errorf("%+v: got %q, want %q", people[i], got[0], want)
		}
	}
	a, _, err := h.admin.Find(t.Context(), "alice")
	if diff := cmp.Diff(alice.Groups, a.Groups); err != nil || a.Admin || a.Epoch != alice.Epoch || diff != "" {
		t.Errorf("got %+v, %v; want the account as it was", a, err)
	}
	h.signIn(t, "local", "alice", "right password")
}

func TestOfTwoLinesOfOnePersonTheFirstCounts(t *testing.T) {
	const id = "9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d"
	first := broker.ImportedPerson{Place: 2, ID: id, Number: 7, Username: "alice", Email: "alice@example.org"}
	later := []broker.ImportedPerson{
		{Place: 3, ID: id, Username: "x"}, {Place: 4, Username: "Alice"}, {Place: 5, Email: "ALICE@example.org"}, {Place: 6, Username: "y", Number: 7}, first,
	}
	want := []string{"id duplicate", "username duplicate", "email duplicate", "number duplicate", "id duplicate"}
	for name, dry := range map[string]bool{"dry": true, "wet": false} {
		as := func(c *broker.ImporterConfig) { c.DryRun = dry }
		t.Run("in one batch, "+name, func(t *testing.T) {
			h := newHouse(t)
			if got := imported(t, h.importer(as), append([]broker.ImportedPerson{first}, later...)...); !slices.Equal(got[1:], want) {
				t.Errorf("got %q, want %q", got[1:], want)
			}
		})
		t.Run("in later batches, and again when it is run again, "+name, func(t *testing.T) {
			h := newHouse(t)
			for round, fate := range []string{"added", "present"} {
				if dry {
					fate = "added"
				}
				m := h.importer(as)
				got := imported(t, m, first)
				got = append(got, imported(t, m, later...)...)
				if !slices.Equal(got, append([]string{fate}, want...)) {
					t.Errorf("run %d: got %q, want %s and %q", round, got, fate, want)
				}
			}
		})
	}
	t.Run("a line that was skipped keeps nothing from a later one", func(t *testing.T) {
		h := newHouse(t)
		m := h.importer()
		wrong := broker.ImportedPerson{Username: "bob", Email: "bob@example.org", Hash: "no"}
		right := broker.ImportedPerson{Username: "bob", Email: "bob@example.org"}
		if got := imported(t, m, wrong, right); !slices.Equal(got, []string{"hash unusable_hash", "added"}) {
			t.Errorf("got %q", got)
		}
		taken := broker.ImportedPerson{Username: "bob", Email: "carol@example.org"}
		if got := imported(t, h.importer(), taken); got[0] != "username taken" {
			t.Errorf("got %q", got)
		}
		m = h.importer()
		imported(t, m, taken)
		if got := imported(t, m, broker.ImportedPerson{Username: "carol", Email: "carol@example.org"}); got[0] != "added" {
			t.Errorf("after a line of which another account had a name: got %q, want added", got)
		}
	})
}

func TestADryRunOfAnImportWritesNothing(t *testing.T) {
	h := newHouse(t)
	dry := h.importer(func(c *broker.ImporterConfig) { c.DryRun, c.Invite = true, true })
	dry = broker.NewImporter(nil, dry.ImporterConfig)
	if got := imported(t, dry, broker.ImportedPerson{Username: "alice", Email: "alice@example.org"}); got[0] != "added" {
		t.Errorf("got %q, want added", got)
	}
	if _, _, err := h.admin.Find(t.Context(), "alice"); !errors.Is(err, broker.ErrNoAccount) {
		t.Errorf("got %v, want ErrNoAccount", err)
	}
	if events, letters := h.audit.take(), h.letters(t); len(events)+len(letters) != 0 {
		t.Errorf("got %v and %v, want no event and no letter", events, letters)
	}
}

func TestAnImportIsRecordedOnceABatch(t *testing.T) {
	h := newHouse(t)
	m := h.importer()
	imported(t, m, broker.ImportedPerson{Username: "a"}, broker.ImportedPerson{Username: "b "}, broker.ImportedPerson{Username: "c"})
	want := []broker.Event{{
		Name: broker.EventAccountNew, Reason: "import", Actor: broker.ActorOperator,
		Changes: []broker.Change{{Field: "accounts", After: "2"}, {Field: "lines", After: "people.csv:2-4"}},
	}}
	if diff := cmp.Diff(want, h.audit.take()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	imported(t, h.importer(), broker.ImportedPerson{Username: "a"}, broker.ImportedPerson{Username: "d "})
	if got := h.audit.take(); len(got) != 0 {
		t.Errorf("nobody was added, and it is recorded: %v", got)
	}
}

func TestWhoComesWithoutAPasswordIsInvited(t *testing.T) {
	h := newHouse(t)
	invite := func(c *broker.ImporterConfig) { c.Invite = true }
	people := []broker.ImportedPerson{
		{Username: "alice", Email: "alice@example.org", GivenName: "Alice"},
		{Username: "bob", Email: "bob@example.org", Hash: "hash of right password"},
		{Username: "carol"},
		{Username: "dave", Email: "dave@example.org", Hash: "!", Status: broker.Suspended},
	}
	if got, want := imported(t, h.importer(invite), people...), []string{"added", "added", "email no_address", "added"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	l := h.letter(t, broker.LetterInvite)
	if l.To != "alice@example.org" || l.Name != "Alice" {
		t.Errorf("got the letter %+v", l)
	}
	for name, want := range map[string]broker.Status{"alice": broker.Invited, "bob": broker.Active, "dave": broker.Suspended} {
		if a, _, err := h.admin.Find(t.Context(), name); err != nil || a.Status != want {
			t.Errorf("%s: got %q, %v; want %q", name, a.Status, err, want)
		}
	}
	if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: secretOf(t, l), Password: "a phrase of her own choice"}); err != nil {
		t.Fatal(err)
	}
	h.signIn(t, "local", "alice", "a phrase of her own choice")
	t.Run("once, however often the file is imported", func(t *testing.T) {
		imported(t, h.importer(invite), people...)
		if got := h.letters(t); len(got) != 0 {
			t.Errorf("got %+v, want no letter", got)
		}
	})
	t.Run("and nobody who was not to be", func(t *testing.T) {
		imported(t, h.importer(), broker.ImportedPerson{Username: "eve", Email: "eve@example.org"})
		if got := h.letters(t); len(got) != 0 {
			t.Errorf("got %+v, want no letter", got)
		}
	})
}

func TestAMadeIDIsAUUIDThatBeginsWithTheTime(t *testing.T) {
	h := newHouse(t)
	results, err := h.importer().Import(t.Context(), []broker.ImportedPerson{{Username: "a"}, {Username: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		id, err := uuid.Parse(r.AccountID)
		if err != nil || id.Version() != 7 || id.Variant() != uuid.RFC4122 || id.String() != r.AccountID {
			t.Errorf("got %s, %v; want a UUID of version 7", r.AccountID, err)
		}
		if sec, nsec := id.Time().UnixTime(); !time.Unix(sec, nsec).Equal(h.clock.now()) {
			t.Errorf("got the time %d.%09d, want %d", sec, nsec, h.clock.now().Unix())
		}
	}
	if results[0].AccountID == results[1].AccountID {
		t.Errorf("two people of one moment have the id %s", results[0].AccountID)
	}
}

func TestTheTimeToConfirmBeginsWithTheImport(t *testing.T) {
	h := newHouse(t)
	imported(t, h.importer(), broker.ImportedPerson{
		Username: "alice", Email: "alice@example.org", Status: broker.Unconfirmed, Created: h.clock.now().Add(-1000 * time.Hour),
	})
	if a, _, err := h.admin.Find(t.Context(), "alice"); err != nil || !a.Created.Equal(h.clock.now()) {
		t.Errorf("got created %v, %v; want now", a.Created, err)
	}
}

// broken is a store that cannot.
type broken struct{}

func (broken) Import(context.Context, []broker.Enlistment, bool) ([]broker.Verdict, error) {
	return nil, broker.ErrStoreDown
}

func TestAnImportThatFailsTellsNobodyWasAdded(t *testing.T) {
	h := newHouse(t)
	m := h.importer(func(c *broker.ImporterConfig) { c.Store = broken{} })
	got, err := m.Import(t.Context(), []broker.ImportedPerson{{Place: 2, Username: "alice"}})
	if !errors.Is(err, broker.ErrStoreDown) || got != nil {
		t.Errorf("got %v, %v; want ErrStoreDown alone", got, err)
	}
	m.Store = h.db.Imports()
	if got := imported(t, m, broker.ImportedPerson{Username: "alice"}); got[0] != "added" {
		t.Errorf("a second try: got %q, want added", got)
	}
}

func TestTheIdentitiesOfAnImportedPersonLeadToThem(t *testing.T) {
	h := newHouse(t)
	h.corp.put("alice", person{identity: drivers.Identity{Subject: "7c1d"}, password: "directory password"})
	p := broker.ImportedPerson{
		Username: "alice", Email: "alice@example.org", Confirmed: true,
		Identities: []broker.ImportedIdentity{{Provider: "corp", Subject: "7c1d"}},
	}
	results, err := h.importer().Import(t.Context(), []broker.ImportedPerson{p})
	if err != nil || results[0].Fate != broker.FateAdded {
		t.Fatalf("got %+v, %v; want added", results, err)
	}
	l := h.signIn(t, "corp", "alice", "directory password")
	if l.Claims.AccountID != results[0].AccountID {
		t.Errorf("the provider's person came into %s, want %s", l.Claims.AccountID, results[0].AccountID)
	}
	t.Run("and to nobody who comes later", func(t *testing.T) {
		bob := broker.ImportedPerson{Username: "bob", Identities: p.Identities}
		if got := imported(t, h.importer(), bob); got[0] != "identity taken" {
			t.Errorf("another account has it: got %q", got)
		}
		carol := broker.ImportedPerson{Username: "carol", Identities: []broker.ImportedIdentity{{Provider: "corp", Subject: "c"}}}
		m := h.importer()
		if got := imported(t, m, carol, broker.ImportedPerson{Username: "dave", Identities: carol.Identities}); !slices.Equal(got, []string{"added", "identity duplicate"}) {
			t.Errorf("an earlier line has it: got %q", got)
		}
		if got := imported(t, m, broker.ImportedPerson{Username: "dave", Identities: carol.Identities}); got[0] != "identity duplicate" {
			t.Errorf("an earlier batch had it: got %q", got)
		}
	})
	t.Run("who has one needs no invitation", func(t *testing.T) {
		frank := broker.ImportedPerson{Username: "frank", Email: "frank@example.org", Identities: []broker.ImportedIdentity{{Provider: "corp", Subject: "f"}}}
		if got := imported(t, h.importer(func(c *broker.ImporterConfig) { c.Invite = true }), frank); got[0] != "added" {
			t.Errorf("got %q, want added", got)
		}
		if got := h.letters(t); len(got) != 0 {
			t.Errorf("got %+v, want no letter", got)
		}
	})
}

func TestWhatCanBeGivenToSomebodyElseIsNoIdentity(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		name string
		id   broker.ImportedIdentity
	}{
		{"the e-mail address", broker.ImportedIdentity{Provider: "corp", Subject: "Alice@Example.org"}},
		{"nothing", broker.ImportedIdentity{Provider: "corp"}},
		{"too much", broker.ImportedIdentity{Provider: "corp", Subject: strings.Repeat("x", 256)}},
		{"a control character", broker.ImportedIdentity{Provider: "corp", Subject: "a\nb"}},
		{"a blank at the end", broker.ImportedIdentity{Provider: "corp", Subject: "a "}},
		{"an id of ours", broker.ImportedIdentity{Provider: "local", Subject: "a"}},
		{"no provider", broker.ImportedIdentity{Subject: "a"}},
	} {
		p := broker.ImportedPerson{Username: "alice", Email: "alice@example.org", Identities: []broker.ImportedIdentity{c.id}}
		if got := imported(t, h.importer(), p); got[0] != "identity malformed" {
			t.Errorf("%s: got %q, want it refused", c.name, got)
		}
	}
}

func TestASecondFactorIsImportedAndAskedFor(t *testing.T) {
	h := newHouse(t)
	seed := []byte("0123456789") // as long as node's otplib makes them
	p := broker.ImportedPerson{Username: "alice", Hash: "hash of right password", TOTP: strings.ToLower(factor.Secret(seed))}
	if got := imported(t, h.importer(), p); got[0] != "added" {
		t.Fatalf("got %q, want added", got)
	}
	in := broker.Credentials{Login: "alice", Password: "right password", Mode: sessions.ModeJSON}
	if _, err := h.SignIn(t.Context(), in); broker.CodeOf(err) != broker.CodeOTP {
		t.Errorf("without a code: got %v, want CodeOTP", err)
	}
	code, err := factor.Code(seed, factor.Step(h.clock.now()))
	if err != nil {
		t.Fatal(err)
	}
	in.OTP = code
	if _, err := h.SignIn(t.Context(), in); err != nil {
		t.Errorf("with what the authenticator shows: %v", err)
	}
	if _, err := h.SignIn(t.Context(), in); broker.CodeOf(err) != broker.CodeOTP {
		t.Errorf("with the same code again: got %v, want CodeOTP", err)
	}
	var sealed string
	if err := h.raw.QueryRowContext(t.Context(), `SELECT seed FROM factors`).Scan(&sealed); err != nil || strings.Contains(sealed, string(seed)) {
		t.Errorf("the seed lies there in the clear: %q, %v", sealed, err)
	}
	for _, bad := range []string{"12345678", "AAAA", "AAAAAAAAAAAAAAA1"} {
		if got := imported(t, h.importer(), broker.ImportedPerson{Username: "bob", TOTP: bad}); got[0] != "otp malformed" {
			t.Errorf("%s: got %q", bad, got)
		}
	}
}

func TestRowsAreCalledByTheirTableAndKey(t *testing.T) {
	h := newHouse(t)
	m := h.importer(func(c *broker.ImporterConfig) { c.Source = "directus" })
	row := func(place int, name string) broker.ImportedPerson {
		return broker.ImportedPerson{Place: place, Row: "directus_users " + name, Username: name}
	}
	if got := imported(t, m, row(1, "ann"), row(2, "ben")); !slices.Equal(got, []string{"added", "added"}) {
		t.Fatalf("got %q", got)
	}
	want := []broker.Change{{Field: "accounts", After: "2"}, {Field: "lines", After: "directus: directus_users ann to directus_users ben"}}
	if diff := cmp.Diff(want, h.audit.take()[0].Changes); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	again := row(3, "again")
	again.Username = "ANN"
	results, err := m.Import(t.Context(), []broker.ImportedPerson{again})
	if err != nil || results[0].Advice != "directus_users ann has it already: leave one of the two out" {
		t.Errorf("got %+v, %v", results, err)
	}
	t.Run("and are not what an operator is told to change", func(t *testing.T) {
		ann, _, err := h.admin.Find(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		other := row(1, "other")
		other.ID, other.Username = "9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d", "ann"
		results, err := h.importer().Import(t.Context(), []broker.ImportedPerson{other})
		want := "account " + ann.ID + " has it already: if nothing needs that account, remove it and import again: signet user delete " + ann.ID
		if err != nil || results[0].Advice != want {
			t.Errorf("got %+v, %v; want %s", results, err, want)
		}
	})
}
