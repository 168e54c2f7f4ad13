package web_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/api/apitest"
)

// realHouse is the public side over a real broker, real hashes and SQLite,
// with one account.
func realHouse(t *testing.T, more ...broker.Provider) (*house, *store.DB) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "signet.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // one test closes it earlier
	sealer, err := token.NewSealer([]byte("Tw3lve brown foxes jump 0ver nine lazy hounds"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := token.Open(t.Context(), token.Config{Issuer: "https://sso.example.org"}, db.Keys(), sealer)
	if err != nil {
		t.Fatal(err)
	}
	hasher := local.NewHasher(local.HasherConfig{Memory: 64, Time: 1, Parallelism: 1})
	b, err := broker.New(broker.Config{
		Accounts: db.Accounts(), Sessions: db.Sessions(), Directory: db.Directory(), Registry: db.Registry(), Locks: db.Directory(), Upstreams: db.Sessions(), Flows: db.Flows(), Links: db.Directory(), Ring: ring, Sealer: sealer, Hasher: hasher,
		Audit: web.NewMetrics(), Now: time.Now, Random: rand.Reader,
		Lifetimes: broker.Lifetimes{
			Access: 15 * time.Minute, Session: 24 * time.Hour, Refresh: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour,
			Grace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Subject: broker.SubjectID, Lockout: broker.Lockout{Attempts: 5, Window: time.Hour, Duration: time.Hour},
	}, broker.Settings{
		Providers: append([]broker.Provider{
			{Name: "local", Kind: "local", Label: "Password", Driver: local.New(local.Config{Store: db.Credentials(), Hasher: hasher})},
		}, more...),
		Redirects: broker.Redirects{Public: "https://sso.example.org", Allow: []string{"https://app.example.org/*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := broker.NewAdministration(b, 8).Add(t.Context(), broker.NewAccount{
		Username: "admin", Email: "admin@example.com", Confirmed: true, Password: apitest.Password,
	}); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, func(c *web.Config) {
		c.Broker, c.Now, c.GraphQL = b, time.Now, true
		c.Browser = sessions.NewBrowser(db.Browser(), sessions.BrowserConfig{CookieName: "signet_browser", Idle: time.Hour, Life: time.Hour})
	})
	return h, db
}

func TestTheWholeWayWithARealBroker(t *testing.T) {
	h, _ := realHouse(t)
	refresh := func(t *testing.T, w *httptest.ResponseRecorder) (access, refresh string) {
		t.Helper()
		var v struct {
			Data struct {
				Access  string `json:"access_token"`
				Refresh string `json:"refresh_token"`
				Expires int64  `json:"expires"`
			} `json:"data"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK || v.Data.Expires != 900_000 {
			t.Fatalf("got %d %s (%v), want tokens for 900000 ms", w.Code, w.Body, err)
		}
		return v.Data.Access, v.Data.Refresh
	}
	expect := func(t *testing.T, w *httptest.ResponseRecorder, status int, holds string) {
		t.Helper()
		if w.Code != status || !strings.Contains(w.Body.String(), holds) {
			t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, status, holds)
		}
	}
	access, first := refresh(t, h.ask("POST", "/auth/login", rightBody))
	expect(t, h.ask("GET", "/auth/me", "", "Authorization", "Bearer "+access), 200, `"preferred_username":"admin"`)
	again, second := refresh(t, h.ask("POST", "/auth/refresh", `{"refresh_token":"`+first+`"}`))
	t.Run("a lost answer can be fetched again", func(t *testing.T) {
		if _, same := refresh(t, h.ask("POST", "/auth/refresh", `{"refresh_token":"`+first+`"}`)); same != second {
			t.Errorf("got another successor")
		}
	})
	t.Run("a cookie session keeps its mode and is cleared at the end", func(t *testing.T) {
		w := h.ask("POST", "/auth/login", strings.Replace(rightBody, "{", `{"mode":"session",`, 1))
		c := w.Result().Cookies()
		if len(c) != 1 || c[0].MaxAge != 86400 {
			t.Fatalf("got cookies %v", c)
		}
		kept := c[0].Name + "=" + c[0].Value
		expect(t, h.ask("GET", "/auth/me", "", "Cookie", kept), 200, `"idp":"local"`)
		expect(t, h.ask("POST", "/auth/refresh", `{"mode":"session"}`, "Cookie", kept), 200, `{"data":{"expires":86400000}}`)
		expect(t, h.ask("POST", "/auth/logout", "", "Cookie", kept), 204, "")
		expect(t, h.ask("GET", "/auth/me", "", "Cookie", kept), 401, "INVALID_TOKEN")
	})
	expect(t, h.ask("POST", "/auth/logout", `{"refresh_token":"`+second+`"}`), 204, "")
	expect(t, h.ask("GET", "/auth/me", "", "Authorization", "Bearer "+again), 401, "INVALID_TOKEN")
	expect(t, h.ask("POST", "/auth/refresh", `{"refresh_token":"`+second+`"}`), 401, "INVALID_CREDENTIALS")
	expect(t, h.ask("POST", "/auth/login", `{"email":"admin@example.com","password":"wrong"}`), 401, "INVALID_CREDENTIALS")
	expect(t, h.ask("POST", "/auth/login/nowhere", rightBody), 404, "ROUTE_NOT_FOUND")
	expect(t, h.ask("GET", "/ready", ""), 200, "ready")
}

func TestS01_ADatabaseThatIsGone(t *testing.T) {
	t.Run("S-01 every door is 503 with a time to come again, and nothing of the cause", func(t *testing.T) {
		h := newHouse(t)
		h.Fail(fmt.Errorf("dial postgres://signet:hunter2@db: %w", broker.ErrStoreDown))
		for _, c := range []struct{ method, path, body string }{
			{"GET", "/ready", ""},
			{"POST", "/auth/login", rightBody},
			{"POST", "/auth/login/ldap", rightBody},
			{"POST", "/auth/refresh", `{"refresh_token":"x"}`},
			{"POST", "/auth/logout", `{"refresh_token":"x"}`},
		} {
			w := h.ask(c.method, c.path, c.body)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" || strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("%s %s: got %d %v %s", c.method, c.path, w.Code, w.Header(), w.Body)
			}
		}
		h.Fail(nil)
		if w := h.ask("POST", "/auth/login", rightBody); w.Code != http.StatusOK {
			t.Errorf("afterwards: got %d", w.Code)
		}
	})
	t.Run("S-01 the real one is not ready and lives", func(t *testing.T) {
		h, db := realHouse(t)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if w := h.ask("GET", "/ready", ""); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "sql") {
			t.Errorf("ready: got %d %s", w.Code, w.Body)
		}
		if w := h.ask("GET", "/health", ""); w.Code != http.StatusOK {
			t.Errorf("health: got %d", w.Code)
		}
	})
}
