package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/api/apitest"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

const (
	publicURL     = "https://sso.example.org"
	refreshCookie = "signet_refresh"
	sessionCookie = "signet_session"
)

// desk is the native interface over a fake broker, asked without a network.
type desk struct {
	*apitest.Broker
	handler http.Handler
	log     *bytes.Buffer
}

type noAudit struct{}

func (noAudit) Record(context.Context, broker.Event) {}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Broker: apitest.New(t), log: &bytes.Buffer{}}
	cross, err := wire.NewCrossSite(publicURL, []string{"https://app.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Config{
		Broker: d.Broker, Identities: d.Broker, Upkeep: d.Broker,
		Members: d.Broker, Selves: d.Broker, Factors: d.Broker, OwnSessions: d.Broker, CrossSite: cross, Now: d.Now, PublicURL: publicURL,
		Cookies: wire.NewCookies(wire.CookieConfig{
			Refresh: refreshCookie, Session: sessionCookie, SameSite: http.SameSiteLaxMode, Secure: true,
		}),
	})
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	a.Register(r)
	o := &wire.Observer{
		Log: slog.New(slog.NewJSONHandler(d.log, nil)), Audit: noAudit{}, Now: d.Now, Random: rand.Reader,
		Panicked: wire.NewAdapter(api.Profile(), d.Now),
	}
	d.handler = openapitest.Checked(t, o.Wrap(wire.SecurityHeaders(r, true)))
	return d
}

// with changes a request before it is sent.
type with func(*http.Request)

func field(name, value string) with {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func cookie(name, value string) with {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

// post sends a body as application/json, nothing at all when it is empty.
func (d *desk) post(path, body string, changes ...with) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return d.do(r, changes...)
}

func (d *desk) get(path string, changes ...with) *httptest.ResponseRecorder {
	return d.do(httptest.NewRequest(http.MethodGet, path, nil), changes...)
}

func (d *desk) do(r *http.Request, changes ...with) *httptest.ResponseRecorder {
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// tokens is the body of a sign-in or refresh.
type tokens struct {
	Data struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Expires int64  `json:"expires"`
	} `json:"data"`
}

// signIn signs the administrator in and returns body and cookies.
func (d *desk) signIn(t testing.TB, mode string) (tokens, []*http.Cookie) {
	t.Helper()
	w := d.post("/auth/login", `{"email":"admin@example.com","password":"`+apitest.Password+`","mode":"`+mode+`"}`)
	want(t, w, http.StatusOK, "")
	return read(t, w), w.Result().Cookies()
}

func read(t testing.TB, w *httptest.ResponseRecorder) (v tokens) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("body %q: %v", w.Body, err)
	}
	return v
}

// codeIn is the code of an error body, "" when there is none.
func codeIn(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var v struct {
		Errors []struct {
			Message    string `json:"message"`
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if w.Body.Len() == 0 {
		return ""
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("body %q: %v", w.Body, err)
	}
	if len(v.Errors) == 0 {
		return ""
	}
	return v.Errors[0].Extensions.Code
}

// want compares status and code.
func want(t testing.TB, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if got := codeIn(t, w); w.Code != status || got != code {
		t.Errorf("got %d %q, want %d %q; body %s", w.Code, got, status, code, w.Body)
	}
}

// cookieOf returns the named cookie that an answer sets, nil for none.
func cookieOf(w *httptest.ResponseRecorder, name string) *http.Cookie {
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}
