package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// instant is a provider that costs nothing: its share of a sign-in is left
// out.
type instant struct{}

func (instant) AuthURL(_ context.Context, state string, _ drivers.Attempt) (string, error) {
	return "https://id.example.org/?state=" + state, nil
}

func (instant) Exchange(_ context.Context, _ drivers.Attempt, reply url.Values) (drivers.Identity, error) {
	return drivers.Identity{Subject: reply.Get("code"), Login: reply.Get("code"), Groups: []string{"staff"}}, nil
}

// BenchmarkRedirectLogin is the broker's share of a whole sign-in at a
// provider, away and back; the floor is its four statements on bare tables and
// one signature.
func BenchmarkRedirectLogin(b *testing.B) {
	for engine, open := range engines {
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d/signet", engine, callers), func(b *testing.B) { redirects(b, newHouse(b, open(b), nil), callers) })
			b.Run(fmt.Sprintf("%s/%d/floor", engine, callers), func(b *testing.B) { fourStatements(b, floors[engine](b), callers) })
		}
	}
}

func redirects(b *testing.B, h *house, callers int) {
	b.Helper()
	err := h.broker.Use(broker.Settings{Providers: []broker.Provider{
		{Name: "okta", Kind: "openid", Signup: true, Driver: drivers.Driver{Redirect: instant{}}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	enter := func(who string) error {
		to, err := h.broker.Begin(b.Context(), broker.Departure{Provider: "okta", Browser: "secret", Mode: sessions.ModeCookie})
		if err != nil {
			return err
		}
		_, state, _ := strings.Cut(to, "state=")
		_, err = h.broker.Finish(b.Context(), broker.Arrival{Provider: "okta", Browser: "secret", Reply: url.Values{"state": {state}, "code": {who}}})
		return err
	}
	for i := range callers { // makes the accounts
		if err := enter(fmt.Sprint("person", i)); err != nil {
			b.Fatal(err)
		}
	}
	spread(b, callers, func(i int) error { return enter(fmt.Sprint("person", i)) })
}

func fourStatements(b *testing.B, db *sql.DB, callers int) {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	b.Cleanup(func() { _ = db.Close() })
	for _, table := range []string{
		`CREATE TABLE flows (id TEXT PRIMARY KEY, doc TEXT NOT NULL)`, `CREATE TABLE people (id TEXT PRIMARY KEY, doc TEXT NOT NULL)`,
		`CREATE TABLE sessions (id TEXT PRIMARY KEY, doc TEXT NOT NULL)`, `INSERT INTO people VALUES ('person', 'doc')`,
	} {
		if _, err := db.ExecContext(ctx, table); err != nil {
			b.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	doc := strings.Repeat("d", 300)
	spread(b, callers, func(int) error {
		id, got := rand.Text(), ""
		if _, err := db.ExecContext(ctx, `INSERT INTO flows VALUES ($1, $2)`, id, doc); err != nil {
			return err
		}
		if err := db.QueryRowContext(ctx, `DELETE FROM flows WHERE id = $1 RETURNING doc`, id).Scan(&got); err != nil {
			return err
		}
		if err := db.QueryRowContext(ctx, `SELECT doc FROM people WHERE id = 'person'`).Scan(&got); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO sessions VALUES ($1, $2)`, id, doc); err != nil {
			return err
		}
		sum := sha256.Sum256(make([]byte, 900))
		_, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		return err
	})
}
