package broker

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

const (
	maxSearch = 256 // bytes
	// cursorMAC is how much of a cursor proves that it is ours, in bytes.
	cursorMAC = 16
)

// Find returns one account by id, user name or address, with its identities.
func (ad *Administration) Find(ctx context.Context, ref string) (Account, []LinkedIdentity, error) {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return Account{}, nil, err
	}
	ids, err := ad.broker.Directory.Identities(ctx, a.ID)
	return a, ids, err
}

// living finds an account that is not a part of another one.
func (ad *Administration) living(ctx context.Context, ref string) (Account, error) {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err == nil && a.Status == Merged {
		err = Fail(CodePayload, wasMerged)
	}
	return a, err
}

// LockedUntil returns when too many attempts at an account are forgiven, and the
// zero time when it is not locked.
func (ad *Administration) LockedUntil(ctx context.Context, accountID string) (time.Time, error) {
	return ad.broker.Locks.LockedUntil(ctx, accountID, ad.broker.Lockout, ad.broker.Now())
}

// Merges returns the merges that an account is a part of, latest first.
func (ad *Administration) Merges(ctx context.Context, accountID string) ([]MergeRecord, error) {
	return ad.broker.Registry.Merges(ctx, accountID)
}

// List returns accounts page by page. A page's Next, and q.After, is a word that
// only this site makes, for this very question. Codes: CodePayload with a reason
// for any other one, and for a question that cannot be asked.
func (ad *Administration) List(ctx context.Context, q Query) (Page, error) {
	if err := q.check(); err != nil {
		return Page{}, err
	}
	after, ok := ad.openCursor(q)
	if !ok {
		return Page{}, Fail(CodePayload, `"cursor" is not the end of a page of this list`)
	}
	asked := q
	asked.After = after
	p, err := ad.broker.Directory.List(ctx, asked)
	if errors.Is(err, ErrPlace) {
		return Page{}, &Error{Code: CodePayload, Reason: `"cursor" is not the end of a page of this list`, Err: err}
	}
	if err != nil {
		return Page{}, err
	}
	if p.Next != "" {
		p.Next = ad.cursor(q, p.Next)
	}
	return p, nil
}

func (q Query) check() error {
	switch {
	case len(q.Search) > maxSearch || !utf8.ValidString(q.Search):
		return Fail(CodePayload, fmt.Sprintf(`"search" is longer than %d bytes or not valid UTF-8`, maxSearch))
	case len(q.Group) > maxName || !utf8.ValidString(q.Group):
		return Fail(CodePayload, `"group" is no name of a group`)
	case q.Status != "" && !q.Status.Known():
		return Fail(CodePayload, `"status" is one of active, unconfirmed, suspended, invited and merged`)
	}
	return nil
}

// cursor is a place in the list of a query, with the proof that it is ours.
func (ad *Administration) cursor(q Query, place string) string {
	return base64.RawURLEncoding.EncodeToString(append(ad.cursorProof(q, place), place...))
}

// openCursor reads what cursor made for the same query.
func (ad *Administration) openCursor(q Query) (place string, ok bool) {
	if q.After == "" {
		return "", true
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(q.After)
	if err != nil || len(b) <= cursorMAC {
		return "", false
	}
	place = string(b[cursorMAC:])
	return place, hmac.Equal(b[:cursorMAC], ad.cursorProof(q, place))
}

func (ad *Administration) cursorProof(q Query, place string) []byte {
	q.After, q.Limit = place, 0 // a page may be of any length
	text, _ := json.Marshal(q)  //nolint:errchkjson // a Query is always JSON
	m := hmac.New(sha256.New, ad.broker.Sealer.Key("admin cursor"))
	m.Write(text)
	return m.Sum(nil)[:cursorMAC]
}
