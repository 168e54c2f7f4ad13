package guard

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// Prefix is where the guard's doors are.
const Prefix = "/guard/"

const (
	pathNginx   = "/guard/nginx"
	pathForward = "/guard/forward"
	envoyPrefix = "/guard/envoy"
)

// Broker is what the guard asks; see the methods of the same names in package
// broker for their rules.
type Broker interface {
	Guard(ctx context.Context, p broker.Presented) (broker.Passage, error)
	Forward(p *broker.Pass) (string, error)
	ReturnTo(raw string) (url string, ok bool)
}

var _ Broker = (*broker.Broker)(nil)

// Config is what the guard is made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Broker  Broker
	Policy  *Policy
	Audit   broker.Auditor
	Cookies wire.Cookies
	Proxies wire.Proxies // whose word about a request counts
	Native  wire.Profile // how programs are answered
	Page    wire.Failer  // how people are, who follow a link
	Now     func() time.Time
	// PublicURL is ours, without a slash at the end.
	PublicURL string
	// Cut is told when somebody's groups were left out; nil for nobody.
	Cut func()
}

// Guard answers reverse proxies. It is safe for concurrent use.
type Guard struct {
	Config
	nginx   *wire.Adapter
	forward *wire.Adapter
}

// New returns the guard of c.
func New(c Config) *Guard {
	return &Guard{Config: c, nginx: wire.NewAdapter(forNginx(c.Native), c.Now), forward: wire.NewAdapter(forForward(c.Native), c.Now)}
}

var noStore = []string{"no-store"}

// door is what one kind of proxy asks at.
type door struct {
	route string
	read  func(*http.Request) (target, error)
	fail  func(w http.ResponseWriter, r *http.Request, t target, err error)
	// narrows says that the query is the operator's own.
	narrows bool
}

// ServeHTTP implements http.Handler for what is below [Prefix]. Every method is
// answered: it is the application's affair. No body is read.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refused := func(fail http.HandlerFunc) {
		wire.SecurityHeaders(fail, strings.HasPrefix(g.PublicURL, "https://")).ServeHTTP(w, r)
	}
	d, ok := g.door(r.URL.Path)
	if !ok {
		refused(func(w http.ResponseWriter, r *http.Request) {
			g.forward.Fail(w, r, broker.Fail(broker.CodeNotFound, ""))
		})
		return
	}
	x := wire.ExchangeOf(r.Context())
	x.Route = d.route
	t, err := d.read(r)
	if !g.Proxies.Trusted(r) {
		t, err = target{}, untrusted
	}
	if err = g.check(w, r, d, t, err); err != nil {
		refused(func(w http.ResponseWriter, r *http.Request) { d.fail(w, r, t, err) })
		return
	}
	// Nobody but the proxy sees this answer.
	x.Quiet = true
	w.Header()["Cache-Control"] = noStore
	w.WriteHeader(http.StatusOK)
}

func (g *Guard) door(path string) (door, bool) {
	switch {
	case path == pathNginx:
		return door{pathNginx, ofNginx, g.failNginx, true}, true
	case path == pathForward:
		return door{pathForward, ofForward, g.failForward, true}, true
	case strings.HasPrefix(path, envoyPrefix+"/"):
		return door{envoyPrefix, ofEnvoy, g.failForward, false}, true
	}
	return door{}, false
}

// check decides, and puts into the answer's header what the application is told.
// unread is why the target could not be read.
func (g *Guard) check(w http.ResponseWriter, r *http.Request, d door, t target, unread error) error {
	p := g.Policy.current.Load()
	// Without rules nothing is decided by the address, and so none is needed. One
	// that is there and broken is refused all the same.
	if unread != nil && (len(p.rules) > 0 || unread != missing && unread != untrusted) {
		return g.malformed(r, unread)
	}
	want := judge(p.rules, t)
	if want.doubtful != "" {
		return g.malformed(r, malformed(want.doubtful))
	}
	if d.narrows && !want.narrow(r) {
		return broker.Fail(broker.CodeForbidden, "")
	}
	passage, both, err := g.passage(r)
	if err != nil {
		if want.public && !both {
			return nil
		}
		return err
	}
	if want.denied || !satisfied(want.groups, passage.Claims.Groups) {
		return broker.Fail(broker.CodeForbidden, "")
	}
	return g.admit(w, p, passage)
}

// narrow adds what the guard's own address asks for, ?groups=a,b. It is false
// for one that names none.
func (d *demand) narrow(r *http.Request) bool {
	if r.URL.RawQuery == "" {
		return true
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return false
	}
	for _, groups := range q["groups"] {
		var want []string
		for g := range strings.SplitSeq(groups, ",") {
			if g = strings.TrimSpace(g); g != "" {
				want = append(want, g)
			}
		}
		d.groups = append(d.groups, want)
		d.public = false
	}
	return true
}

// passage finds out whose request it is. both says that it came with a cookie
// and a token.
func (g *Guard) passage(r *http.Request) (p broker.Passage, both bool, err error) {
	if wire.CookieFlood(r) {
		return p, false, broker.Fail(broker.CodePayload, "there are too many cookies")
	}
	in := broker.Presented{Session: g.Cookies.Session(r), Client: wire.ClientOf(r)}
	if in.Bearer, err = wire.Bearer(r); err != nil {
		return p, in.Session != "", err
	}
	p, err = g.Broker.Guard(r.Context(), in)
	return p, in.Session != "" && in.Bearer != "", err
}

// admit tells the proxy what to tell the application, and the browser.
func (g *Guard) admit(w http.ResponseWriter, p *policy, passage broker.Passage) error {
	h := w.Header()
	if p.Token {
		raw, err := g.Broker.Forward(passage.Pass)
		if err != nil {
			return err
		}
		if raw != "" {
			h["Authorization"] = []string{"Bearer " + raw}
		}
	}
	if p.identify(h, passage.Pass, g.PublicURL+"/auth/me") && g.Cut != nil {
		g.Cut()
	}
	if passage.Renewed != nil {
		g.Cookies.Set(w, *passage.Renewed)
	}
	return nil
}

// malformed is the refusal of a request that cannot be read in one way.
func (g *Guard) malformed(r *http.Request, err error) error {
	var why malformed
	errors.As(err, &why)
	g.Audit.Record(r.Context(), broker.Event{Name: broker.EventGuardMalformed, Reason: string(why), Client: wire.ClientOf(r)})
	return &broker.Error{Code: broker.CodeForbidden, Err: err}
}

// loginFor is the login page's address for a browser that wants to go to t, or
// "" for who is not sent there.
func (g *Guard) loginFor(r *http.Request, t target) string {
	if !g.Policy.current.Load().Login || !navigates(r, t.method) {
		return ""
	}
	q := url.Values{"mode": {string(sessions.ModeSession)}}
	if t.host != "" {
		if to, ok := g.Broker.ReturnTo(t.url()); ok {
			q.Set("redirect", to)
		}
	}
	return g.PublicURL + "/login?" + q.Encode()
}

// navigates reports a browser that follows a link or sends a form, by what it
// says of itself.
func navigates(r *http.Request, method string) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return (method == http.MethodGet || method == http.MethodHead || method == "") && r.Header.Get("X-Requested-With") == "" &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}
