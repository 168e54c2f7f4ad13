package authserver

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Broker is what the interface asks; see the methods of the same names in package
// broker for their rules.
type Broker interface {
	SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error)
	Renew(ctx context.Context, r broker.Renewal) (broker.Login, error)
	LeaveSession(ctx context.Context, id string, c broker.Client) error
	Named(ctx context.Context, name string) (broker.Account, error)
	NumberOf(ctx context.Context, accountID string) (int64, error)
	Numbered(ctx context.Context, after int64, limit int) ([]broker.Numbered, error)
}

var _ Broker = (*broker.Broker)(nil)

// Settings are what the configuration says about the interface.
type Settings struct {
	// Prefix is put before every address; "" for none.
	Prefix string
	// Strict lets strangers read everybody's address, as the original does.
	Strict bool
	// AccessTTL is how long an access token is valid, and for how long after a
	// sign-in an administrator may change something.
	AccessTTL time.Duration
	// RefreshTTL is how long after a sign-in a refresh token is valid.
	RefreshTTL time.Duration
	// StaticRefresh keeps a refresh token until the person's next sign-in, which
	// ends it; otherwise each use brings another one.
	StaticRefresh bool
}

// Config is what an Authserver is made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Settings
	Broker Broker
	// Administration is what administrators are served with; nil for no such
	// addresses.
	Administration *broker.Administration
	CrossSite      *wire.CrossSite // guards what acts
	// Elsewhere reports a path of another interface's, which is never taken from
	// it; nil for none.
	Elsewhere func(path string) bool
	Now       func() time.Time
}

// Authserver serves the interface. It is safe for concurrent use.
type Authserver struct {
	Config
	adapter *wire.Adapter
}

var _ wire.Annex = (*Authserver)(nil)

// New returns an Authserver over c.
func New(c Config) *Authserver {
	if c.Elsewhere == nil {
		c.Elsewhere = func(string) bool { return false }
	}
	return &Authserver{Config: c, adapter: wire.NewAdapter(Profile(), c.Now)}
}

// route is one address of the interface, below the prefix.
type route struct {
	path    string
	methods []string
	handler wire.Handler
	limit   *[]string
}

// routes are all addresses, each with the kind of limit that it counts in.
func (s *Authserver) routes(l *wire.Limits) []route {
	read, post := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	guard := s.CrossSite.Guard
	all := []route{
		{"/admin_token/", post, guard(s.adminToken), &l.Doors},
		{"/token/", post, guard(s.token), &l.Doors},
		{"/refresh/", post, guard(s.refresh), &l.Guesses},
	}
	if s.Administration == nil {
		return all
	}
	looks := &l.Guesses
	if s.Strict { // anybody can ask who there is
		looks = &l.Doors
	}
	return append(all,
		route{"/user/", read, s.one, looks},
		route{"/user/", post, guard(s.add), &l.Guesses},
		route{"/user/", []string{http.MethodPut}, guard(s.change), &l.Guesses},
		route{"/user/", []string{http.MethodDelete}, guard(s.remove), &l.Guesses},
		route{"/users/", read, s.all, looks},
	)
}

// Register adds the routes. What goes around every handler is the caller's.
func (s *Authserver) Register(r *mux.Router) {
	for _, route := range s.routes(&wire.Limits{}) {
		r.Handle(s.Prefix+route.path, s.adapter.Handle(route.handler)).Methods(route.methods...)
	}
	for _, path := range s.bare() {
		r.Handle(path, http.HandlerFunc(addSlash))
	}
	for path, h := range s.papers() {
		r.Handle(path, h).Methods(http.MethodGet, http.MethodHead)
	}
}

// bare are the addresses without their slash, but those that are another
// interface's: there the slash decides whose a request is.
func (s *Authserver) bare() (paths []string) {
	for _, route := range s.routes(&wire.Limits{}) {
		path := strings.TrimSuffix(s.Prefix+route.path, "/")
		if !slices.Contains(paths, path) && !s.Elsewhere(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// addSlash says where a request belongs, whatever it is: 307 keeps method and
// body.
func addSlash(w http.ResponseWriter, r *http.Request) {
	to := r.URL.EscapedPath() + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// Owns implements [wire.Annex]: all that begins with the prefix and, without one,
// the addresses themselves.
func (s *Authserver) Owns(path string) bool {
	for _, route := range s.routes(&wire.Limits{}) {
		if path == s.Prefix+route.path {
			return true
		}
	}
	if slices.Contains(s.bare(), path) {
		return true
	}
	return s.Prefix != "" && (path == s.Prefix || strings.HasPrefix(path, s.Prefix+"/")) && !s.Elsewhere(path)
}

// Voice implements [wire.Annex].
func (s *Authserver) Voice() *wire.Adapter { return s.adapter }

// Limits implements [wire.Annex].
func (s *Authserver) Limits() wire.Limits {
	var l wire.Limits
	for _, route := range s.routes(&l) {
		for _, method := range route.methods {
			*route.limit = append(*route.limit, method+" "+s.Prefix+route.path)
		}
	}
	return l
}
