package authserver_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/compattest"
)

// notes are everything that is written down.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(b)
}

func (n *notes) Record(_ context.Context, e broker.Event) { fmt.Fprintf(n, "%+v\n", e) }

func TestK01APasswordInAQueryIsWrittenDownNowhere(t *testing.T) {
	n := &notes{}
	h := newHouse(t, func(s *compattest.Setup) {
		s.Web.Log = slog.New(slog.NewJSONHandler(n, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s.Web.Audit, s.Broker.Audit = n, n
	})
	h.people(t, "admin", "b")
	admin := h.bearer(t)
	for _, path := range []string{
		"/user/?email=b@example.org&password=canary-that-nobody-reads",
		"/user?email=b@example.org&password=canary-that-nobody-reads",
		"/user/?email=nobody@example.org&password=canary-that-nobody-reads",
		"/user/?email=b@example.org&password=canary",
		"/user/?email=b@example.org&password=canary-that-nobody-reads&password=canary-that-nobody-reads",
		"/user/?email=b@example.org&password=canary-that-nobody-reads%zz",
		"/user/?email=canary-that-nobody-reads",
		"/user/?email=b@example.org&new_email=canary-that-nobody-reads",
		"/canary?password=" + strings.Repeat("canary-that-nobody-reads", 500),
	} {
		for _, fields := range [][]string{admin, nil} {
			w := h.send("PUT", strings.Replace(path, "/canary?", "/user/?", 1), "", fields...)
			if strings.Contains(w.Body.String(), "canary") {
				t.Errorf("%.100s: the answer repeats it: %s", path, w.Body)
			}
		}
	}
	if got := n.text.String(); strings.Contains(got, "canary") || strings.Count(got, `"msg":"request"`) < 18 {
		t.Errorf("got %s", got)
	}
}
