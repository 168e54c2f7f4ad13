package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// scrape is what the metrics listener says.
func (h *house) scrape(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("metrics: got %d", w.Code)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	h := newHouse(t)
	for _, e := range []broker.Event{
		{Name: broker.EventLogin, Provider: "corp", Reason: "known", Login: "canary@example.org", Client: broker.Client{Address: "203.0.113.99"}},
		{Name: broker.EventLoginFailure, Provider: "corp", Login: "canary"},
		{Name: broker.EventLoginDenied, Provider: "corp", AccountID: "canary"},
		{Name: broker.EventLoginLocked, Provider: "local"},
		{Name: broker.EventProviderDown, Provider: "corp", Reason: "unavailable"},
		{Name: broker.EventProviderDown, Provider: "corp", Reason: "recheck"},
		{Name: broker.EventRefresh, Reason: "rotated"},
		{Name: broker.EventRefreshDenied, Reason: "malformed"},
		{Name: broker.EventReuse, Reason: "old_refresh_token"},
		{Name: broker.EventSessionEnd, Provider: "corp", Reason: "refused_by_provider"},
		{Name: broker.EventSessionEnd, Reason: "administrator"},
		{Name: wire.EventPanic},
		{Name: broker.EventLogout},
	} {
		h.metrics.Record(t.Context(), e)
	}
	queue := 7.0
	if err := h.metrics.Gauge("signet_hash_waiting", "Waiting hashes.", nil, func() float64 { return queue }); err != nil {
		t.Fatal(err)
	}
	h.ask("GET", "/auth", "", "User-Agent", "canary")
	h.ask("POST", "/auth/login/canary", `{"email":"canary","password":"canary"}`)
	h.ask("GET", "/canary/path", "")
	got := h.scrape(t)
	for _, line := range []string{
		`signet_logins_total{outcome="success",provider="corp"} 1`,
		`signet_logins_total{outcome="failure",provider="corp"} 1`,
		`signet_logins_total{outcome="denied",provider="corp"} 1`,
		`signet_logins_total{outcome="locked",provider="local"} 1`,
		`signet_logins_total{outcome="unavailable",provider="corp"} 1`,
		`signet_refreshes_total{cause="rotated"} 1`,
		`signet_refreshes_total{cause="malformed"} 1`,
		`signet_refreshes_total{cause="old_refresh_token"} 1`,
		`signet_refreshes_total{cause="provider_down"} 1`,
		`signet_refreshes_total{cause="refused_by_provider"} 1`,
		`signet_panics_total 1`,
		`signet_hash_waiting 7`,
		`signet_http_request_seconds_count{route="/auth",status="2xx"} 1`,
		`signet_http_request_seconds_count{route="/auth/login/{provider}",status="4xx"} 1`,
		`signet_http_request_seconds_count{route="none",status="4xx"} 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(got, `cause="administrator"`) {
		t.Error("what an administrator ended counts as a refresh")
	}
	if strings.Contains(got, "canary") || strings.Contains(got, "203.0.113.99") || strings.Contains(got, "192.0.2.1") {
		t.Errorf("K-01 the metrics hold a name or an address:\n%s", got)
	}
	t.Run("a gauge twice is an error", func(t *testing.T) {
		if err := h.metrics.Gauge("signet_hash_waiting", "Waiting hashes.", nil, func() float64 { return 0 }); err == nil {
			t.Error("got none")
		}
	})
	t.Run("K-04 the metrics listener has nothing else", func(t *testing.T) {
		for _, path := range []string{"/", "/debug/pprof/", "/auth", "/metrics/x"} {
			w := httptest.NewRecorder()
			h.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code != http.StatusNotFound {
				t.Errorf("%s: got %d", path, w.Code)
			}
		}
	})
}
