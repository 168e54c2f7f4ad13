package bench

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/sessions"
)

// BenchmarkRefresh is POST /auth/refresh over HTTP, each caller with a session
// of its own. The floor is a bare handler with one conditional UPDATE and one
// signature, over the same engine with the same durability.
func BenchmarkRefresh(b *testing.B) {
	for engine, open := range engines {
		for _, callers := range []int{1, 16, 32} {
			b.Run(fmt.Sprintf("%s/%d/signet", engine, callers), func(b *testing.B) {
				h := newHouse(b, open(b), nil)
				refreshAll(b, h, callers)
			})
			b.Run(fmt.Sprintf("%s/%d/floor", engine, callers), func(b *testing.B) {
				floorAll(b, floors[engine](b), callers)
			})
		}
	}
}

func refreshAll(b *testing.B, h *house, callers int) {
	b.Helper()
	tokens := make([]string, callers)
	if _, err := h.admin.Add(b.Context(), broker.NewAccount{Username: "alice", Password: password}); err != nil {
		b.Fatal(err)
	}
	for i := range tokens {
		l, err := h.broker.SignIn(b.Context(), broker.Credentials{Login: "alice", Password: password, Mode: sessions.ModeJSON})
		if err != nil {
			b.Fatal(err)
		}
		tokens[i] = l.Refresh
	}
	s := httptest.NewServer(h.web)
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	spread(b, callers, func(i int) error {
		var v struct {
			Data struct {
				Refresh string `json:"refresh_token"`
			}
		}
		if err := ask(client, s.URL+"/auth/refresh", `{"refresh_token":"`+tokens[i]+`"}`, &v); err != nil {
			return err
		}
		tokens[i] = v.Data.Refresh
		return nil
	})
}

func ask(client *http.Client, url, body string, into any) error {
	resp, err := client.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, b)
	}
	return json.Unmarshal(b, into)
}

// floors are bare databases with one table.
var floors = map[string]func(b *testing.B) *sql.DB{
	"sqlite": func(b *testing.B) *sql.DB {
		name := "file:" + filepath.Join(b.TempDir(), "floor.db") +
			"?_txlock=immediate&_pragma=busy_timeout(2000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
		db, err := sql.Open("sqlite", name)
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		return db
	},
	"postgres": func(b *testing.B) *sql.DB {
		dsn, _ := parts.Postgres(b, parts.PostgresOptions{Durable: true})
		pool, err := pgxpool.New(b.Context(), dsn)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(pool.Close)
		return stdlib.OpenDBFromPool(pool)
	},
}

func floorAll(b *testing.B, db *sql.DB, callers int) {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(ctx, `CREATE TABLE s (id BIGINT PRIMARY KEY, generation BIGINT NOT NULL, used BIGINT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	for i := range callers {
		if _, err := db.ExecContext(ctx, `INSERT INTO s VALUES ($1, 1, 0)`, i); err != nil {
			b.Fatal(err)
		}
	}
	update, err := db.PrepareContext(ctx, `UPDATE s SET generation = generation + 1, used = used + 1 WHERE id = $1 AND generation = $2 RETURNING generation`)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = update.Close() })
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	s := httptest.NewServer(bare(update, key))
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	generations := make([]int64, callers)
	spread(b, callers, func(i int) error {
		var v struct{ Generation int64 }
		if err := ask(client, s.URL, fmt.Sprintf(`{"ID":%d,"Generation":%d}`, i, max(generations[i], 1)), &v); err != nil {
			return err
		}
		generations[i] = v.Generation
		return nil
	})
}

func bare(update *sql.Stmt, key *ecdsa.PrivateKey) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ ID, Generation int64 }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var generation int64
		if err := update.QueryRowContext(r.Context(), in.ID, in.Generation).Scan(&generation); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		sum := sha256.Sum256(make([]byte, 900))
		signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `{"Generation":%d,"Token":"%s"}`, generation, base64.RawURLEncoding.EncodeToString(append(make([]byte, 900), signature...)))
	})
}
