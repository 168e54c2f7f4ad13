package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/signet-sso/signet/broker"
)

const (
	// maxRows is how many rows one statement writes, and maxNamed how many
	// values it asks for: more would gain nothing, and drivers look for each
	// value among all of them.
	maxRows  = 50
	maxNamed = 100
)

var (
	stAddAccounts = statement{"add accounts", `
INSERT INTO accounts (id, status, admin, epoch, password, doc, created_at, updated_at, number) VALUES $rows`}

	stAddNames = statement{"add names", `
INSERT INTO names (name, account_id, kind) VALUES $rows`}

	stAddIdentities = statement{"add identities", `
INSERT INTO identities (provider, subject, account_id, login_key, doc, created_at, seen_at) VALUES $rows`}

	stAddTickets = statement{"add tickets", `
INSERT INTO tickets (account_id, purpose, hash, epoch, email, expires_at) VALUES $rows`}

	stAddFactors = statement{"add factors", `
INSERT INTO factors (account_id, seed, proposed, step) VALUES $rows`}
)

// bulk is the rows of many newcomers. None of them is there yet, and the caller
// has the turn of names.
type bulk struct {
	accounts, names, identities, factors, tickets, terms, groups [][]any

	letters []broker.Post
	highest int64 // number of all
}

// put adds the rows of one newcomer, as create would write them.
func (b *bulk) put(e broker.Enlistment) error {
	a := e.Account
	doc, err := packProfile(a)
	if err != nil {
		return err
	}
	b.accounts = append(b.accounts, []any{
		a.ID, string(a.Status), flag(a.Admin), a.Epoch, e.PasswordHash, doc, ms(a.Created), ms(a.Updated), numberOrNone(e),
	})
	b.highest = max(b.highest, e.Number)
	found := indexOf(a)
	b.terms = append(b.terms, termRows(a.ID, found.terms)...)
	b.groups = append(b.groups, groupRows(a, found.groups)...)
	email := loginKey(ownAddress(a))
	for _, name := range wantedNames(a) {
		kind := "username"
		if name == email {
			kind = "email"
		}
		b.names = append(b.names, []any{name, a.ID, kind})
	}
	if e.PasswordHash != "" {
		if err := b.putIdentity(localIdentity(a)); err != nil {
			return err
		}
	}
	others := e.Identities
	if e.Identity != nil {
		others = append([]broker.LinkedIdentity{*e.Identity}, others...)
	}
	for _, id := range others {
		id.AccountID = a.ID
		if err := b.putIdentity(id); err != nil {
			return err
		}
	}
	if e.Seed != nil {
		b.factors = append(b.factors, []any{a.ID, e.Seed, nil, 0})
	}
	if t := e.Issue; t != nil {
		b.tickets = append(b.tickets, []any{a.ID, string(t.Purpose), t.Hash, a.Epoch, t.Email, ms(t.Expires)})
	}
	b.letters = append(b.letters, e.Letters...)
	return nil
}

func (b *bulk) putIdentity(id broker.LinkedIdentity) error {
	if !storable(id.Provider) || !storable(id.Subject) {
		return fmt.Errorf("identity: %w", errKey)
	}
	doc, err := pack(link{Subject: id.Subject, Login: id.Login})
	b.identities = append(b.identities, []any{
		id.Provider, id.Subject, id.AccountID, identityKey(id), doc, ms(id.Seen), ms(id.Seen),
	})
	return err
}

// write writes all rows within a transaction.
func (b *bulk) write(ctx context.Context, c conn) error {
	for _, t := range []struct {
		into statement
		rows [][]any
	}{
		{stAddAccounts, b.accounts}, {stAddNames, b.names}, {stAddIdentities, b.identities},
		{stAddFactors, b.factors}, {stAddTickets, b.tickets}, {stAddTerms, b.terms}, {stAddGroups, b.groups},
	} {
		if err := insert(ctx, c, t.into, t.rows); err != nil {
			return err
		}
	}
	if b.highest > 0 {
		if _, err := c.exec(ctx, stRaiseNumbers.with(b.highest)); err != nil {
			return err
		}
	}
	return putLetters(ctx, c, b.letters)
}

// numberOrNone is a newcomer's number as it is stored.
func numberOrNone(e broker.Enlistment) any {
	if e.Number == 0 {
		return nil
	}
	return e.Number
}

// insert writes rows, many with each statement.
func insert(ctx context.Context, c conn, into statement, rows [][]any) error {
	for len(rows) > 0 {
		n := min(len(rows), maxRows)
		var values []any
		for _, r := range rows[:n] {
			values = append(values, r...)
		}
		if _, err := c.exec(ctx, into.rows(n, len(rows[0])).with(values...)); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// inLists asks for values, many with each question. The last question repeats
// its last value, so that there is one text of SQL for all. behind is a further
// value of each question, in the place of $behind.
func inLists(ctx context.Context, c conn, ask statement, values []any, each func(row) error, behind ...any) error {
	ask = ask.list(maxNamed)
	for len(values) > 0 {
		n := min(len(values), maxNamed)
		some := make([]any, maxNamed)
		for i := range some {
			some[i] = values[min(i, n-1)]
		}
		_, err := all(ctx, c, ask.with(append(some, behind...)...), func(r row) (struct{}, error) { return struct{}{}, each(r) })
		if err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// rows is a statement for n rows of so many columns, in the place of $rows.
func (s statement) rows(n, columns int) statement {
	var b strings.Builder
	for i := range n * columns {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%columns == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteString(")")
	return statement{s.name, strings.Replace(s.text, "$rows", b.String(), 1)}
}

// list is a statement for n values, in the place of $list, and the one behind
// them, in that of $behind.
func (s statement) list(n int) statement {
	places := make([]string, n)
	for i := range places {
		places[i] = "$" + strconv.Itoa(i+1)
	}
	fill := strings.NewReplacer("$list", strings.Join(places, ", "), "$behind", "$"+strconv.Itoa(n+1))
	return statement{s.name, fill.Replace(s.text)}
}
