package web

import (
	"net/http"
	"time"

	"github.com/go-chi/httprate"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// ClientLimit is how much one client address may do per Window; 0
// Attempts is no limit. An IPv6 client is its /64 network, since it can choose
// among all addresses in it. The counts are kept in memory: what must survive a
// restart is counted per account, by the broker.
type ClientLimit struct {
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
	"POST /login/second":          true,
	"POST /graphql/system":        true,
}

// mailers are the routes where a stranger can cause a letter.
var mailers = map[string]bool{
	"POST /auth/register":         true,
	"POST /auth/confirm/resend":   true,
	"POST /auth/password/request": true,
	"PUT /auth/me/email":          true,
	"POST /register":              true,
	"POST /forgot":                true,
}

// guesses are the routes where a secret can be guessed. Only those requests
// count whose secret was wrong: an office behind one address refreshes as often
// as it likes.
var guesses = map[string]bool{
	"POST /auth/refresh":            true,
	"POST /auth/confirm":            true,
	"POST /auth/email/confirm":      true,
	"POST /auth/password/reset":     true,
	"PUT /auth/me/password":         true,
	"PUT /auth/me/email":            true,
	"POST /auth/mfa/totp":           true,
	"POST /auth/mfa/totp/confirm":   true,
	"DELETE /auth/mfa/totp":         true,
	"POST /auth/mfa/recovery-codes": true,
	"GET /confirm":                  true,
	"GET /email":                    true,
	"GET /reset":                    true,
	"GET /invite":                   true,
	"POST /confirm":                 true,
	"POST /email":                   true,
	"POST /reset":                   true,
	"POST /invite":                  true,
}

// limitClients puts the limits per client address around the routes.
func (s *site) limitClients(c Config) {
	s.limit(c.Logins, doors, false)
	s.limit(c.Mails, mailers, false)
	s.limit(c.Logins, guesses, true)
}

// limit counts the requests of some routes per client address, or only those
// that failed to prove what they had to.
func (s *site) limit(l ClientLimit, routes map[string]bool, failures bool) {
	if l.Attempts <= 0 {
		return
	}
	limiter := httprate.NewRateLimiter(l.Attempts, l.Window,
		httprate.WithResponseHeaders(httprate.ResponseHeaders{}), httprate.WithLimitCounter(newCounter()))
	full := limiter.OnLimit
	if failures {
		full = func(_ http.ResponseWriter, _ *http.Request, key string) bool {
			_, rate, err := limiter.Status(key)
			return err != nil || int(rate) >= l.Attempts
		}
	}
	s.router.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !isOneOf(r, routes) {
				next.ServeHTTP(w, r)
				return
			}
			x := wire.ExchangeOf(r.Context())
			client := httprate.CanonicalizeIP(x.Address)
			if full(w, r, client) {
				s.Fail(w, r, &broker.Error{Code: broker.CodeLimited, Retry: l.Window})
				return
			}
			next.ServeHTTP(w, r)
			if failures && guessed(x.Code) {
				_ = limiter.Counter().Increment(client, time.Now().UTC().Truncate(l.Window)) // it counts in memory and cannot fail
			}
		})
	})
}

// guessed reports a failure that a wrong secret leads to.
func guessed(c broker.Code) bool {
	switch c {
	case broker.CodeCredentials, broker.CodeOTP, broker.CodeTokenInvalid, broker.CodeTokenExpired:
		return true
	}
	return false
}

func isOneOf(r *http.Request, routes map[string]bool) bool {
	return mux.CurrentRoute(r) != nil && routes[r.Method+" "+template(r)]
}
