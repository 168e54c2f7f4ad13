package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/signet-sso/signet/broker"
)

const (
	// maxList is the longest page of a list.
	maxList = 1000
	// maxWords is how many words of a search count.
	maxWords = 4
	// maxProbe is how far the ways into a list are compared.
	maxProbe = 20_000
)

// The ways into a list of accounts: each is one index in the order of the page,
// so that a page costs as much as it is long. The rest of a query is asked of
// what the index finds. SQLite joins a CROSS JOIN in the order that is written.
const (
	listNewest = `
SELECT a.id, ` + packedAccount + `, NULL, a.created_at FROM accounts a
WHERE (a.created_at, a.id) < (?, ?) AND a.status <> 'merged'`

	listNotActive = `
SELECT a.id, ` + packedAccount + `, NULL, a.created_at FROM accounts a
WHERE a.status = ? AND a.status <> 'active' AND (a.created_at, a.id) < (?, ?)`

	// That every id is beyond '' makes SQLite search the index of administrators.
	listAdmins = `
SELECT a.id, ` + packedAccount + `, NULL, a.created_at FROM accounts a
WHERE a.admin = 1 AND a.id > '' AND (a.created_at, a.id) < (?, ?) AND a.status <> 'merged'`

	listGroup = `
SELECT a.id, ` + packedAccount + `, NULL, a.created_at FROM account_groups g CROSS JOIN accounts a
WHERE a.id = g.account_id AND g.name = ? AND (g.created_at, g.account_id) < (?, ?)`

	byAge      = ` ORDER BY a.created_at DESC, a.id DESC LIMIT ?`
	byGroupAge = ` ORDER BY g.created_at DESC, g.account_id DESC LIMIT ?`

	// An account that several of its words match is there with the first of them.
	listFound = `
SELECT a.id, ` + packedAccount + `, t.term, a.created_at FROM search_terms t CROSS JOIN accounts a
WHERE a.id = t.account_id AND (t.term, t.account_id) > (?, ?) AND t.term < ?
	AND NOT EXISTS (SELECT 1 FROM search_terms e WHERE e.account_id = t.account_id AND e.term >= ? AND e.term < t.term)`

	byTerm = ` ORDER BY t.term, t.account_id LIMIT ?`

	withStatus = ` AND a.status = ?`
	withAdmin  = ` AND a.admin = ?`
	// The limits mean nothing, and keep SQLite from beginning here.
	withGroup = ` AND EXISTS (SELECT 1 FROM account_groups m WHERE m.account_id = a.id AND m.name = ? LIMIT 1)`
	withWord  = ` AND EXISTS (SELECT 1 FROM search_terms w WHERE w.account_id = a.id AND w.term >= ? AND w.term < ? LIMIT 1)`
)

var (
	stProbeWord = statement{"probe word", `
SELECT COUNT(*) FROM (SELECT 1 FROM search_terms t WHERE t.term >= $1 AND t.term < $2 LIMIT $3) AS counted`}

	stProbeStatus = statement{"probe status", `
SELECT COUNT(*) FROM (SELECT 1 FROM accounts a WHERE a.status = $1 AND a.status <> 'active' LIMIT $2) AS counted`}

	stProbeGroup = statement{"probe group", `
SELECT COUNT(*) FROM (SELECT 1 FROM account_groups g WHERE g.name = $1 LIMIT $2) AS counted`}
)

// List returns a page of accounts; see broker.Directory. Of a query with several
// conditions the one that fewest meet, of up to maxProbe, is the way in.
func (v Directory) List(ctx context.Context, q broker.Query) (p broker.Page, err error) {
	if q.Limit < 1 || q.Limit > maxList {
		q.Limit = maxList
	}
	s := search{q, searched(q.Search)}
	var places []place
	err = v.db.look(ctx, "list accounts", func(ctx context.Context, c conn) error {
		from, err := s.start(ctx, c)
		if err != nil {
			return err
		}
		places = nil
		l := s.from(from)
		p.Accounts, err = all(ctx, c, statement{"list accounts", l.text.String()}.with(l.values...), func(r row) (broker.Account, error) {
			a, at, err := scanListed(r)
			at.way = from.way
			places = append(places, at)
			return a, err
		})
		return err
	})
	if err == nil && len(places) > q.Limit { // one more than asked for says that there are more
		p.Accounts, p.Next = p.Accounts[:q.Limit], places[q.Limit-1].String()
	}
	return p, err
}

// search is a query with its words as they are compared, the longest first.
type search struct {
	broker.Query
	words [][]byte
}

func searched(text string) [][]byte {
	var words [][]byte
	for _, w := range strings.Fields(loginKey(text)) {
		words = append(words, term(w))
	}
	slices.SortStableFunc(words, func(a, b []byte) int { return len(b) - len(a) })
	return words[:min(len(words), maxWords)]
}

// beyond is the first term that does not begin with word: no text has a byte
// 0xFF.
func beyond(word []byte) []byte { return append(bytes.Clone(word), 0xFF) }

// start is where the page begins.
func (s search) start(ctx context.Context, c conn) (place, error) {
	if s.After != "" {
		return openPlace(s)
	}
	ways := s.ways()
	if len(ways) == 1 || ways[0] == wayAdmins {
		return s.beginning(ways[0]), nil
	}
	best, fewest := ways[0], int64(maxProbe+1)
	for _, w := range ways {
		n, _, err := one(ctx, c, s.probe(w), scanInt)
		if err != nil {
			return place{}, err
		}
		if n < fewest {
			best, fewest = w, n
		}
	}
	return s.beginning(best), nil
}

// ways are the ways into the list of a query. Administrators are always few.
func (s search) ways() (out []way) {
	if s.Admin != nil && *s.Admin {
		out = append(out, wayAdmins)
	}
	for i := range s.words {
		out = append(out, wayWord+way(i)) //nolint:gosec // at most maxWords
	}
	if s.Status != "" && s.Status != broker.Active {
		out = append(out, wayNotActive)
	}
	if s.Group != "" {
		out = append(out, wayGroup)
	}
	if len(out) == 0 {
		out = append(out, wayNewest)
	}
	return out
}

// probe counts what a way leads to.
func (s search) probe(w way) bound {
	switch w {
	case wayNotActive:
		return stProbeStatus.with(string(s.Status), maxProbe)
	case wayGroup:
		return stProbeGroup.with(text(s.Group), maxProbe)
	}
	word := s.words[w-wayWord]
	return stProbeWord.with(word, beyond(word), maxProbe)
}

// listing is a statement in the making.
type listing struct {
	text   strings.Builder
	values []any
}

// add appends a piece of SQL with the values of its question marks.
func (l *listing) add(piece string, values ...any) {
	for _, v := range values {
		before, after, _ := strings.Cut(piece, "?")
		l.values = append(l.values, v)
		l.text.WriteString(before)
		l.text.WriteString("$" + strconv.Itoa(len(l.values)))
		piece = after
	}
	l.text.WriteString(piece)
}

// from is the statement of the page that begins at a place.
func (s search) from(p place) *listing {
	l, order := &listing{}, byAge
	rest := s
	switch p.way {
	case wayNewest:
		l.add(listNewest, p.created, p.id)
	case wayAdmins:
		l.add(listAdmins, p.created, p.id)
		rest.Admin = nil
	case wayNotActive:
		l.add(listNotActive, string(s.Status), p.created, p.id)
		rest.Status = ""
	case wayGroup:
		l.add(listGroup, text(s.Group), p.created, p.id)
		rest.Group, order = "", byGroupAge
	default:
		i := int(p.way - wayWord)
		l.add(listFound, p.term, p.id, beyond(s.words[i]), s.words[i])
		rest.words, order = slices.Delete(slices.Clone(s.words), i, i+1), byTerm
	}
	l.narrow(rest)
	l.add(order, s.Limit+1)
	return l
}

// narrow adds the conditions of a query.
func (l *listing) narrow(s search) {
	if s.Status != "" {
		l.add(withStatus, string(s.Status))
	}
	if s.Admin != nil {
		l.add(withAdmin, flag(*s.Admin))
	}
	if s.Group != "" {
		l.add(withGroup, text(s.Group))
	}
	for _, w := range s.words {
		l.add(withWord, w, beyond(w))
	}
}

func scanListed(r row) (a broker.Account, p place, err error) {
	var packed sql.NullString
	if err = r.Scan(&p.id, &packed, &p.term, &p.created); err != nil {
		return a, p, err
	}
	if a, err = unpackAccount(p.id, packed); err != nil {
		err = fmt.Errorf("list: %w", err)
	}
	return a, p, err
}
