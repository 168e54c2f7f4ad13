package web

import (
	"maps"
	"net/http"
	"time"

	"github.com/go-chi/httprate"

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
// bucket. What is asked by GraphQL counts at the route of the native interface
// where the same is asked, in every table here.
var doors = map[string]bool{
	"GET /auth/login/{provider}":  true,
	"POST /auth/login":            true,
	"POST /auth/login/{provider}": true,
	"POST /login":                 true,
	"POST /login/second":          true,
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

// services are the routes where a client's secret can be guessed. They have a
// bucket of their own: a service that has a wrong one keeps nobody from refreshing
// who shares its address.
var services = map[string]bool{
	"POST /oauth2/introspect": true,
	"POST /oauth2/revoke":     true,
}

// bucket counts the requests of some routes per client address, or only those
// that failed to prove what they had to.
type bucket struct {
	ClientLimit
	routes   map[string]bool
	failures bool
	limiter  *httprate.RateLimiter
}

// limitClients puts the limits per client address around the routes.
func (s *site) limitClients(c Config) {
	for _, b := range []bucket{
		{ClientLimit: c.Logins, routes: s.with(doors, func(l wire.Limits) []string { return l.Doors })},
		{ClientLimit: c.Mails, routes: s.with(mailers, func(l wire.Limits) []string { return l.Mailers })},
		{ClientLimit: c.Logins, routes: s.with(guesses, func(l wire.Limits) []string { return l.Guesses }), failures: true},
		{ClientLimit: c.Logins, routes: services, failures: true},
	} {
		if b.Attempts > 0 {
			b.limiter = httprate.NewRateLimiter(b.Attempts, b.Window,
				httprate.WithResponseHeaders(httprate.ResponseHeaders{}), httprate.WithLimitCounter(newCounter()))
			s.buckets = append(s.buckets, b)
		}
	}
	s.router.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := s.limit(w, r, r.Method+" "+template(r), func() error {
				next.ServeHTTP(w, r)
				return nil
			})
			if err != nil {
				s.Fail(w, r, err)
			}
		})
	})
}

// with adds the annexes' routes of a kind to ours: they count together.
func (s *site) with(ours map[string]bool, theirs func(wire.Limits) []string) map[string]bool {
	all := maps.Clone(ours)
	for _, a := range s.annexes {
		for _, route := range theirs(a.Limits()) {
			all[route] = true
		}
	}
	return all
}

// limit asks and returns what that returns, unless a bucket of the route is full
// for the client's address: that is CodeLimited.
func (s *site) limit(w http.ResponseWriter, r *http.Request, route string, ask func() error) error {
	x := wire.ExchangeOf(r.Context())
	client := httprate.CanonicalizeIP(x.Address)
	for _, b := range s.buckets {
		if b.routes[route] && b.full(w, r, client) {
			return &broker.Error{Code: broker.CodeLimited, Retry: b.Window}
		}
	}
	err := ask()
	code := x.Code
	if err != nil {
		code = broker.CodeOf(err)
	}
	for _, b := range s.buckets {
		if b.failures && b.routes[route] && guessed(code) {
			_ = b.limiter.Counter().Increment(client, time.Now().UTC().Truncate(b.Window)) // it counts in memory and cannot fail
		}
	}
	return err
}

// full reports that a client has used up what it may, and counts this request
// if it has not and requests are what counts.
func (b bucket) full(w http.ResponseWriter, r *http.Request, client string) bool {
	if !b.failures {
		return b.limiter.OnLimit(w, r, client)
	}
	_, rate, err := b.limiter.Status(client)
	return err != nil || int(rate) >= b.Attempts
}

// guessed reports a failure that a wrong secret leads to.
func guessed(c broker.Code) bool {
	switch c {
	case broker.CodeCredentials, broker.CodeOTP, broker.CodeTokenInvalid, broker.CodeTokenExpired:
		return true
	}
	return false
}
