package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
)

// The rows that come with others come as one text each, "" for none, because
// RETURNING can name no joined table on SQLite, and one subquery is cheaper
// than one for each column.
const (
	packedAccount = `a.status || ' ' || a.admin || ' ' || a.epoch || ' ' || a.created_at || ' ' || a.updated_at || ' ' || a.doc`
	// The same for RETURNING, where SQLite knows no other name of the table.
	returnedAccount = `status || ' ' || admin || ' ' || epoch || ' ' || created_at || ' ' || updated_at || ' ' || doc`
	packedIdentity  = `i.seen_at || ' ' || i.doc`
)

// profile is what accounts.doc holds.
type profile struct {
	Username       string         `json:"username,omitempty"`
	Email          string         `json:"email,omitempty"`
	EmailConfirmed bool           `json:"email_confirmed,omitempty"`
	EmailHearsay   bool           `json:"email_hearsay,omitempty"`
	SecondFactor   bool           `json:"second_factor,omitempty"`
	Name           string         `json:"name,omitempty"`
	GivenName      string         `json:"given_name,omitempty"`
	FamilyName     string         `json:"family_name,omitempty"`
	Picture        string         `json:"picture,omitempty"`
	Groups         []broker.Group `json:"groups,omitempty"`
	Origin         string         `json:"origin,omitempty"`
}

// link is what identities.doc holds.
type link struct {
	Subject string `json:"subject"`
	Login   string `json:"login,omitempty"`
}

func packProfile(a broker.Account) (string, error) {
	return pack(profile{
		Username: a.Username, Email: a.Email, EmailConfirmed: a.EmailConfirmed, EmailHearsay: a.EmailHearsay, SecondFactor: a.SecondFactor,
		Name: a.Name, GivenName: a.GivenName, FamilyName: a.FamilyName, Picture: a.Picture,
		Groups: a.Groups, Origin: a.Origin,
	})
}

func pack(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// unpackAccount reads a packedAccount. An empty one is the zero account.
func unpackAccount(id string, packed sql.NullString) (broker.Account, error) {
	if packed.String == "" {
		return broker.Account{}, nil
	}
	f := strings.SplitN(packed.String, " ", 6)
	if len(f) != 6 {
		return broker.Account{}, fmt.Errorf("account %s: malformed row", id)
	}
	n, err := numbers(f[1:5])
	if err != nil {
		return broker.Account{}, fmt.Errorf("account %s: malformed row", id)
	}
	var p profile
	if err := json.Unmarshal([]byte(f[5]), &p); err != nil {
		return broker.Account{}, fmt.Errorf("account %s: malformed profile", id)
	}
	return broker.Account{
		ID: id, Status: broker.Status(f[0]), Admin: n[0] == 1, Epoch: n[1],
		Created: at(n[2]), Updated: at(n[3]),
		Username: p.Username, Email: p.Email, EmailConfirmed: p.EmailConfirmed, EmailHearsay: p.EmailHearsay, SecondFactor: p.SecondFactor,
		Name: p.Name, GivenName: p.GivenName, FamilyName: p.FamilyName, Picture: p.Picture,
		Groups: p.Groups, Origin: p.Origin,
	}, nil
}

// unpackIdentity reads a packedIdentity. An empty one is the zero identity.
func unpackIdentity(provider, accountID string, packed sql.NullString) (broker.LinkedIdentity, error) {
	if packed.String == "" {
		return broker.LinkedIdentity{}, nil
	}
	seen, doc, _ := strings.Cut(packed.String, " ")
	n, err := strconv.ParseInt(seen, 10, 64)
	var l link
	if err == nil {
		err = json.Unmarshal([]byte(doc), &l)
	}
	if err != nil {
		return broker.LinkedIdentity{}, fmt.Errorf("identity of %s at %s: malformed row", accountID, provider)
	}
	return broker.LinkedIdentity{
		Provider: provider, Subject: l.Subject, AccountID: accountID,
		Login: l.Login, Seen: at(n),
	}, nil
}

func numbers(texts []string) ([]int64, error) {
	out := make([]int64, len(texts))
	for i, s := range texts {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// ms is a time as it is stored: milliseconds UTC, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// text makes s one that both engines can store: PostgreSQL takes neither NUL
// nor invalid UTF-8. It is for what is shown; keys are refused instead, so that
// two never become one.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// maxKey is the longest key in bytes, within what an index can hold.
const maxKey = 1024

// storable reports a string that can be a key on both engines.
func storable(s string) bool {
	return s != "" && len(s) <= maxKey && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}
