package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
)

func TestA10_TheLastAdministratorStays(t *testing.T) {
	o := newOffice(t)
	boss, access := o.boss(t)
	o.person(t, "alice", false)
	steps := []struct{ method, path, body string }{
		{"PATCH", "/admin/api/users/boss", `{"admin":false}`},
		{"POST", "/admin/api/users/boss/suspend", ``},
		{"DELETE", "/admin/api/users/boss", ``},
		{"POST", "/admin/api/users/alice/merge", `{"from":"boss"}`},
	}
	refused := func(t *testing.T) {
		t.Helper()
		for _, s := range steps {
			if _, reason := want(t, o.ask(access, s.method, s.path, s.body), 403); !strings.Contains(reason, "make another administrator first") {
				t.Errorf("%s %s: got the reason %q", s.method, s.path, reason)
			}
		}
		if a := o.found(t, "boss"); !a.Admin || a.Status != broker.Active {
			t.Errorf("got %+v, want an active administrator", a)
		}
	}
	t.Run("who is the only one", refused)
	t.Run("whose only way in cannot be taken away", func(t *testing.T) {
		ids := read[[]named](t, o.ask(access, "GET", "/admin/api/users/boss/identities", ""))
		want(t, o.ask(access, "DELETE", "/admin/api/users/boss/identities/"+ids[0].ID, ""), 403)
	})
	t.Run("beside one who has no way in", func(t *testing.T) {
		want(t, o.ask(access, "POST", "/admin/api/users", `{"username":"ghost","admin":true}`), 201)
		refused(t)
	})
	t.Run("beside one who comes from a provider that is disabled", func(t *testing.T) {
		want(t, o.ask(access, "POST", "/admin/api/users/ghost/identities", `{"provider":"old","subject":"x"}`), 201)
		refused(t)
	})
	t.Run("but not beside one who can go on", func(t *testing.T) {
		want(t, o.ask(access, "POST", "/admin/api/users/ghost/identities", `{"provider":"corp","subject":"id-ghost"}`), 201)
		want(t, o.ask(access, "PATCH", "/admin/api/users/"+boss.ID, `{"admin":false}`), 200)
		want(t, o.ask(access, "GET", "/admin/api/users", ""), 401) // the sessions of who loses the right end
	})
}

func TestA11_EveryChangeIsRecorded(t *testing.T) {
	o := newOffice(t)
	boss, access := o.boss(t)
	alice := o.person(t, "alice", false)
	o.person(t, "bob", false)
	id := func(t *testing.T, path string) string {
		t.Helper()
		return read[[]named](t, o.ask(access, "GET", path, ""))[0].ID
	}
	for _, c := range []struct {
		name, method, path, body string
		events                   []string
		changes                  []broker.Change
	}{
		{"edit", "PATCH", "/admin/api/users/alice", `{"name":"Alice","groups":["family"]}`, []string{"account.change:edited"},
			[]broker.Change{{Field: "name", After: "Alice"}, {Field: "groups", After: "family"}}},
		{"address", "PATCH", "/admin/api/users/alice", `{"email":"a@example.org"}`, []string{"account.change:edited"},
			[]broker.Change{{Field: "email", Before: "alice@example.org", After: "a@example.org"}, {Field: "email_confirmed", Before: "true", After: "false"}}},
		{"confirm", "POST", "/admin/api/users/alice/confirm", ``, []string{"account.change:confirmed"},
			[]broker.Change{{Field: "email_confirmed", Before: "false", After: "true"}}},
		{"promote", "PATCH", "/admin/api/users/alice", `{"admin":true}`, []string{"account.change:edited"},
			[]broker.Change{{Field: "admin", Before: "false", After: "true"}}},
		{"demote", "PATCH", "/admin/api/users/alice", `{"admin":false}`, []string{"account.change:edited", "session.end:admin_off"},
			[]broker.Change{{Field: "admin", Before: "true", After: "false"}}},
		{"suspend", "POST", "/admin/api/users/alice/suspend", ``, []string{"account.change:status_suspended", "session.end:status_suspended"},
			[]broker.Change{{Field: "status", Before: "active", After: "suspended"}}},
		{"activate", "POST", "/admin/api/users/alice/activate", ``, []string{"account.change:status_active"},
			[]broker.Change{{Field: "status", Before: "suspended", After: "active"}}},
		{"unlock", "POST", "/admin/api/users/alice/unlock", ``, []string{"account.unlock:asked"}, nil},
		{"reset", "POST", "/admin/api/users/alice/reset", ``, []string{"password.requested:administrator"}, nil},
		{"link", "POST", "/admin/api/users/alice/identities", `{"provider":"corp","subject":"s1"}`, []string{"identity.link:administrator"},
			[]broker.Change{{Field: "identity", After: "corp:s1"}}},
		{"end sessions", "DELETE", "/admin/api/users/alice/sessions", ``, []string{"session.end:revoked"}, nil},
		{"merge", "POST", "/admin/api/users/alice/merge", `{"from":"bob"}`, []string{"account.merge:administrator", "session.end:merged"}, nil},
		{"remove", "DELETE", "/admin/api/users/alice", ``, []string{"account.delete:administrator"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o.record.take()
			if w := o.ask(access, c.method, c.path, c.body); w.Code >= 300 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			events := o.record.take()
			if diff := cmp.Diff(c.events, names(events)); diff != "" {
				t.Fatalf("want -, got +:\n%s", diff)
			}
			e := events[0]
			if e.Actor != boss.ID || e.AccountID != alice.ID || e.Client.Address != "192.0.2.1" || e.Client.RequestID == "" {
				t.Errorf("got %+v, want who did it to whom and from where", e)
			}
			if diff := cmp.Diff(c.changes, e.Changes); c.changes != nil && diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	t.Run("unlink", func(t *testing.T) {
		carol := o.person(t, "carol", false)
		path := "/admin/api/users/carol/identities"
		way := id(t, path)
		o.record.take()
		want(t, o.ask(access, "DELETE", path+"/"+way, ""), 204)
		e := o.record.take()[0]
		if e.Name != broker.EventUnlink || e.Actor != boss.ID || e.Changes[0].Before != "local:"+carol.ID {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("and so is what was refused", func(t *testing.T) {
		o.person(t, "dave", false)
		theirs := o.signIn(t, "dave").Access
		o.record.take()
		want(t, o.ask(theirs, "DELETE", "/admin/api/users/boss", ""), 403)
		o.pass(6 * time.Minute)
		want(t, o.ask(access, "DELETE", "/admin/api/users/boss", ""), 403)
		if diff := cmp.Diff([]string{"admin.refused:no_administrator", "admin.refused:sign_in_too_old"}, names(o.record.take())); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}
