package store

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
)

const (
	// maxTerm is how much of a word a search compares, in bytes.
	maxTerm = 96
	// maxTerms is how many terms an account has at most; most have about six.
	maxTerms = 24
)

var (
	stAddTerms = statement{"add search terms", `
INSERT INTO search_terms (term, account_id) VALUES $rows`}

	stAddGroups = statement{"add groups", `
INSERT INTO account_groups (account_id, name, sources, created_at) VALUES $rows`}

	stDropTerms = statement{"drop search terms", `
DELETE FROM search_terms WHERE account_id = $1`}

	stDropGroups = statement{"drop groups", `
DELETE FROM account_groups WHERE account_id = $1`}
)

// terms is what an account is found by: each of its names from every word on, so
// that a search finds any beginning of a word, and what goes on behind it. They
// are sorted, each once.
func terms(a broker.Account) [][]byte {
	var out [][]byte
	for _, field := range []string{a.Username, a.Email, a.Name, a.GivenName, a.FamilyName} {
		for _, word := range strings.Fields(loginKey(field)) {
			for _, from := range beginnings(word) {
				if from < len(word) {
					out = append(out, term(word[from:]))
				}
			}
		}
	}
	slices.SortFunc(out, bytes.Compare)
	out = slices.CompactFunc(out, bytes.Equal)
	return out[:min(len(out), maxTerms)]
}

// term is a word as it is compared.
func term(word string) []byte {
	for len(word) > maxTerm {
		_, size := utf8.DecodeLastRuneInString(word)
		word = word[:len(word)-size]
	}
	return []byte(word)
}

// beginnings are the places in a word at which somebody may begin to type it:
// its start, and behind punctuation. A domain is one word: nobody is looked for
// by "com".
func beginnings(word string) []int {
	out := []int{0}
	between := false
	for i, c := range word {
		letter := unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c)
		if letter && between {
			out = append(out, i)
		}
		if between = !letter; c == '@' {
			return append(out, i+1)
		}
	}
	return out
}

// indexed is what is kept beside an account so that it is found.
type indexed struct {
	terms  [][]byte
	groups []membership
}

// membership is one row of account_groups.
type membership struct{ name, sources string }

// indexOf is how an account is found. One that was merged into another is not.
func indexOf(a broker.Account) indexed {
	if a.Status == broker.Merged {
		return indexed{}
	}
	return indexed{terms(a), memberships(a)}
}

// memberships are an account's groups, sorted by name, each once.
func memberships(a broker.Account) []membership {
	var out []membership
	for _, name := range a.GroupNames() {
		var sources []string
		for _, g := range a.Groups {
			if g.Name == name {
				sources = append(sources, g.Source)
			}
		}
		slices.Sort(sources)
		packed, err := pack(slices.Compact(sources))
		if err == nil && storable(name) {
			out = append(out, membership{name, packed})
		}
	}
	return out
}

// enterIndex makes a new account one that is found.
func enterIndex(ctx context.Context, c conn, a broker.Account) error {
	x := indexOf(a)
	if err := insert(ctx, c, stAddTerms, termRows(a.ID, x.terms)); err != nil {
		return err
	}
	return insert(ctx, c, stAddGroups, groupRows(a, x.groups))
}

// moveIndex brings what an account is found by up to date, and writes nothing
// when that has not changed.
func moveIndex(ctx context.Context, c conn, before, after broker.Account) error {
	was, is := indexOf(before), indexOf(after)
	if !slices.EqualFunc(was.terms, is.terms, bytes.Equal) {
		if _, err := c.exec(ctx, stDropTerms.with(after.ID)); err != nil {
			return err
		}
		if err := insert(ctx, c, stAddTerms, termRows(after.ID, is.terms)); err != nil {
			return err
		}
	}
	if slices.Equal(was.groups, is.groups) {
		return nil
	}
	if _, err := c.exec(ctx, stDropGroups.with(after.ID)); err != nil {
		return err
	}
	return insert(ctx, c, stAddGroups, groupRows(after, is.groups))
}

// termRows are the rows that an account is found by.
func termRows(id string, all [][]byte) [][]any {
	rows := make([][]any, len(all))
	for i, t := range all {
		rows[i] = []any{t, id}
	}
	return rows
}

// groupRows are the rows of an account's groups.
func groupRows(a broker.Account, all []membership) [][]any {
	rows := make([][]any, len(all))
	for i, m := range all {
		rows[i] = []any{a.ID, m.name, m.sources, ms(a.Created)}
	}
	return rows
}
