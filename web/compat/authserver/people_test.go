package authserver_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/wire"
)

const noAdmin = `{"detail":"Not an admin user"}`

// acts is all that takes an administrator.
var acts = []struct{ method, path, body string }{
	{"GET", "/user/?email=b@example.org", ""},
	{"HEAD", "/users/", ""},
	{"GET", "/users/", ""},
	{"POST", "/user/", `{"email":"c@example.org","password":"` + secret + `"}`},
	{"PUT", "/user/?email=b@example.org&new_email=c@example.org", ""},
	{"PUT", "/user/?email=admin@example.org&password=another-right-password", ""},
	{"DELETE", "/user/?email=b@example.org", ""},
}

func TestWhoIsNoAdministrator(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin", "b")
	if _, err := h.Admin.Add(t.Context(), broker.NewAccount{Email: "deputy@example.org", Confirmed: true, Password: secret, Admin: true}); err != nil {
		t.Fatal(err)
	}
	barred := h.tokens(t, "deputy")
	h.Acts()["status"](t, []string{"deputy@example.org", "suspended"})
	own, admin := h.tokens(t, "b"), h.tokens(t, "admin")
	for _, c := range []struct {
		who, field string
		status     int
		body       string
	}{
		{"nobody", "", 401, `{"detail":"Not authenticated"}`},
		{"an ordinary person", "Bearer " + own.Access, 403, noAdmin},
		{"a suspended administrator", "Bearer " + barred.Access, 401, `{"detail":"Could not validate credentials"}`},
		{"a refresh token of an administrator's", "Bearer " + admin.Refresh, 401, `{"detail":"Could not validate credentials"}`},
		{"a token that was changed", "Bearer " + admin.Access + "x", 401, `{"detail":"Could not validate credentials"}`},
		{"a token without its scheme", admin.Access, 401, `{"detail":"Not authenticated"}`},
		{"a password in the place of a token", "Basic YWRtaW46YWRtaW4=", 401, `{"detail":"Not authenticated"}`},
		{"no token behind the scheme", "Bearer ", 401, `{"detail":"Could not validate credentials"}`},
	} {
		t.Run(c.who, func(t *testing.T) {
			for _, a := range acts {
				var fields []string
				if c.field != "" {
					fields = []string{"Authorization", c.field}
				}
				w := h.send(a.method, a.path, a.body, fields...)
				is(t, w, c.status, c.body)
				if (w.Code == 401) != strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("%s %s: WWW-Authenticate is %q", a.method, a.path, w.Header().Get("WWW-Authenticate"))
				}
			}
		})
	}
	t.Run("two tokens are none", func(t *testing.T) {
		for _, a := range acts {
			w := h.send(a.method, a.path, a.body, "Authorization", "Bearer "+admin.Access, "Authorization", "Bearer "+own.Access)
			is(t, w, 422, "*")
		}
	})
	t.Run("a token in the query or a cookie is none", func(t *testing.T) {
		for _, a := range acts {
			joint := "?"
			if strings.Contains(a.path, "?") {
				joint = "&"
			}
			w := h.send(a.method, a.path+joint+"access_token="+admin.Access, a.body, "Cookie", "access_token="+admin.Access)
			is(t, w, 401, `{"detail":"Not authenticated"}`)
		}
	})
	t.Run("and nobody was changed", func(t *testing.T) {
		h.tokens(t, "b")
		h.tokens(t, "admin")
		is(t, h.send("GET", "/user/?email=c@example.org", "", h.bearer(t)...), 404, "*")
	})
}

func TestAnAdministratorsLongSessionReadsAndChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin", "b")
	in := h.tokens(t, "admin")
	h.Pass(16 * time.Minute)
	in.Access = read(t, h.send("POST", "/refresh/", `{"refresh_token":"`+in.Refresh+`"}`)).Access
	for _, a := range acts {
		w := h.send(a.method, a.path, a.body, "Authorization", "Bearer "+in.Access)
		if a.method == "GET" || a.method == "HEAD" {
			is(t, w, 200, "*")
			continue
		}
		is(t, w, 403, `{"detail":"sign in again first: the last time is more than 15m0s ago"}`)
	}
}

// deaf is a broker that nobody may ask about people.
type deaf struct {
	authserver.Broker
	t *testing.T
}

func (d deaf) Named(context.Context, string) (broker.Account, error) {
	d.t.Error("somebody is looked up for a stranger")
	return broker.Account{}, broker.ErrNoAccount
}

func (d deaf) Numbered(context.Context, int64, int) ([]broker.Numbered, error) {
	d.t.Error("a list is made for a stranger")
	return nil, nil
}

// alone is the interface without the rest of the site.
func alone(t *testing.T, h house, s authserver.Settings, b authserver.Broker) *mux.Router {
	t.Helper()
	crossSite, err := wire.NewCrossSite(compattest.PublicURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter()
	authserver.New(authserver.Config{Settings: s, Broker: b, Administration: h.Admin, CrossSite: crossSite, Now: h.Now}).Register(r)
	return r
}

func TestNobodyIsLookedUpForAStranger(t *testing.T) {
	h := newHouse(t)
	h.people(t, "b")
	r := alone(t, h, authserver.Settings{AccessTTL: time.Hour}, deaf{h.Broker, t})
	for _, a := range acts {
		for _, field := range []string{"", "Bearer " + h.tokens(t, "b").Access} {
			if w := ask(r, a.method, a.path, a.body, "Authorization", field); w.Code != 401 && w.Code != 403 {
				t.Errorf("%s %s: got %d", a.method, a.path, w.Code)
			}
		}
	}
}

func TestPeopleAreKnownByTheirAddressOnly(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin", "b", "gone", "heir")
	admin := h.bearer(t)
	if _, err := h.Admin.Add(t.Context(), broker.NewAccount{Username: "without", Password: secret}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Admin.Merge(t.Context(), "gone", "heir"); err != nil {
		t.Fatal(err)
	}
	b, err := h.Broker.Named(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "without", b.ID} {
		is(t, h.send("GET", "/user/?email="+name, "", admin...), 422, "*")
		is(t, h.send("DELETE", "/user/?email="+name, "", admin...), 422, "*")
	}
	is(t, h.send("GET", "/user/?email=B@EXAMPLE.org", "", admin...), 200, `{"id":1,"email":"b@example.org"}`)
	t.Run("who became a part of somebody else is nobody", func(t *testing.T) {
		is(t, h.send("GET", "/user/?email=gone@example.org", "", admin...), 404, `{"detail":"Not Found"}`)
		is(t, h.send("DELETE", "/user/?email=gone@example.org", "", admin...), 404, `{"detail":"Not Found"}`)
	})
	t.Run("a list holds who has an address, and no more of them than that", func(t *testing.T) {
		w := h.send("GET", "/users/", "", admin...)
		var people []map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &people); err != nil || len(people) != 3 {
			t.Fatalf("got %s, want three people", w.Body)
		}
		for _, p := range people {
			if len(p) != 2 || p["id"] == nil || p["email"] == nil {
				t.Errorf("got %v", p)
			}
		}
	})
}

func TestAPasswordThatIsKeptElsewhereIsNotChanged(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin")
	admin := h.bearer(t)
	if _, err := h.Admin.Add(t.Context(), broker.NewAccount{Email: "away@example.org", Confirmed: true}); err != nil {
		t.Fatal(err)
	}
	is(t, h.send("PUT", "/user/?email=away@example.org&password=another-right-password", "", admin...), 422,
		fault("query.password", "the password is kept where the person signs in", "value_error"))
	t.Run("nor the address that came with it", func(t *testing.T) {
		is(t, h.send("PUT", "/user/?email=away@example.org&password=another-right-password&new_email=x@example.org", "", admin...), 422, "*")
		is(t, h.send("GET", "/user/?email=x@example.org", "", admin...), 404, "*")
	})
}

func TestANumberIsOnePersonsForEver(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin")
	admin := h.bearer(t)
	add := func(name string) string {
		return h.send("POST", "/user/", `{"email":"`+name+`@example.org","password":"`+secret+`"}`, admin...).Body.String()
	}
	if got, want := add("b"), `{"id":1,"email":"b@example.org"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	is(t, h.send("DELETE", "/user/?email=b@example.org", "", admin...), 204, "")
	if got, want := add("b"), `{"id":2,"email":"b@example.org"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	is(t, h.send("PUT", "/user/?email=b@example.org&new_email=c@example.org", "", admin...), 200, `{"id":2,"email":"c@example.org"}`)
}

// crowd is a broker with so many people, of whom every tenth has no address.
type crowd struct {
	authserver.Broker
	people int64
}

func (c crowd) Numbered(_ context.Context, after int64, limit int) (page []broker.Numbered, err error) {
	for n := after + 1; n <= c.people && len(page) < limit; n++ {
		p := broker.Numbered{Number: n}
		if n%10 != 0 {
			p.Email = fmt.Sprintf("p%d@example.org", n)
		}
		page = append(page, p)
	}
	return page, nil
}

func TestALongListIsInParts(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		people int64
		want   string
	}{
		{0, "0"}, {1, "1"}, {11_111, "10000"}, {11_112, "10000 1"}, {30_000, "10000 10000 7000"},
	} {
		r := alone(t, h, authserver.Settings{Strict: true, Prefix: "/old"}, crowd{h.Broker, c.people})
		seen, sizes := map[int64]bool{}, []string{}
		for path := "/old/users/"; path != ""; {
			w := ask(r, "GET", path, "")
			var people []struct {
				ID int64 `json:"id"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &people); err != nil {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			for _, p := range people {
				seen[p.ID] = true
			}
			sizes = append(sizes, fmt.Sprint(len(people)))
			path, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), `>; rel="next"`)
		}
		if got := strings.Join(sizes, " "); got != c.want || int64(len(seen)) != c.people-c.people/10 {
			t.Errorf("%d people: got parts of %s and %d people, want %s", c.people, got, len(seen), c.want)
		}
	}
}
