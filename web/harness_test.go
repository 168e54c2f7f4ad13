package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/api/apitest"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

const rightBody = `{"email":"admin@example.com","password":"` + apitest.Password + `"}`

// memory is a browser session store in memory.
type memory struct{ *memstore.MemStore }

func (s memory) DeleteCtx(_ context.Context, k string) error { return s.Delete(k) }
func (s memory) FindCtx(_ context.Context, k string) ([]byte, bool, error) {
	return s.Find(k)
}

func (s memory) CommitCtx(_ context.Context, k string, b []byte, at time.Time) error {
	return s.Commit(k, b, at)
}

// lines is a log that several goroutines may write.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// house is the whole public side over a fake broker.
type house struct {
	*apitest.Broker
	handler http.Handler
	metrics *web.Metrics
	log     lines
}

func newHouse(t testing.TB, change ...func(*web.Config)) *house {
	t.Helper()
	h := &house{Broker: apitest.New(t), metrics: web.NewMetrics()}
	c := web.Config{
		Broker: h.Broker,
		Browser: sessions.NewBrowser(memory{memstore.NewWithCleanupInterval(0)}, sessions.BrowserConfig{
			CookieName: "signet_browser", Secure: true, Idle: time.Hour, Life: time.Hour,
		}),
		Cookies: wire.CookieConfig{Refresh: "signet_refresh", Session: "signet_session", SameSite: http.SameSiteLaxMode, Secure: true},
		Log:     slog.New(slog.NewJSONHandler(&h.log, nil)), Audit: h.metrics, Metrics: h.metrics,
		Now: h.Now, Random: rand.Reader, PublicURL: "https://sso.example.org",
		Proxies: wire.Proxies{netip.MustParsePrefix("10.0.0.0/8")},
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if h.handler, err = web.New(c); err != nil {
		t.Fatal(err)
	}
	h.handler = openapitest.Checked(t, h.handler)
	return h
}

// ask sends a request whose fields are name and value in turn. A body is sent
// as JSON unless the fields say otherwise.
func (h *house) ask(method, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	return h.do(r)
}

func (h *house) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// serve runs the house on a free port as the program does, with short
// timeouts, and returns its address.
func (h *house) serve(t *testing.T, limits web.Timeouts) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.Server(h.handler, slog.New(slog.NewTextHandler(io.Discard, nil)), limits)
	server.Listener = web.Door(server.Listener, 100)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

var _ broker.Auditor = (*web.Metrics)(nil)
