package graphql_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/api/apitest"
	"github.com/signet-sso/signet/web/graphql"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

const (
	in      = `auth_login(email: "admin@example.com", password: "` + apitest.Password + `") { expires }`
	guessed = `auth_login(email: "admin@example.com", password: "guess") { expires }`
)

// events is an auditor that remembers names.
type events struct{ names []string }

func (e *events) Record(_ context.Context, one broker.Event) { e.names = append(e.names, one.Name) }

// desk is the interface and the native one over a fake broker, asked without a
// network.
type desk struct {
	*apitest.Broker
	graphql *graphql.Interface
	handler http.Handler
	bare    http.Handler // for answers that only a test brings about
	log     bytes.Buffer
	audit   events
}

// newDesk returns a desk; change goes around its broker.
func newDesk(t testing.TB, change ...func(graphql.Broker) graphql.Broker) *desk {
	t.Helper()
	d := &desk{Broker: apitest.New(t)}
	var b graphql.Broker = d.Broker
	for _, f := range change {
		b = f(b)
	}
	cross, err := wire.NewCrossSite("https://sso.example.org", []string{"https://app.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	cookies := wire.NewCookies(wire.CookieConfig{Refresh: "signet_refresh", Session: "signet_session", SameSite: http.SameSiteLaxMode, Secure: true})
	d.graphql, err = graphql.New(graphql.Config{Broker: b, CrossSite: cross, Native: api.Profile(), Now: d.Now, Cookies: cookies})
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	d.graphql.Register(r)
	api.New(api.Config{
		Broker: d.Broker, Identities: d.Broker, Upkeep: d.Broker, Members: d.Broker, Selves: d.Broker, Factors: d.Broker, OwnSessions: d.Broker,
		CrossSite: cross, Now: d.Now, PublicURL: "https://sso.example.org", Cookies: cookies,
	}).Register(r)
	d.bare = d.observed(r)
	d.handler = openapitest.Checked(t, d.bare)
	return d
}

// observed puts around a handler what is around all of them.
func (d *desk) observed(h http.Handler) http.Handler {
	o := &wire.Observer{
		Log: slog.New(slog.NewJSONHandler(&d.log, nil)), Audit: &d.audit, Now: d.Now, Random: rand.Reader,
		Panicked: wire.NewAdapter(api.Profile(), d.Now),
	}
	return o.Wrap(h)
}

// ask sends a query with variables, nil for none.
func (d *desk) ask(t testing.TB, query string, variables map[string]any) *httptest.ResponseRecorder {
	t.Helper()
	return d.askFor(t, query, "", variables)
}

// askFor sends a query of which one operation is to run.
func (d *desk) askFor(t testing.TB, query, operation string, variables map[string]any) *httptest.ResponseRecorder {
	t.Helper()
	b, err := json.Marshal(map[string]any{"query": query, "variables": variables, "operationName": operation})
	if err != nil {
		t.Fatal(err)
	}
	return d.send(http.MethodPost, "/graphql/system", string(b))
}

// send sends a body as JSON unless the fields, name and value in turn, say
// otherwise.
func (d *desk) send(method, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// attempts is how often the broker was asked to judge a secret or to send a
// letter.
func (d *desk) attempts() int { return len(d.SignIns()) + len(d.Asked()) }

// codeIn is the code and message of the one error of an answer, "" for none.
func codeIn(t testing.TB, w *httptest.ResponseRecorder) (code, message string) {
	t.Helper()
	var v struct {
		Errors []struct {
			Message    string `json:"message"`
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || len(v.Errors) > 1 {
		t.Fatalf("body %q: %v", w.Body, err)
	}
	if len(v.Errors) == 0 {
		return "", ""
	}
	return v.Errors[0].Extensions.Code, v.Errors[0].Message
}

// want compares status and code.
func want(t testing.TB, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if got, _ := codeIn(t, w); w.Code != status || got != code {
		t.Errorf("got %d %q, want %d %q; body %s", w.Code, got, status, code, w.Body)
	}
}
