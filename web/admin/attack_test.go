package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

// named is what is read of an entry of a list.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// found returns an account as the database has it.
func (o *office) found(t *testing.T, ref string) broker.Account {
	t.Helper()
	a, err := o.db.Directory().Account(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestA03_NothingElseIsChanged(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	o.person(t, "alice", false)
	before := o.found(t, "alice")
	for _, field := range []string{
		`"id":"x"`, `"status":"active"`, `"role":"admin"`, `"is_admin":true`, `"email_confirmed":true`, `"email_hearsay":false`, `"provider":"corp"`, `"origin":"corp"`,
		`"external_id":"x"`, `"subject":"x"`, `"tfa_secret":"x"`, `"second_factor":true`, `"password":"a very long password"`, `"password_hash":"x"`, `"epoch":9`,
		`"created":"2020-01-01T00:00:00Z"`, `"updated":"2020-01-01T00:00:00Z"`, `"scopes":["all"]`, `"Admin":true`, `"ADMIN":true`, `"identities":[]`,
	} {
		t.Run("PATCH of "+field, func(t *testing.T) {
			want(t, o.ask(access, "PATCH", "/admin/api/users/alice", `{"name":"Mallory",`+field+`}`), 400)
			if diff := cmp.Diff(before, o.found(t, "alice")); diff != "" {
				t.Errorf("it was changed: want -, got +:\n%s", diff)
			}
		})
	}
	for _, body := range []string{`{"username":"x","password":"a very long password"}`, `{"username":"x","status":"active"}`, `{"username":"x","id":"y"}`} {
		t.Run("POST of "+body, func(t *testing.T) {
			want(t, o.ask(access, "POST", "/admin/api/users", body), 400)
			want(t, o.ask(access, "GET", "/admin/api/users/x", ""), 404)
		})
	}
	t.Run("null is as good as absent", func(t *testing.T) {
		want(t, o.ask(access, "PATCH", "/admin/api/users/alice", `{"name":null,"admin":null,"groups":null,"email":null}`), 200)
		after := o.found(t, "alice")
		after.Updated = before.Updated
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}

// TestA04: there is one right, and who has it not gets nowhere near it.
func TestA04_NobodyGivesThemselvesMore(t *testing.T) {
	o := newOffice(t)
	o.person(t, "boss", true)
	alice := o.person(t, "alice", false)
	access := o.signIn(t, "alice").Access
	for _, c := range []struct{ method, path, body string }{
		{"PATCH", "/admin/api/users/" + alice.ID, `{"admin":true}`},
		{"PATCH", "/admin/api/users/" + alice.ID, `{"groups":["staff"]}`},
		{"POST", "/admin/api/users", `{"username":"mallory","admin":true}`},
		{"POST", "/admin/api/users/invite", `{"email":"mallory@example.org","admin":true}`},
		{"POST", "/admin/api/users/alice/identities", `{"provider":"corp","subject":"id-boss"}`},
		{"POST", "/admin/api/users/alice/merge", `{"from":"boss"}`},
		{"POST", "/admin/api/users/boss/reset", ``},
		{"DELETE", "/admin/api/users/boss", ``},
	} {
		t.Run(c.method+" "+c.path+" is refused", func(t *testing.T) {
			want(t, o.ask(access, c.method, c.path, c.body), http.StatusForbidden)
		})
	}
	if a := o.found(t, "alice"); a.Admin || len(a.Groups) > 0 {
		t.Errorf("got %+v, want an ordinary person", a)
	}
	t.Run("a merge with an administrator makes nobody one", func(t *testing.T) {
		access := o.signIn(t, "boss").Access
		o.person(t, "other", true)
		want(t, o.ask(access, "POST", "/admin/api/users/alice/merge", `{"from":"other"}`), 200)
		if o.found(t, "alice").Admin {
			t.Error("alice is an administrator")
		}
	})
	t.Run("who was demoted a moment ago is out, with the token that they have", func(t *testing.T) {
		o.person(t, "second", true)
		theirs := o.signIn(t, "second").Access
		o.alter(t, o.found(t, "second").ID, func(a *broker.Account) { a.Admin = false })
		want(t, o.ask(theirs, "GET", "/admin/api/users", ""), http.StatusForbidden)
	})
}

func TestA05_SecretsAreInNoAnswerAndNoFilter(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	o.person(t, "alice", false)
	login := o.signIn(t, "alice")
	o.corp.err = drivers.ErrUnavailable
	_, _ = o.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "x", Password: "canary password"})
	var hash string
	if err := o.raw.QueryRowContext(t.Context(), `SELECT password FROM accounts WHERE id = $1`, login.Claims.AccountID).Scan(&hash); err != nil || hash == "" {
		t.Fatalf("no hash: %v", err)
	}
	secrets := []string{hash, login.Access, login.Refresh, masterSecret, rightPassword, "canary password", "argon2", "private", `"d"`}
	for name, of := range rules {
		method, path, _ := strings.Cut(name, " ")
		if method != "GET" || of != look {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := o.ask(access, method, strings.Replace(path, "{id}", "alice", 1), "")
			want(t, w, 200)
			for _, secret := range secrets {
				if strings.Contains(w.Body.String(), secret) {
					t.Errorf("%q is in the answer: %s", secret, w.Body)
				}
			}
		})
	}
	for _, query := range []string{
		"sort=password", "sort=created", "order=email", "password=x", "password_hash=a", "filter[password][_starts_with]=a", "tfa_secret=x", "fields=*", "search=a&search=b", "limit=1&token=x",
	} {
		t.Run("A-05 no list is asked for by "+query, func(t *testing.T) {
			want(t, o.ask(access, "GET", "/admin/api/users?"+query, ""), 400)
			want(t, o.ask(access, "GET", "/admin/api/audit?"+query, ""), 400)
		})
	}
	t.Run("no search finds by a secret", func(t *testing.T) {
		for _, secret := range []string{hash, hash[:12], "argon2id", "$argon2id"} {
			if got := read[[]any](t, o.ask(access, "GET", "/admin/api/users?search="+url.QueryEscape(secret), "")); len(got) != 0 {
				t.Errorf("a search for %q found %v", secret, got)
			}
		}
	})
}

func TestA06_WhatIsAskedForIsNeverSQL(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	for _, name := range []string{"alice", "bob", "carol"} {
		o.person(t, name, false)
	}
	attacks := []string{
		`' OR '1'='1`, `'; DROP TABLE accounts; --`, `%`, `_`, `\`, `$1`, `$$x$$`, `"`, "a' UNION SELECT password FROM accounts --",
		`{"$ne":null}`, `1) OR (1=1`, "\u2019 OR 1=1",
	}
	for _, name := range []string{"search", "group"} {
		for _, attack := range attacks {
			t.Run(name+" "+attack+" finds nobody", func(t *testing.T) {
				w := o.ask(access, "GET", "/admin/api/users?"+name+"="+url.QueryEscape(attack), "")
				want(t, w, 200)
				if got := read[[]any](t, w); len(got) != 0 {
					t.Errorf("got %v", got)
				}
			})
		}
	}
	for _, query := range []string{
		"status=x'+OR+1=1", "admin=1", "admin=true'", "limit=0", "limit=201", "limit=-1", "limit=1e3", "limit=1;", "limit=" + url.QueryEscape("1 UNION SELECT 1"),
		"search=%ff", "search=" + strings.Repeat("a", 257), "group=%ff", "%zz",
	} {
		t.Run(query+" is refused", func(t *testing.T) { want(t, o.ask(access, "GET", "/admin/api/users?"+query, ""), 400) })
	}
	for _, id := range attacks {
		t.Run("nobody has the id "+id, func(t *testing.T) {
			want(t, o.ask(access, "GET", "/admin/api/users/"+url.PathEscape(id), ""), 404)
		})
	}
	t.Run("a cursor is one that this list gave", func(t *testing.T) { o.cursors(t, access) })
	if got := read[[]any](t, o.ask(access, "GET", "/admin/api/users", "")); len(got) != 4 {
		t.Errorf("got %d people, want all four", len(got))
	}
}

func (o *office) cursors(t *testing.T, access string) {
	var p struct {
		Next string `json:"next"`
	}
	w := o.ask(access, "GET", "/admin/api/users?limit=2", "")
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Next == "" {
		t.Fatalf("no cursor in %s: %v", w.Body, err)
	}
	if got := read[[]any](t, o.ask(access, "GET", "/admin/api/users?cursor="+p.Next, "")); len(got) != 2 {
		t.Errorf("got %d on the second page, want 2", len(got))
	}
	flipped := []byte(p.Next)
	flipped[len(flipped)-2] ^= 1
	for name, c := range map[string]string{
		"changed in one bit": string(flipped), "cut": p.Next[:len(p.Next)-4], "longer": p.Next + "AAAA", "somebody's own": "Y2AAAAAAAAAAA",
		"SQL": url.QueryEscape("' OR 1=1 --"), "too short": "AA", "without its proof": p.Next[22:], "with padding": p.Next + "%3D",
	} {
		t.Run("one that is "+name+" is refused", func(t *testing.T) {
			want(t, o.ask(access, "GET", "/admin/api/users?cursor="+c, ""), 400)
		})
	}
	for _, other := range []string{"search=alice", "status=active", "admin=false", "group=staff"} {
		t.Run("one of another list is refused: "+other, func(t *testing.T) {
			want(t, o.ask(access, "GET", "/admin/api/users?"+other+"&cursor="+p.Next, ""), 400)
		})
	}
}

// TestA12: what people are called is text, whatever it looks like.
func TestA12_HTMLInNamesStaysText(t *testing.T) {
	o := newOffice(t)
	_, access := o.boss(t)
	name := `<script>alert(1)</script>`
	w := o.ask(access, "POST", "/admin/api/users", `{"username":"javascript:alert(1)","name":"`+name+`","groups":["<img src=x onerror=alert(1)>"]}`)
	want(t, w, 201)
	for _, path := range []string{"/admin/api/users", "/admin/api/users/javascript:alert(1)", "/admin/api/groups"} {
		w := o.ask(access, "GET", path, "")
		want(t, w, 200)
		h := w.Header()
		if strings.ContainsAny(w.Body.String(), "<>") || h.Get("Content-Type") != "application/json; charset=utf-8" ||
			h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: got %v %s, want JSON that nobody takes for a page", path, h, w.Body)
		}
	}
	if got := read[[]named](t, o.ask(access, "GET", "/admin/api/users?search=alert", "")); len(got) != 1 || got[0].Name != name {
		t.Errorf("got %+v, want the name as it was given", got)
	}
	for _, field := range []string{`"picture":"javascript:alert(1)"`, `"redirect":"javascript:alert(1)"`} {
		want(t, o.ask(access, "PATCH", "/admin/api/users/javascript:alert(1)", `{`+field+`}`), 400)
	}
}
