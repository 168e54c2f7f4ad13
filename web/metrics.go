package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Metrics counts for Prometheus, in a registry of its own. Its labels are
// configured names and words of ours only: no person, address or path that a
// stranger chose. As an auditor it counts sign-ins and refreshes whichever door
// they came through. It is safe for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	logins    *prometheus.CounterVec
	refreshes *prometheus.CounterVec
	panics    prometheus.Counter
	latency   *prometheus.HistogramVec
	cut       prometheus.Counter
	guarded   *prometheus.CounterVec
}

var _ broker.Auditor = (*Metrics)(nil)

// NewMetrics returns metrics that have counted nothing yet.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_logins_total", Help: "Sign-ins by provider and outcome.",
		}, []string{"provider", "outcome"}),
		refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_refreshes_total", Help: "Uses of refresh tokens by what became of them.",
		}, []string{"cause"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "signet_panics_total", Help: "Handlers that panicked.",
		}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "signet_http_request_seconds", Help: "Time to answer by route and status class.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "status"}),
		cut: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "signet_guard_groups_cut_total", Help: "Answers of the guard whose groups did not fit into guard.header_budget.",
		}),
		guarded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_guard_refusals_total", Help: "Requests that the guard found odd, by cause.",
		}, []string{"cause"}),
	}
	m.registry.MustRegister(m.cut, m.guarded, m.logins, m.refreshes, m.panics, m.latency,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Gauge adds a gauge that is read when somebody asks, such as the length of the
// hash queue or a pool's open connections. Labels may be nil. It fails when the
// name with these labels is there already or is no metric name.
func (m *Metrics) Gauge(name, help string, labels map[string]string, read func() float64) error {
	return m.registry.Register(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, read))
}

// outcomes are the events that end an attempt to sign in.
var outcomes = map[string]string{
	broker.EventLogin:        "success",
	broker.EventLoginFailure: "failure",
	broker.EventLoginDenied:  "denied",
	broker.EventLoginLocked:  "locked",
	broker.EventProviderDown: "unavailable",
}

// Record implements broker.Auditor.
func (m *Metrics) Record(_ context.Context, e broker.Event) {
	switch e.Name {
	case broker.EventProviderDown:
		switch e.Reason {
		case "recheck":
			m.refreshes.WithLabelValues("provider_down").Inc()
			return
		case "logout", "bearer":
			return // neither a sign-in nor a refresh
		}
		fallthrough
	case broker.EventLogin, broker.EventLoginFailure, broker.EventLoginDenied, broker.EventLoginLocked:
		m.logins.WithLabelValues(e.Provider, outcomes[e.Name]).Inc()
	case broker.EventRefresh, broker.EventRefreshDenied, broker.EventReuse:
		m.refreshes.WithLabelValues(e.Reason).Inc()
	case broker.EventSessionEnd:
		if e.Provider != "" { // ended by a refresh; an administrator names none
			m.refreshes.WithLabelValues(e.Reason).Inc()
		}
	case broker.EventGuardMalformed, broker.EventGuardDenied:
		m.guarded.WithLabelValues(e.Reason).Inc()
	case wire.EventPanic:
		m.panics.Inc()
	}
}

// done is told of every request.
func (m *Metrics) done(x *wire.Exchange, status int, took time.Duration) {
	route := x.Route
	if route == "" {
		route = "none"
	}
	m.latency.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// Handler serves GET /metrics and nothing else. It belongs on a listener that
// strangers cannot reach.
func (m *Metrics) Handler() http.Handler {
	h := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h)
	return mux
}
