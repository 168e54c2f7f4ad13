package wire

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/signet-sso/signet/broker"
)

// EventPanic is the audit event of a handler that panicked.
const EventPanic = "panic"

// aborted is the outcome of a request whose connection a handler cut.
const aborted = "aborted"

// What is kept of text that a stranger or a bug can make long, in bytes.
const (
	maxLogged = 512
	maxStack  = 8 << 10
)

// Failer answers errors; an [Adapter] is one.
type Failer interface {
	Fail(w http.ResponseWriter, r *http.Request, err error)
}

// Observer goes around everything else: it names each request, writes its one
// log line and contains its panic.
type Observer struct {
	Log     *slog.Logger // must escape what it writes, as slog's own handlers do
	Audit   broker.Auditor
	Now     func() time.Time
	Random  io.Reader
	Proxies Proxies

	// Panicked answers a request whose handler panicked before it wrote
	// anything.
	Panicked Failer
	// Done is told of each request when it is over; nil for nobody.
	Done func(x *Exchange, status int, took time.Duration)
}

// Wrap returns next with an [Exchange] in its context. The answer carries the
// request id. A panic becomes a 500 that says nothing, an audit event and a
// log line with the stack; http.ErrAbortHandler stays what it is. One that
// comes after the first byte cuts the connection, so that nobody takes half an
// answer for a whole one.
func (o *Observer) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := o.Now()
		x, err := o.exchange(r)
		r = withExchange(r, x)
		m := &meter{ResponseWriter: w}
		defer func() { o.over(r, x, m, o.Now().Sub(began)) }()
		if err != nil {
			o.Panicked.Fail(m, r, fmt.Errorf("name request: %w", err))
			return
		}
		m.Header().Set("X-Request-Id", x.ID)
		defer o.contain(m, r)
		next.ServeHTTP(m, r)
	})
}

func (o *Observer) exchange(r *http.Request) (*Exchange, error) {
	x := &Exchange{ID: o.Proxies.requestID(r)}
	if a := o.Proxies.Client(r); a.IsValid() {
		x.Address = a.String()
	}
	var err error
	if x.ID == "" {
		x.ID, err = newRequestID(o.Random)
	}
	return x, err
}

// contain is deferred around the handlers.
func (o *Observer) contain(m *meter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	x := ExchangeOf(r.Context())
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
		x.Outcome = aborted
		panic(v)
	}
	err := fmt.Errorf("panic: %s", cut(fmt.Sprint(v), maxLogged))
	o.Audit.Record(r.Context(), broker.Event{Name: EventPanic, Reason: "handler", Client: ClientOf(r), Err: err})
	o.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("id", x.ID), slog.String("stack", cut(string(debug.Stack()), maxStack)))
	if m.status != 0 {
		x.fail(broker.CodeInternal, err)
		panic(http.ErrAbortHandler)
	}
	clearFields(m.Header())
	o.Panicked.Fail(m, r, err)
}

// clearFields drops what the handler meant to say with an answer that it did
// not give.
func clearFields(h http.Header) {
	for _, name := range []string{"Set-Cookie", "Location", "Content-Type", "Content-Length", "ETag"} {
		h.Del(name)
	}
}

// over writes the log line. No header field of the request is in it but the
// User-Agent, and of the URL the path only.
func (o *Observer) over(r *http.Request, x *Exchange, m *meter, took time.Duration) {
	if m.status == 0 && x.Outcome != aborted {
		m.status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	if o.Done != nil {
		o.Done(x, m.status, took)
	}
	if x.Quiet && x.Code == "" && !o.Log.Enabled(r.Context(), slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("id", x.ID),
		slog.String("method", cut(r.Method, 16)),
		slog.String("path", cut(r.URL.Path, maxLogged)),
		slog.Int("status", m.status),
		slog.Int64("bytes", m.bytes),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("client", x.Address),
		slog.String("agent", cut(r.UserAgent(), maxUserAgent)),
	}
	for _, a := range []slog.Attr{
		slog.String("route", x.Route), slog.String("provider", x.Provider),
		slog.String("outcome", x.Outcome), slog.String("code", string(x.Code)),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	if x.err != nil {
		attrs = append(attrs, slog.String("error", cut(x.err.Error(), maxLogged)))
	}
	o.Log.LogAttrs(context.WithoutCancel(r.Context()), level(x), "request", attrs...)
}

// level lets an operator alert on faults of ours without hearing of every
// mistyped password.
func level(x *Exchange) slog.Level {
	switch x.Code {
	case broker.CodeInternal:
		return slog.LevelError
	case broker.CodeUnavailable:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// meter remembers what was answered.
type meter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (m *meter) WriteHeader(status int) {
	if m.status == 0 && status >= 200 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (m *meter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(b)
	m.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
