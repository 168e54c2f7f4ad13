package pages

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

// site is a running server of the pages as seen by one browser.
type site struct {
	t      *testing.T
	url    string
	broker *fakeBroker
	store  *memory
	client *http.Client
	log    lines
}

// lines is a log that several goroutines may write.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
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

type noAudit struct{}

func (noAudit) Record(context.Context, broker.Event) {}

// newSite serves the pages of some ways to sign in. Its browser keeps cookies
// and follows no redirect.
func newSite(t *testing.T, ways []broker.Way, allow ...string) *site {
	t.Helper()
	b := &fakeBroker{ways: ways, live: map[string]broker.Account{}, redirects: broker.Redirects{Allow: allow}}
	s := &site{t: t, broker: b, store: &memory{rows: map[string][]byte{}}}
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	server.Config.Handler = s.handler()
	server.Start()
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func (s *site) handler() http.Handler {
	s.t.Helper()
	cross, err := wire.NewCrossSite(s.url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	now := func() time.Time { return noon }
	p, err := New(Config{
		Broker: s.broker, Redirects: s.broker, Members: s.broker, Letters: s.broker, Seconds: s.broker, CrossSite: cross, Now: now,
		Flow: wire.NewFlowCookie(false, rand.Reader), Pending: wire.NewPendingCookie(false),
		Native:  native(),
		Browser: sessions.NewBrowser(s.store, sessions.BrowserConfig{CookieName: "browser", Idle: time.Hour, Life: 24 * time.Hour}),
		Cookies: wire.NewCookies(wire.CookieConfig{Refresh: "refresh", Session: "session", SameSite: http.SameSiteLaxMode}),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	r := mux.NewRouter()
	p.Register(r)
	adapter := wire.NewAdapter(p.Profile(), now)
	r.NotFoundHandler = adapter.Handle(func(http.ResponseWriter, *http.Request) error {
		return broker.Fail(broker.CodeNotFound, "")
	})
	o := &wire.Observer{
		Log: slog.New(slog.NewTextHandler(&s.log, nil)), Audit: noAudit{}, Now: now, Random: rand.Reader, Panicked: adapter,
	}
	return openapitest.Checked(s.t, o.Wrap(wire.SecurityHeaders(r, false)))
}

// native stands for the interface of programs, with a few of its codes.
func native() wire.Profile {
	return wire.Profile{
		Answers: map[broker.Code]wire.Answer{
			broker.CodeOTP:          {Status: http.StatusUnauthorized, Code: "INVALID_OTP"},
			broker.CodeTokenInvalid: {Status: http.StatusUnauthorized, Code: "INVALID_TOKEN"},
			broker.CodeInternal:     {Status: http.StatusInternalServerError, Code: "INTERNAL_SERVER_ERROR"},
		},
		Write: func(w http.ResponseWriter, _ *http.Request, f wire.Failure) {
			_ = wire.JSON(w, f.Status, map[string]any{"errors": []any{map[string]any{"message": f.Code, "extensions": map[string]string{"code": f.Code}}}})
		},
	}
}

// page is an answer, read.
type page struct {
	*http.Response
	body string
}

func (s *site) do(r *http.Request) page {
	s.t.Helper()
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return page{Response: resp, body: string(body)}
}

func (s *site) get(path string) page {
	s.t.Helper()
	return s.do(s.request(http.MethodGet, path, ""))
}

// post sends a form as our own page would.
func (s *site) post(path string, form url.Values) page {
	s.t.Helper()
	return s.do(s.request(http.MethodPost, path, form.Encode()))
}

func (s *site) request(method, path, body string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.url)
	}
	return r
}

// credentials are a filled form.
func credentials(login, password string) url.Values {
	return url.Values{"provider": {"local"}, "login": {login}, "password": {password}, "redirect": {""}, "mode": {"cookie"}}
}

// with is a form with one field set otherwise.
func with(form url.Values, name string, values ...string) url.Values {
	form[name] = values
	return form
}

// cookie returns the value of a cookie that the browser holds, or "".
func (s *site) cookie(name string) string {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range s.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// wants complains unless the page has a status and holds the texts.
func (p page) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.StatusCode != status {
		t.Errorf("got status %d, want %d", p.StatusCode, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Errorf("the page lacks %q:\n%s", text, p.body)
		}
	}
}

// lacks complains when the page holds one of the texts.
func (p page) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			t.Errorf("the page holds %q:\n%s", text, p.body)
		}
	}
}

// leadsTo complains unless the answer is a 303 to a place.
func (p page) leadsTo(t *testing.T, place string) {
	t.Helper()
	if got := p.Header.Get("Location"); p.StatusCode != http.StatusSeeOther || got != place {
		t.Errorf("got status %d to %q, want 303 to %q", p.StatusCode, got, place)
	}
}
