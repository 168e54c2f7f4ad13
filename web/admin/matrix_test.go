package admin_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
)

// rule is who may use a route.
type rule string

const (
	look rule = "administrators"
	act  rule = "administrators who have just signed in"
)

// rules are of every route: one that is not here has not been thought about.
var rules = map[string]rule{
	"GET /admin/api/users":                          look,
	"POST /admin/api/users":                         act,
	"POST /admin/api/users/invite":                  act,
	"GET /admin/api/users/{id}":                     look,
	"PATCH /admin/api/users/{id}":                   act,
	"DELETE /admin/api/users/{id}":                  act,
	"POST /admin/api/users/{id}/suspend":            act,
	"POST /admin/api/users/{id}/activate":           act,
	"POST /admin/api/users/{id}/confirm":            act,
	"POST /admin/api/users/{id}/unlock":             act,
	"POST /admin/api/users/{id}/reset":              act,
	"POST /admin/api/users/{id}/invite":             act,
	"DELETE /admin/api/users/{id}/mfa":              act,
	"GET /admin/api/users/{id}/sessions":            look,
	"DELETE /admin/api/users/{id}/sessions":         act,
	"DELETE /admin/api/users/{id}/sessions/{sid}":   act,
	"GET /admin/api/users/{id}/identities":          look,
	"POST /admin/api/users/{id}/identities":         act,
	"DELETE /admin/api/users/{id}/identities/{iid}": act,
	"POST /admin/api/users/{id}/merge":              act,
	"POST /admin/api/merges/{id}/undo":              act,
	"GET /admin/api/groups":                         look,
	"GET /admin/api/providers":                      look,
	"GET /admin/api/keys":                           look,
	"GET /admin/api/audit":                          look,
	"POST /admin/api/keys/rotate":                   act,
	"POST /admin/api/keys/{id}/retire":              act,
}

// visitor is who comes with what, and what becomes of them: by the rule of the
// route, the status, and 0 for any that is no refusal.
type visitor struct {
	name  string
	dress func(*http.Request)
	met   map[rule]int
	code  string // of a refusal
}

func refused(status int) map[rule]int { return map[rule]int{look: status, act: status} }

// TestA01_EveryRouteAsksWhoComes walks the router.
func TestA01_EveryRouteAsksWhoComes(t *testing.T) {
	o := newOffice(t)
	visitors := visitorsOf(t, o)
	seen := map[string]bool{}
	err := o.router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		for _, method := range methods {
			name := method + " " + path
			seen[name] = true
			of, known := rules[strings.Replace(name, "HEAD ", "GET ", 1)]
			if !known {
				t.Errorf("%s has no rule", name)
			}
			for _, v := range visitors {
				t.Run(name+" for "+v.name, func(t *testing.T) { o.meet(t, method, path, of, v) })
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range rules {
		if !seen[name] {
			t.Errorf("%s has a rule and is no route", name)
		}
	}
}

// meet sends one visitor to one route, about things that do not exist.
func (o *office) meet(t *testing.T, method, path string, of rule, v visitor) {
	path = strings.NewReplacer("{id}", "nobody", "{sid}", "none", "{iid}", "none").Replace(path)
	r := httptest.NewRequest(method, path, nil)
	if v.dress != nil {
		v.dress(r)
	}
	w := o.do(r)
	status := v.met[of]
	switch {
	case status == 0 && slices.Contains([]int{401, 403, 405}, w.Code):
		t.Errorf("got %d %s, want to be let in", w.Code, w.Body)
	case status == 0 && of == act && w.Code < 400 && !strings.HasSuffix(path, "/keys/rotate"):
		t.Errorf("got %d for what does not exist", w.Code)
	case status == 0:
	default:
		if code, _ := want(t, w, status); code != v.code && method != http.MethodHead {
			t.Errorf("got the code %q, want %q", code, v.code)
		}
	}
}

func bearer(access string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+access) }
}

func visitorsOf(t *testing.T, o *office) []visitor {
	t.Helper()
	o.person(t, "boss", true)
	old := o.signIn(t, "boss")
	o.pass(6 * time.Minute)
	fresh := o.signIn(t, "boss")
	elsewhere, err := token.Open(t.Context(), token.Config{Issuer: publicURL, Audience: []string{"elsewhere"}, Now: o.clock}, o.db.Keys(), o.sealer)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := elsewhere.Sign(fresh.Claims)
	if err != nil {
		t.Fatal(err)
	}
	past := fresh.Claims
	past.IssuedAt, past.ExpiresAt = past.IssuedAt.Add(-time.Hour), past.IssuedAt.Add(-time.Minute)
	expired, err := o.ring.Sign(past)
	if err != nil {
		t.Fatal(err)
	}
	all := []visitor{
		{"nobody", nil, refused(401), "INVALID_CREDENTIALS"},
		{"a token of another audience", bearer(foreign), refused(401), "INVALID_TOKEN"},
		{"a refresh token as Bearer", bearer(fresh.Refresh), refused(401), "INVALID_TOKEN"},
		{"an expired token", bearer(expired), refused(401), "TOKEN_EXPIRED"},
		{"an administrator whose sign-in is old", bearer(old.Access), map[rule]int{act: 403}, "FORBIDDEN"},
		{"an administrator", bearer(fresh.Access), map[rule]int{}, ""},
		{"an administrator with a cookie", func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: sessionCookie, Value: fresh.Access})
		}, map[rule]int{}, ""},
		{"an administrator whom another site sends", func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: sessionCookie, Value: fresh.Access})
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
		}, map[rule]int{act: 403}, "FORBIDDEN"},
	}
	return append(all, fallen(t, o)...)
}

// fallen are people whose account is not, or no longer, good enough, whatever
// their token says.
func fallen(t *testing.T, o *office) (out []visitor) {
	t.Helper()
	o.person(t, "user", false)
	out = append(out, visitor{"an ordinary person", bearer(o.signIn(t, "user").Access), refused(403), "FORBIDDEN"})
	for _, c := range []struct {
		name   string
		change func(*broker.Account)
		met    map[rule]int
		code   string
	}{
		{"suspended", func(a *broker.Account) { a.Status = broker.Suspended }, refused(401), "INVALID_TOKEN"},
		{"demoted", func(a *broker.Account) { a.Admin = false }, refused(403), "FORBIDDEN"},
		{"half", func(a *broker.Account) { a.SecondFactor = true }, map[rule]int{act: 403}, "FORBIDDEN"},
	} {
		a := o.person(t, c.name, true)
		access := o.signIn(t, c.name).Access
		o.alter(t, a.ID, c.change)
		out = append(out, visitor{"an administrator who is " + c.name, bearer(access), c.met, c.code})
	}
	a := o.person(t, "left", true)
	access := o.signIn(t, "left").Access
	if _, err := o.admin.Revoke(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	return append(out, visitor{"an administrator whose session was ended", bearer(access), refused(401), "INVALID_TOKEN"})
}

// alter changes an account in the database, and ends no session.
func (o *office) alter(t *testing.T, id string, f func(*broker.Account)) {
	t.Helper()
	_, err := o.db.Members().Amend(t.Context(), broker.Amendment{AccountID: id, Now: o.clock(), Change: func(a *broker.Account, _ broker.Ticket) (broker.Deed, error) {
		f(a)
		return broker.Deed{}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}
