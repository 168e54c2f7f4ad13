package web

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-chi/httprate"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// LoginLimit is how many sign-ins one client address may try per Window; 0
// Attempts is no limit. An IPv6 client is its /64 network, since it can choose
// among all addresses in it. The counts are kept in memory: what must survive a
// restart is counted per account, by the broker.
type LoginLimit struct {
	Attempts int
	Window   time.Duration
}

// doors are the routes where a sign-in begins. All of them count in the same
// bucket.
var doors = map[string]bool{
	"GET /auth/login/{provider}":  true,
	"POST /auth/login":            true,
	"POST /auth/login/{provider}": true,
	"POST /login":                 true,
}

// limitLogins puts the limit around every door.
func (s *site) limitLogins(c Config) error {
	if c.Logins.Attempts <= 0 {
		return nil
	}
	// The counter's hash is no secret one: without salt, an address could be
	// chosen so that it fills somebody else's bucket.
	salt := make([]byte, 16)
	if _, err := io.ReadFull(c.Random, salt); err != nil {
		return fmt.Errorf("salt login limit: %w", err)
	}
	counter := httprate.NewRateLimiter(c.Logins.Attempts, c.Logins.Window,
		httprate.WithResponseHeaders(httprate.ResponseHeaders{}))
	s.router.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			client := httprate.CanonicalizeIP(wire.ExchangeOf(r.Context()).Address)
			if isDoor(r) && counter.OnLimit(w, r, string(salt)+client) {
				s.Fail(w, r, &broker.Error{Code: broker.CodeLimited, Retry: c.Logins.Window})
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	return nil
}

func isDoor(r *http.Request) bool {
	return mux.CurrentRoute(r) != nil && doors[r.Method+" "+template(r)]
}
