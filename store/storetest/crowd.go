package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// Crowd fills a fresh database with n people, as if they had been added one by
// one. bytes is how the engine casts text to bytes, with a %s. Everybody is in the
// group "everyone", one in ten in "tenth", one in a thousand suspended, and
// the first three are administrators. Number 42 is person0000042@example.org, and
// called "Given42 Family42"; a hundred given names and a thousand family names
// come again and again.
func Crowd(t testing.TB, raw *sql.DB, n int, bytes string) {
	t.Helper()
	numbers := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ` + fmt.Sprint(n) + `) `
	const name = `('person' || substr('000000' || i, length('' || i)))` // seven digits at the most
	for _, text := range []string{
		`INSERT INTO accounts (id, status, admin, epoch, password, doc, created_at, updated_at) ` + numbers +
			`SELECT 'a' || i, CASE WHEN i % 1000 = 0 THEN 'suspended' ELSE 'active' END, CASE WHEN i <= 3 THEN 1 ELSE 0 END, 1, '',
			'{"username":"' || NAME || '","email":"' || NAME || '@example.org","name":"Given' || (i % 100) || ' Family' || (i % 1000) || '"}', i, i FROM n`,
		`INSERT INTO identities (provider, subject, account_id, login_key, doc, created_at, seen_at) ` + numbers +
			`SELECT 'local', 'a' || i, 'a' || i, NULL, '{}', i, i FROM n`,
		`INSERT INTO account_groups (account_id, name, sources, created_at) ` + numbers + `SELECT 'a' || i, 'everyone', '[""]', i FROM n`,
		`INSERT INTO account_groups (account_id, name, sources, created_at) ` + numbers + `SELECT 'a' || i, 'tenth', '["corp"]', i FROM n WHERE i % 10 = 0`,
		`INSERT INTO search_terms (term, account_id) ` + numbers + `SELECT BYTES(NAME), 'a' || i FROM n`,
		`INSERT INTO search_terms (term, account_id) ` + numbers + `SELECT BYTES(NAME || '@example.org'), 'a' || i FROM n`,
		`INSERT INTO search_terms (term, account_id) ` + numbers + `SELECT BYTES('example.org'), 'a' || i FROM n`,
		`INSERT INTO search_terms (term, account_id) ` + numbers + `SELECT BYTES('given' || (i % 100)), 'a' || i FROM n`,
		`INSERT INTO search_terms (term, account_id) ` + numbers + `SELECT BYTES('family' || (i % 1000)), 'a' || i FROM n`,
		`ANALYZE`,
	} {
		if before, rest, ok := strings.Cut(text, "BYTES("); ok {
			term, after, _ := strings.Cut(rest, "), '")
			text = before + fmt.Sprintf(bytes, term) + ", '" + after
		}
		exec(t, raw, strings.ReplaceAll(text, "NAME", name))
	}
}
