package e2e

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store/legacytest"
)

// People of a Directus who came to it through providers sign in at the same
// providers here, and are who they were.
func TestImportedIdentitiesLeadToTheirPeople(t *testing.T) {
	f := newFederated(t)
	path := filepath.Join(t.TempDir(), "directus.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	old := legacytest.Old{DB: db}
	old.Make(t, legacytest.Directus11)
	const carolID, danID = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0001", "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0002"
	old.Insert(t, "directus_users", "id", carolID, "email", carol.Email, "provider", "okta", "external_identifier", carol.Subject)
	old.Insert(t, "directus_users", "id", danID, "email", dan.Email, "provider", "gitea", "external_identifier", dan.Subject)
	r := parts.Run(t, parts.Launch{
		Dir: f.Dir, Env: []string{"SIGNET_SECRET=" + masterKey},
		Args: []string{"import", "directus", "--from", path, "--provider", "okta=one", "--provider", "gitea=plain", "--identifiers", "plain"},
	})
	if r.Code != 0 || !strings.Contains(r.Stdout, "2  added") {
		t.Fatalf("got exit %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	for _, c := range []struct{ provider, login, id string }{{"one", "carol", carolID}, {"plain", "dan", danID}} {
		if got := claims(t, f.browser().enter(c.provider, c.login).Access); got["id"] != c.id || got["idp"] != c.provider {
			t.Errorf("%s came in as %v, want %s", c.login, got, c.id)
		}
	}
	t.Run("and at another provider of the same id to nobody", func(t *testing.T) {
		if got := claims(t, f.browser().enter("two", "carol").Access)["id"]; got == carolID {
			t.Error("the id at one provider opens the account at another")
		}
	})
}
