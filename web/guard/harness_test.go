package guard_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/wire"
)

// people is a broker that knows tokens by heart.
type people struct {
	byToken map[string]token.Claims
	fail    error
	renewed *broker.Login
	panics  bool
}

func (p *people) Guard(_ context.Context, in broker.Presented) (broker.Passage, error) {
	if p.panics {
		panic("guard")
	}
	if p.fail != nil {
		return broker.Passage{}, p.fail
	}
	var out broker.Passage
	for _, raw := range []string{in.Session, in.Bearer} {
		if raw == "" {
			continue
		}
		c, ok := p.byToken[raw]
		if !ok || out.Pass != nil && out.Claims.AccountID != c.AccountID {
			return broker.Passage{}, broker.Fail(broker.CodeTokenInvalid, "")
		}
		out.Pass = &broker.Pass{Claims: c, Email: c.Email}
	}
	if out.Pass == nil {
		return out, broker.Fail(broker.CodeTokenMissing, "")
	}
	out.Renewed = p.renewed
	return out, nil
}

func (p *people) Forward(*broker.Pass) (string, error) { return "fresh", nil }

func (p *people) ReturnTo(raw string) (string, bool) {
	return raw, strings.HasPrefix(raw, "https://app.example.org/") || strings.HasPrefix(raw, "https://sso.example.org/")
}

// record is what auditors hear.
type record struct {
	mu     sync.Mutex
	events []broker.Event
}

func (r *record) Record(_ context.Context, e broker.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// names are the events so far, each with its reason.
func (r *record) names() []string {
	var out []string
	for _, e := range r.events {
		out = append(out, e.Name+" "+e.Reason)
	}
	return out
}

// gate is a guard with what is around it.
type gate struct {
	*people
	guard  *guard.Guard
	policy *guard.Policy
	audit  record
	cut    int
}

// settings are those of an operator who has written nothing down.
func settings() guard.Settings {
	return guard.Settings{Headers: guard.RemoteHeaders, User: guard.UserName, Budget: 3 << 10, Login: true}
}

func newGate(t *testing.T, change ...func(*guard.Settings)) *gate {
	t.Helper()
	s := settings()
	for _, f := range change {
		f(&s)
	}
	g := &gate{people: &people{byToken: map[string]token.Claims{
		"alice": {AccountID: "id-alice", PreferredUsername: "alice", Name: "Alice Liddell", Email: "alice@example.org", Groups: []string{"admins", "staff"}, Roles: []string{"admins", "staff"}},
		"bob":   {AccountID: "id-bob", PreferredUsername: "bob", Groups: []string{"staff"}, Roles: []string{"staff"}},
		"nemo":  {AccountID: "id-nemo"},
	}}, policy: guard.NewPolicy(s)}
	answers := map[broker.Code]wire.Answer{}
	for i, c := range broker.Codes() {
		answers[c] = wire.Answer{Status: 418 + i, Code: strings.ToUpper(string(c))}
	}
	maps.Copy(answers, map[broker.Code]wire.Answer{
		broker.CodeForbidden:   {Status: 403, Code: "FORBIDDEN"},
		broker.CodeUnavailable: {Status: 503, Code: "SERVICE_UNAVAILABLE"},
		broker.CodeInternal:    {Status: 500, Code: "INTERNAL"},
		broker.CodeNotFound:    {Status: 404, Code: "NOT_FOUND"},
	})
	native := wire.Profile{Answers: answers, Write: func(w http.ResponseWriter, _ *http.Request, f wire.Failure) {
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Code))
	}}
	page := native
	page.Write = func(w http.ResponseWriter, _ *http.Request, f wire.Failure) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
	}
	g.guard = guard.New(guard.Config{
		Broker: g.people, Policy: g.policy, Audit: &g.audit,
		Cookies: wire.NewCookies(wire.CookieConfig{Refresh: "signet_refresh", Session: "signet_session", SameSite: http.SameSiteLaxMode, Secure: true}),
		Proxies: wire.Proxies{netip.MustParsePrefix("10.0.0.0/8")},
		Native:  native, Page: wire.NewAdapter(page, time.Now), Now: time.Now, PublicURL: "https://sso.example.org",
		Cut: func() { g.cut++ },
	})
	return g
}

// rules are set on a gate.
func rules(r ...guard.Rule) func(*guard.Settings) {
	return func(s *guard.Settings) { s.Rules = r }
}

// call is one question of a proxy. Its fields are name and value in turn; those
// of a proxy that it does not name are filled in.
type call struct {
	door   string
	method string
	fields []string
	peer   string
}

func (g *gate) ask(c call) *httptest.ResponseRecorder {
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	r := httptest.NewRequest(method, "http://signet.internal/", nil)
	r.RequestURI = c.door
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(c.door, "?")
	r.RemoteAddr = "10.0.0.1:4711"
	if c.peer != "" {
		r.RemoteAddr = c.peer
	}
	for i := 0; i < len(c.fields); i += 2 {
		r.Header.Add(c.fields[i], c.fields[i+1])
	}
	w := httptest.NewRecorder()
	g.guard.ServeHTTP(w, r)
	return w
}

// nginx asks about an address with a token; "" for none.
func (g *gate) nginx(url, bearer string, more ...string) *httptest.ResponseRecorder {
	fields := append([]string{"X-Original-URL", url, "X-Original-Method", "GET"}, more...)
	if bearer != "" {
		fields = append(fields, "Authorization", "Bearer "+bearer)
	}
	return g.ask(call{door: "/guard/nginx", fields: fields})
}

// forward is what Traefik and Caddy say.
func forward(method, host, uri string, more ...string) []string {
	return append([]string{"X-Forwarded-Method", method, "X-Forwarded-Proto", "https", "X-Forwarded-Host", host, "X-Forwarded-Uri", uri}, more...)
}

// want complains about another status, and about an answer to a refusal that
// tells who somebody is.
func want(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("got %d (%s), want %d", w.Code, w.Body, status)
	}
	if w.Code == http.StatusOK {
		return
	}
	for name := range w.Header() {
		if slices.Contains([]string{"Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name", "Remote-Roles", "Authorization"}, name) {
			t.Errorf("a refusal names somebody: %s", name)
		}
	}
}
