package graphql

import "net/http"

// Schema is the text of the schema.
func Schema() string { return schemaText }

// Judge is what stands before the library.
func Judge(query, operation string) error {
	o, err := read(query)
	if err != nil {
		return err
	}
	return o.check(operation)
}

// ServeUnjudged executes a document that nobody has looked at.
func (g *Interface) ServeUnjudged(query string) http.Handler {
	return g.native.Handle(func(w http.ResponseWriter, r *http.Request) error {
		d, err := newDesk(g)
		if err != nil {
			return err
		}
		return d.serve(w, r, question{query: query})
	})
}
