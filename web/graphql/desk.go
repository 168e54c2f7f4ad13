package graphql

import (
	"context"
	_ "embed" // the schema
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/graph-gophers/graphql-go"
	"github.com/graph-gophers/graphql-go/errors"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

//go:embed schema.graphql
var schemaText string

// maxPairs is how many pairs of fields the library compares.
const maxPairs = maxFields * maxFields

// desk executes one request at a time. The library binds a schema to its
// resolvers for good, which costs as much as a refresh, so that desks are kept
// for the next request.
type desk struct {
	*Interface
	schema *graphql.Schema
	call   call
}

// call is what the request at a desk has come to.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	asked   bool   // a mutation has begun
	cookies func() // sets or clears those that belong to the answer, nil for none
}

// newDesk binds the schema. The library's limits are behind our own.
func newDesk(g *Interface) (*desk, error) {
	d := &desk{Interface: g}
	var err error
	d.schema, err = graphql.ParseSchema(schemaText, d,
		graphql.UseFieldResolvers(), graphql.DisableFieldSelections(),
		graphql.RestrictIntrospection(func(context.Context) bool { return false }),
		graphql.MaxDepth(maxDepth), graphql.MaxSelections(maxFields), graphql.OverlapValidationLimit(maxPairs),
		graphql.MaxQueryLength(wire.MaxBody), graphql.MaxParallelism(1), graphql.Logger(silent{}), graphql.PanicHandler(loud{}))
	if err != nil {
		return nil, fmt.Errorf("graphql schema: %w", err)
	}
	return d, nil
}

// serve executes a question and goes back to the others. After a panic it does
// not.
func (d *desk) serve(w http.ResponseWriter, r *http.Request, q question) error {
	d.call = call{w: w, r: r}
	res, err := d.execute(r.Context(), q)
	if err != nil {
		d.query.Fail(w, r, err)
		return nil
	}
	err = d.answer(res)
	d.call = call{}
	d.desks.Put(d)
	return err
}

// execute has the library validate and execute a question. That the library
// panics over a document is no fault of ours as long as it has called nothing:
// it does for some literals that it takes for valid.
func (d *desk) execute(ctx context.Context, q question) (res *graphql.Response, err error) {
	defer func() {
		v := recover()
		switch {
		case v == nil:
		case d.call.asked:
			panic(v)
		default:
			err = broker.Fail(broker.CodePayload, notValid)
		}
	}()
	return d.schema.Exec(ctx, q.query, q.operation, q.variables), nil
}

// answered is the body of every answer to a request that was executed.
type answered struct {
	Data   jsontext.Value `json:"data"`
	Errors []failure      `json:"errors,omitempty"`
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

// answer turns the library's answer into ours. Nothing is told of an error but
// its path and the words of its code.
func (d *desk) answer(res *graphql.Response) error {
	w, r := d.call.w, d.call.r
	out := answered{Data: jsontext.Value(res.Data)}
	for _, e := range res.Errors {
		if e.ResolverError == nil {
			return d.unasked(e)
		}
		f := d.native.Explain(w, r, e.ResolverError)
		out.Errors = append(out.Errors, failure{Message: f.Message, Path: e.Path, Extensions: extensions{f.Code, f.Reason}})
	}
	if d.call.cookies != nil {
		d.call.cookies()
	}
	return wire.JSON(w, http.StatusOK, out)
}

// unasked answers an error of the library's: the time is up, or the document
// does not fit the schema.
func (d *desk) unasked(e *errors.QueryError) error {
	if err := d.call.r.Context().Err(); err != nil {
		return err
	}
	d.query.Fail(d.call.w, d.call.r, explain(e))
	return nil
}

// silent keeps the library from writing to the log by itself.
type silent struct{}

// LogPanic implements the library's logger.
func (silent) LogPanic(context.Context, any) {}

// loud lets a panic through, to be answered, logged and recorded like any other.
type loud struct{}

// MakePanicError implements the library's panic handler.
func (loud) MakePanicError(_ context.Context, value any) *errors.QueryError { panic(value) }
