package wire_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// plain is a profile that says the code and the reason.
func plain() wire.Profile {
	p := wire.Profile{Answers: map[broker.Code]wire.Answer{}}
	for _, c := range broker.Codes() {
		p.Answers[c] = wire.Answer{Status: 400, Code: string(c)}
	}
	p.Answers[broker.CodeInternal] = wire.Answer{Status: 500, Code: "internal"}
	p.Write = func(w http.ResponseWriter, _ *http.Request, f wire.Failure) {
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Code + " " + f.Reason))
	}
	return p
}

// events is an auditor that remembers.
type events struct {
	mu  sync.Mutex
	all []broker.Event
}

func (e *events) Record(_ context.Context, one broker.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, one)
}

// watch is an observer whose log and audit record can be read.
type watch struct {
	wire.Observer
	log   bytes.Buffer
	audit events
}

func newWatch() *watch {
	o := &watch{}
	o.Observer = wire.Observer{
		Log: slog.New(slog.NewJSONHandler(&o.log, nil)), Audit: &o.audit, Now: time.Now, Random: rand.Reader,
		Proxies: trusted, Panicked: wire.NewAdapter(plain(), time.Now),
	}
	return o
}

func (o *watch) serve(r *http.Request, h wire.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	o.Wrap(wire.NewAdapter(plain(), time.Now).Handle(h)).ServeHTTP(w, r)
	return w
}

// lines are the log lines, read back.
func (o *watch) lines(t *testing.T) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(o.log.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

func TestK03_WhatStrangersSendStaysInOneEscapedLine(t *testing.T) {
	o := newWatch()
	nasty := "a\r\n{\"level\":\"ERROR\"}\x1b[31m\u202e\xff" + strings.Repeat("x", 1<<20)
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.URL.Path = "/" + nasty
	r.URL.RawQuery = "access_token=canary"
	r.Method = "POST" + nasty
	r.Header.Set("User-Agent", nasty)
	r.Header.Set("X-Forwarded-For", nasty)
	r.Header.Set("Authorization", "Bearer canary")
	r.Header.Set("Cookie", "a=canary")
	o.serve(r, func(http.ResponseWriter, *http.Request) error {
		return &broker.Error{Code: broker.CodePayload, Err: errors.New(nasty)}
	})
	lines := o.lines(t)
	if len(lines) != 1 || lines[0]["msg"] != "request" || lines[0]["code"] != "payload" {
		t.Fatalf("K-03 got %d lines, want the one of the request: %.300s", len(lines), o.log.String())
	}
	if n := o.log.Len(); n > 4096 {
		t.Errorf("K-03 the line has %d bytes", n)
	}
	if s := o.log.String(); strings.ContainsAny(strings.TrimSuffix(s, "\n"), "\r\n\x1b") || strings.Contains(s, "canary") {
		t.Errorf("K-03 the line holds control characters or a secret: %.300s", s)
	}
}

func TestOneLineARequest(t *testing.T) {
	o := newWatch()
	r := httptest.NewRequest(http.MethodGet, "/auth/me?x=1", nil)
	r.RemoteAddr = "203.0.113.9:1"
	now := time.Now()
	o.Now = func() time.Time { now = now.Add(1500 * time.Microsecond); return now }
	w := o.serve(r, func(w http.ResponseWriter, r *http.Request) error {
		x := wire.ExchangeOf(r.Context())
		x.Provider, x.Outcome, x.Route = "corp", "signed_in", "/auth/me"
		_, err := w.Write([]byte("hello"))
		return err
	})
	line := o.lines(t)[0]
	for key, want := range map[string]any{
		"took_ms": 1.5, "took": nil, // milliseconds
		"method": "GET", "path": "/auth/me", "status": 200.0, "bytes": 5.0, "client": "203.0.113.9",
		"provider": "corp", "outcome": "signed_in", "route": "/auth/me", "id": w.Header().Get("X-Request-Id"),
	} {
		if line[key] != want {
			t.Errorf("got %s %v, want %v", key, line[key], want)
		}
	}
}

func TestRequestID(t *testing.T) {
	for name, c := range map[string]struct {
		peer string
		ids  []string
		kept bool
	}{
		"is made when there is none":           {proxy, nil, false},
		"of a stranger is not taken":           {stranger, []string{"0123456789abcdef"}, false},
		"of a trusted proxy is taken":          {proxy, []string{"0123456789-ab.c_D"}, true},
		"that is too short is not taken":       {proxy, []string{"1"}, false},
		"that is too long is not taken":        {proxy, []string{strings.Repeat("a", 129)}, false},
		"that could break a line is not taken": {proxy, []string{"01234567\r\nX: y"}, false},
		"that is there twice is not taken":     {proxy, []string{"0123456789abcdef", "fedcba9876543210"}, false},
	} {
		t.Run("a request id "+name, func(t *testing.T) {
			r := from(c.peer)
			r.Header["X-Request-Id"] = c.ids
			w := newWatch().serve(r, func(http.ResponseWriter, *http.Request) error { return nil })
			got := w.Header().Get("X-Request-Id")
			if kept := len(c.ids) > 0 && got == c.ids[0]; kept != c.kept || !c.kept && len(got) != 22 {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestX15_PanicsAreContained(t *testing.T) {
	t.Run("X-15 a panic is a 500 that says nothing, an audit event and a line with the stack", func(t *testing.T) {
		o := newWatch()
		w := o.serve(from(stranger), func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Set-Cookie", "session=stolen")
			panic("the password is hunter2")
		})
		if w.Code != 500 || strings.Contains(w.Body.String(), "hunter2") || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("got %d %q with cookie %q", w.Code, w.Body, w.Header().Get("Set-Cookie"))
		}
		if len(o.audit.all) != 1 || o.audit.all[0].Name != wire.EventPanic || o.audit.all[0].Client.Address != "203.0.113.9" {
			t.Errorf("got events %+v, want one panic", o.audit.all)
		}
		lines := o.lines(t)
		if len(lines) != 2 || !strings.Contains(lines[0]["stack"].(string), "observe_test.go") || lines[1]["code"] != "internal" || lines[1]["level"] != "ERROR" {
			t.Errorf("got %v", lines)
		}
	})
	t.Run("X-15 an abort stays one and is no fault", func(t *testing.T) {
		o := newWatch()
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("got %v, want the abort", v)
			}
			if len(o.audit.all) != 0 || len(o.lines(t)) != 1 {
				t.Errorf("got events %v and log %s", o.audit.all, o.log.String())
			}
		}()
		o.serve(from(stranger), func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) })
	})
	t.Run("X-15 after the first byte the connection is cut", func(t *testing.T) {
		o := newWatch()
		defer func() {
			if v := recover(); v != http.ErrAbortHandler || len(o.audit.all) != 1 {
				t.Errorf("got %v and events %v, want an abort and a panic", v, o.audit.all)
			}
		}()
		o.serve(from(stranger), func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = w.Write([]byte(`{"data":`))
			panic("halfway")
		})
	})
}

func TestClientOfIsBounded(t *testing.T) {
	o := newWatch()
	r := from(stranger, "User-Agent", strings.Repeat("ä", 200))
	var got broker.Client
	o.serve(r, func(_ http.ResponseWriter, r *http.Request) error {
		got = wire.ClientOf(r)
		return nil
	})
	if got.Address != "203.0.113.9" || got.UserAgent != strings.Repeat("ä", 128) || len(got.RequestID) != 22 {
		t.Errorf("got %+v", got)
	}
	r = from(stranger, "User-Agent", "a"+strings.Repeat("€", 200))
	o.serve(r, func(_ http.ResponseWriter, r *http.Request) error {
		got = wire.ClientOf(r)
		return nil
	})
	if want := "a" + strings.Repeat("€", 85); got.UserAgent != want {
		t.Errorf("got %d bytes, want %d", len(got.UserAgent), len(want))
	}
}
