package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
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
)

// The ways into a list of accounts: each is one index in the order of the page,
// so that a page costs as much as it is long. The rest of a query is asked of
// what the index finds.
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
SELECT a.id, ` + packedAccount + `, NULL, a.created_at FROM account_groups g JOIN accounts a ON a.id = g.account_id
WHERE g.name = ? AND (g.created_at, g.account_id) < (?, ?)`

	byAge      = ` ORDER BY a.created_at DESC, a.id DESC LIMIT ?`
	byGroupAge = ` ORDER BY g.created_at DESC, g.account_id DESC LIMIT ?`

	// An account that several of its words match is there with the first of them.
	listFound = `
SELECT a.id, ` + packedAccount + `, t.term, a.created_at FROM search_terms t JOIN accounts a ON a.id = t.account_id
WHERE t.term >= ? AND t.term < ? AND (t.term, t.account_id) > (?, ?)
	AND NOT EXISTS (SELECT 1 FROM search_terms e WHERE e.account_id = t.account_id AND e.term >= ? AND e.term < t.term)`

	byTerm = ` ORDER BY t.term, t.account_id LIMIT ?`

	withStatus = ` AND a.status = ?`
	withAdmin  = ` AND a.admin = ?`
	withGroup  = ` AND EXISTS (SELECT 1 FROM account_groups m WHERE m.account_id = a.id AND m.name = ?)`
	withWord   = ` AND EXISTS (SELECT 1 FROM search_terms w WHERE w.account_id = a.id AND w.term >= ? AND w.term < ?)`
)

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

// place is where a page ended: at a term, or at a time of creation.
type place struct {
	term    []byte
	created int64
	id      string
}

// List returns a page of accounts; see broker.Directory.
func (v Directory) List(ctx context.Context, q broker.Query) (p broker.Page, err error) {
	if q.Limit < 1 || q.Limit > maxList {
		q.Limit = maxList
	}
	words := searched(q.Search)
	from, err := openPlace(q.After, len(words) > 0)
	if err != nil {
		return p, fmt.Errorf("list accounts: %w", err)
	}
	l := listOf(q, words, from)
	var places []place
	err = v.db.look(ctx, "list accounts", func(ctx context.Context, c conn) (err error) {
		p.Accounts, places = nil, nil
		p.Accounts, err = all(ctx, c, statement{"list accounts", l.text.String()}.with(l.values...), func(r row) (broker.Account, error) {
			a, at, err := scanListed(r)
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

// searched are the words of a search as they are compared, the longest first:
// fewest are found by it.
func searched(search string) [][]byte {
	var words [][]byte
	for _, w := range strings.Fields(loginKey(search)) {
		words = append(words, term(w))
	}
	slices.SortStableFunc(words, func(a, b []byte) int { return len(b) - len(a) })
	return words[:min(len(words), maxWords)]
}

// beyond is the first term that does not begin with word: no text has a byte
// 0xFF.
func beyond(word []byte) []byte { return append(bytes.Clone(word), 0xFF) }

// listOf chooses the way in that finds fewest: there are few administrators, and
// few accounts that are not active.
func listOf(q broker.Query, words [][]byte, from place) *listing {
	l, order := &listing{}, byAge
	group, status, admin := q.Group, q.Status, q.Admin
	switch {
	case admin != nil && *admin && len(words) == 0:
		l.add(listAdmins, from.created, from.id)
		admin = nil
	case len(words) > 0:
		l.add(listFound, words[0], beyond(words[0]), from.term, from.id, words[0])
		words, order = words[1:], byTerm
	case status != "" && status != broker.Active:
		l.add(listNotActive, string(status), from.created, from.id)
		status = ""
	case group != "":
		l.add(listGroup, text(group), from.created, from.id)
		group, order = "", byGroupAge
	default:
		l.add(listNewest, from.created, from.id)
	}
	if status != "" {
		l.add(withStatus, string(status))
	}
	if admin != nil {
		l.add(withAdmin, flag(*admin))
	}
	if group != "" {
		l.add(withGroup, text(group))
	}
	for _, w := range words {
		l.add(withWord, w, beyond(w))
	}
	l.add(order, q.Limit+1)
	return l
}

// String is the place as a word.
func (p place) String() string {
	kind := byte('c')
	body := binary.BigEndian.AppendUint64(nil, uint64(p.created)) //nolint:gosec // milliseconds since 1970
	if p.term != nil {
		kind, body = 't', append([]byte{byte(len(p.term))}, p.term...) //nolint:gosec // at most maxTerm
	}
	return base64.RawURLEncoding.EncodeToString(append(append([]byte{kind}, body...), p.id...))
}

// openPlace reads a place of a list, found says of which kind; "" is before all.
func openPlace(word string, found bool) (p place, err error) {
	switch {
	case word == "" && found:
		return place{term: []byte{}}, nil
	case word == "":
		return place{created: 1<<63 - 1}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(word)
	switch {
	case err != nil || len(b) < 2:
		return p, broker.ErrPlace
	case found && b[0] == 't' && len(b) >= 2+int(b[1]):
		p.term, p.id = b[2:2+b[1]], string(b[2+int(b[1]):])
	case !found && b[0] == 'c' && len(b) >= 9:
		p.created, p.id = int64(binary.BigEndian.Uint64(b[1:9])), string(b[9:]) //nolint:gosec // any number is a place
	default:
		return p, broker.ErrPlace
	}
	if !storable(p.id) {
		return p, broker.ErrPlace
	}
	return p, nil
}

func scanListed(r row) (a broker.Account, p place, err error) {
	var packed sql.NullString
	if err = r.Scan(&p.id, &packed, &p.term, &p.created); err != nil {
		return a, p, err
	}
	a, err = unpackAccount(p.id, packed)
	return a, p, err
}
