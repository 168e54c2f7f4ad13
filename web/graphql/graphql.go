package graphql

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Broker is what the mutations ask; see the methods of the same names in package
// broker for their rules.
type Broker interface {
	SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error)
	Renew(ctx context.Context, r broker.Renewal) (broker.Login, error)
	Leave(ctx context.Context, f broker.Farewell) error
	RequestReset(ctx context.Context, r broker.ResetRequest) error
	ResetPassword(ctx context.Context, n broker.NewPassword) error
}

var _ Broker = (*broker.Broker)(nil)

// Config is what an interface is made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Broker    Broker
	Cookies   wire.Cookies
	CrossSite *wire.CrossSite // guards what cookies or a sign-in could do
	Native    wire.Profile    // how errors are worded
	Now       func() time.Time

	// Limit asks and returns what that returns, unless the client's address has
	// asked too often: then it returns an error of CodeLimited. The route is
	// that of the native interface where the same is asked, "METHOD /path", so
	// that both doors count as one; nil for no limit.
	Limit func(w http.ResponseWriter, r *http.Request, route string, ask func() error) error
}

// Interface serves GraphQL. It is safe for concurrent use.
type Interface struct {
	Config
	native *wire.Adapter
	query  *wire.Adapter // for documents that are wrong
	desks  sync.Pool     // of *desk, each with one request at a time
}

// New returns an interface over c. It fails for a schema that its resolvers do
// not fit.
func New(c Config) (*Interface, error) {
	if c.Limit == nil {
		c.Limit = func(_ http.ResponseWriter, _ *http.Request, _ string, ask func() error) error { return ask() }
	}
	g := &Interface{Config: c, native: wire.NewAdapter(c.Native, c.Now), query: wire.NewAdapter(forDocuments(c.Native), c.Now)}
	d, err := newDesk(g)
	if err != nil {
		return nil, err
	}
	g.desks.Put(d)
	return g, nil
}

// Register adds the route.
func (g *Interface) Register(r *mux.Router) {
	r.Handle("/graphql/system", g.native.Handle(g.CrossSite.Guard(g.serve))).Methods(http.MethodPost)
}

// question is what a request asks.
type question struct {
	query     string
	operation string // "" for the only one
	variables map[string]any
}

// readQuestion reads the body of a request. A list of questions is none: secrets
// are tried one a request.
func readQuestion(w http.ResponseWriter, r *http.Request) (q question, err error) {
	if r.URL.RawQuery != "" {
		return q, broker.Fail(broker.CodePayload, "the query and its variables belong in the body")
	}
	var in struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     jsontext.Value `json:"variables"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return q, err
	}
	if in.Query == "" {
		return q, broker.Fail(broker.CodePayload, "must provide query string")
	}
	q = question{query: in.Query, operation: in.OperationName}
	if len(in.Variables) > 0 && json.Unmarshal(in.Variables, &q.variables) != nil {
		return q, broker.Fail(broker.CodePayload, `"variables" is of the wrong type`)
	}
	return q, nil
}

// serve executes one request. What is wrong with the request itself is an error
// of HTTP; what a mutation answers is not.
func (g *Interface) serve(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuestion(w, r)
	if err != nil {
		return err
	}
	o, err := read(q.query)
	if err == nil {
		err = o.check(q.operation)
	}
	if err != nil {
		g.query.Fail(w, r, err)
		return nil
	}
	d, found := g.desks.Get().(*desk)
	if !found {
		if d, err = newDesk(g); err != nil {
			return err
		}
	}
	return d.serve(w, r, q)
}
