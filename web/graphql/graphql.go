package graphql

import (
	"context"
	_ "embed" // the schema
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"github.com/graph-gophers/graphql-go"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

//go:embed schema.graphql
var schemaText string

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

// Config is what an interface is made of. Every field is needed.
type Config struct {
	Broker    Broker
	Cookies   wire.Cookies
	CrossSite *wire.CrossSite // guards what cookies or a sign-in could do
	Native    wire.Profile    // how errors are worded
	Now       func() time.Time
}

// Interface serves GraphQL. It is safe for concurrent use.
type Interface struct {
	Config
	adapter *wire.Adapter
	schema  *graphql.Schema
}

// New returns an interface over c.
func New(c Config) (*Interface, error) {
	schema, err := graphql.ParseSchema(schemaText, nil,
		graphql.DisableIntrospection(), graphql.MaxDepth(maxDepth), graphql.MaxQueryLength(wire.MaxBody),
		graphql.MaxParallelism(1), graphql.Logger(silent{}), graphql.PanicHandler(silent{}))
	if err != nil {
		return nil, fmt.Errorf("graphql schema: %w", err)
	}
	return &Interface{Config: c, adapter: wire.NewAdapter(c.Native, c.Now), schema: schema}, nil
}

// Register adds the route.
func (g *Interface) Register(r *mux.Router) {
	r.Handle("/graphql/system", g.adapter.Handle(g.CrossSite.Guard(g.serve))).Methods(http.MethodPost)
}

// request is the body of every request.
type request struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
}

// answer is the body of every answer to a request that was executed.
type answer struct {
	Data   any       `json:"data"`
	Errors []failure `json:"errors,omitempty"`
}

type failure struct {
	Message    string     `json:"message"`
	Path       []any      `json:"path,omitempty"`
	Extensions extensions `json:"extensions"`
}

type extensions struct {
	Code   string `json:"code"`
	Reason string `json:"reason,omitempty"`
}

// serve executes one request. What is wrong with the request itself is an HTTP
// error; what a mutation answers is not.
func (g *Interface) serve(w http.ResponseWriter, r *http.Request) error {
	if len(r.URL.Query()) > 0 {
		return broker.Fail(broker.CodePayload, "nothing belongs in the address")
	}
	var in request
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if in.Query == "" {
		return broker.Fail(broker.CodePayload, "must provide query string")
	}
	if err := bound(in.Query); err != nil {
		return err
	}
	call := &call{Interface: g, w: w, r: r}
	schema, err := g.schema.Clone(call)
	if err != nil {
		return fmt.Errorf("bind resolvers: %w", err)
	}
	return g.write(w, r, call, schema.Exec(r.Context(), in.Query, in.OperationName, in.Variables))
}

// write turns the library's answer into ours. Of an error only its path is told;
// its words are those of the code.
func (g *Interface) write(w http.ResponseWriter, r *http.Request, c *call, res *graphql.Response) error {
	out := answer{Data: rawData(res.Data)}
	for _, e := range res.Errors {
		if e.ResolverError == nil {
			if c.called {
				return fmt.Errorf("graphql: %w", e)
			}
			return &broker.Error{Code: broker.CodePayload, Reason: "the query does not fit the schema", Err: e}
		}
		f := g.adapter.Explain(w, r, e.ResolverError)
		out.Errors = append(out.Errors, failure{Message: f.Message, Path: e.Path, Extensions: extensions{f.Code, f.Reason}})
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.JSON(w, http.StatusOK, out)
}
