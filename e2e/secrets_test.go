package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/signet-sso/signet/e2e/parts"
)

// TestK01NoSecretIsWhereItDoesNotBelong uses a marker for every secret and
// looks for it in the log (at its most talkative), in errors, metrics and the
// database.
func TestK01NoSecretIsWhereItDoesNotBelong(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	dsn := parts.SharedPostgres(t)
	gauge := "127.0.0.1:" + freePort(t)
	s := serve(t, directoryConfig(d, "ldaps", "search"),
		"SIGNET_DATABASE="+dsn, "SIGNET_LOG__LEVEL=debug", "SIGNET_METRICS__LISTEN="+gauge)
	const wrong = "canary-wrong-password-QX71"
	said := []answer{
		login(t, s, "", "admin", wrong), login(t, s, "corp", "alice", wrong), login(t, s, "corp", "nobody", wrong),
		post(t, s.URL+"/auth/login", map[string]any{"identifier": "admin", "password": []string{wrong}}),
		post(t, s.URL+"/auth/refresh", map[string]string{"refresh_token": wrong}),
		get(t, s.URL+"/auth/me", wrong), get(t, s.URL+"/auth/me?access_token="+wrong, ""),
		get(t, s.URL+"/nowhere?password="+wrong, ""),
	}
	local := login(t, s, "", "admin", adminPassword).tokens(t)
	corp := login(t, s, "corp", "alice", parts.PersonPassword).tokens(t)
	next := refresh(t, s, corp.Refresh).tokens(t)
	said = append(said, get(t, s.URL+"/auth/me", local.Access), get(t, "http://"+gauge+"/metrics", ""))
	post(t, s.URL+"/auth/logout", map[string]string{"refresh_token": local.Refresh})

	var bodies strings.Builder
	for _, a := range said {
		bodies.WriteString(a.body)
	}
	places := map[string]string{"log": s.Stderr(), "terminal": s.Stdout(), "answers": bodies.String(), "database": dump(t, dsn)}
	for what, secret := range map[string]string{
		"master secret": masterKey, "administrator's password": adminPassword, "wrong password": wrong,
		"bind password": parts.ReaderPassword, "directory password": parts.PersonPassword,
		"access token": local.Access, "signature": local.Access[strings.LastIndex(local.Access, ".")+1:],
		"refresh token": local.Refresh, "directory refresh token": corp.Refresh, "its successor": next.Refresh,
	} {
		for where, text := range places {
			if strings.Contains(text, secret) {
				t.Errorf("the %s is in the %s", what, where)
			}
		}
	}
	if len(places["database"]) < 1000 || len(places["log"]) < 1000 {
		t.Errorf("got %d bytes of database and %d of log, want something to look at", len(places["database"]), len(places["log"]))
	}
}

// dump is every row of every table as JSON.
func dump(t testing.TB, dsn string) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	rows, err := c.Query(ctx, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		var text string
		err := c.QueryRow(ctx, `SELECT coalesce(json_agg(x)::text, '') FROM `+pgx.Identifier{table}.Sanitize()+` x`).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %s\n", table, text)
	}
	return b.String()
}

// TestT32NothingInADumpOpensADoor presents every word of the database as a
// token.
func TestT32NothingInADumpOpensADoor(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	s := serve(t, "", "SIGNET_DATABASE="+dsn)
	login(t, s, "", "admin", adminPassword).tokens(t)
	form := strings.NewReader("provider=local&login=admin&password=" + strings.ReplaceAll(adminPassword, " ", "+"))
	resp, err := client.Post(s.URL+"/login", "application/x-www-form-urlencoded", form) // a browser session too
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in on the page: got %d, %v; want 303", resp.StatusCode, err)
	}
	words := strings.FieldsFunc(dump(t, dsn), func(c rune) bool { return strings.ContainsRune(" \n\t\":,{}[]\\", c) })
	slices.Sort(words)
	tried := 0
	for _, w := range slices.Compact(words) {
		if len(w) < 16 {
			continue
		}
		tried++
		if a := refresh(t, s, w); a.status == http.StatusOK {
			t.Errorf("%q works as a refresh token", w)
		}
		if a := get(t, s.URL+"/auth/me", w); a.status == http.StatusOK {
			t.Errorf("%q works as an access token", w)
		}
		if page := getWithCookie(t, s.URL+"/login", "signet_page", w); strings.Contains(page.body, "admin@example.com") {
			t.Errorf("T-34 %q works as a browser session", w)
		}
	}
	if tried < 5 {
		t.Errorf("tried %d words, want the ids and hashes of a session at least", tried)
	}
}

func getWithCookie(t testing.TB, url, name, value string) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: name, Value: value})
	a, err := do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestK04NothingForDebuggingIsServed(t *testing.T) {
	s := serve(t, "", "SIGNET_METRICS__LISTEN=127.0.0.1:"+freePort(t))
	for _, path := range []string{
		"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/swagger", "/graphiql", "/.git/config",
		"/.env", "/config", "/providers.yaml", "/signet-data/secret", "/signet-data/signet.db", "/login/assets/../../providers.yaml",
		"/login/assets/", "/docs/frame.html~",
	} {
		if a := get(t, s.URL+path, ""); a.status != http.StatusNotFound {
			t.Errorf("%s: got %d %.60s, want 404", path, a.status, a.body)
		}
	}
	for _, path := range []string{"/health", "/auth", "/login", "/nowhere"} { // K-05
		a := get(t, s.URL+path, "")
		if v := a.header.Get("Server") + a.header.Get("X-Powered-By"); v != "" || strings.Contains(a.body, "go1.") {
			t.Errorf("%s names versions: %q", path, v)
		}
	}
}

// TestK08EveryEventIsRecordedOnce does one of each and reads the audit record.
func TestK08EveryEventIsRecordedOnce(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	s := serve(t, directoryConfig(d, "ldaps", "search")+"\nlockout: {attempts: 2}\n", "SIGNET_LOG__LEVEL=error")
	seen := len(audit(t, s))
	for _, c := range []struct {
		what string
		do   func()
		want []string
	}{
		{"a first sign-in", func() { login(t, s, "corp", "alice", parts.PersonPassword) }, []string{"account.create signup", "login.success signup"}},
		{"a sign-in", func() { login(t, s, "corp", "alice", parts.PersonPassword) }, []string{"login.success known"}},
		{"a wrong password", func() { login(t, s, "corp", "bob", "x") }, []string{"login.failure unknown_or_wrong"}},
		{"a locked name", func() { login(t, s, "corp", "bob", "x"); login(t, s, "corp", "bob", "x") }, []string{"login.failure unknown_or_wrong", "login.locked locked"}},
		{"a refresh, a repeated and a malformed one", func() {
			l := login(t, s, "", "admin", adminPassword).tokens(t)
			refresh(t, s, l.Refresh)
			refresh(t, s, l.Refresh)
			refresh(t, s, "nonsense")
		}, []string{"login.success known", "session.refresh rotated", "session.refresh repeated", "session.refused malformed"}},
		{"reuse and logout", func() {
			l := login(t, s, "", "admin", adminPassword).tokens(t)
			second := refresh(t, s, l.Refresh).tokens(t)
			refresh(t, s, second.Refresh)
			refresh(t, s, l.Refresh)
			m := login(t, s, "", "admin", adminPassword).tokens(t)
			for range 2 {
				post(t, s.URL+"/auth/logout", map[string]string{"refresh_token": m.Refresh})
			}
		}, []string{"login.success known", "session.refresh rotated", "session.refresh rotated", "session.reuse old_refresh_token", "login.success known", "session.logout asked"}},
		{"a dead directory", func() { d.Stop(); login(t, s, "corp", "alice", "x") }, []string{"provider.failure unavailable"}},
	} {
		c.do()
		// What it writes arrives here a moment later; one event too many is
		// found by the next case.
		eventually(t, c.what, func() bool { return len(audit(t, s)) >= seen+len(c.want) })
		all := audit(t, s)
		got := all[seen:]
		seen = len(all)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
}

// audit is the record so far as "event reason". Each line must say who and
// when.
func audit(t testing.TB, s *parts.Server) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(s.Stderr()) {
		var e struct{ Msg, Time, Event, Reason, Client, Request, Account string }
		if json.Unmarshal([]byte(line), &e) != nil || e.Msg != "audit" {
			continue
		}
		if e.Time == "" || e.Client == "" && e.Reason != "administrator" {
			t.Errorf("the record does not say who and when: %s", line)
		}
		out = append(out, e.Event+" "+e.Reason)
	}
	return out
}

func TestT18WeakSecretsDoNotStart(t *testing.T) {
	for _, secret := range []string{"", "short", "changeme", strings.Repeat("x", 40), "secret-secret-secret-secret-secret-secret"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "key")
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
		r := parts.Run(t, parts.Launch{Args: []string{"serve"}, Dir: dir, Env: []string{"SIGNET_SECRET__FILE=" + file}})
		if r.Code != 1 || !strings.Contains(r.Stderr, "secret") || strings.Contains(r.Stderr, "listening") {
			t.Errorf("%q: got exit %d, %s; want a refusal that names the secret", secret, r.Code, r.Stderr)
		}
	}
}
