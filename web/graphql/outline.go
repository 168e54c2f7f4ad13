package graphql

import "github.com/signet-sso/signet/broker"

// What a document may hold, fragments written out. Useful ones have three
// levels, five fields and no directive.
const (
	maxFields     = 100 // spreads of fragments count as one, too
	maxDirectives = 50
	maxDepth      = 8 // levels of braces
)

// onlyOne is what is said to who wants more at once.
const onlyOne = "a request makes one mutation at most"

// typename is the one field of introspection that every client may ask for:
// many add it to all they ask.
const typename = "__typename"

// size is what a selection set costs.
type size struct {
	fields     int
	directives int
	depth      int
	acts       int // fields on the first level, which are what is executed
}

// selections is a selection set and all below it. Its size is without what
// fragments bring.
type selections struct {
	size
	spreads []spread
}

// spread is a place where a fragment belongs.
type spread struct {
	fragment string
	level    int
	first    bool // of the first level, where fields are executed
}

// operation is a query or a mutation.
type operation struct {
	name     string
	mutation bool
	set      selections
}

// outline is a document as far as its limits need it.
type outline struct {
	operations []operation
	fragments  map[string]selections
}

// check refuses a document that one of its operations, with its fragments
// written out, takes above a limit, or that does more than one thing: secrets
// are tried one a request, as at every other door. Which operation is to run is
// checked too, "" for the only one.
func (o outline) check(operationName string) error {
	m := &measure{outline: o, known: map[string]size{}, open: map[string]bool{}}
	found := len(o.operations) == 1 && operationName == ""
	for _, op := range o.operations {
		if s := m.whole(op.set); op.mutation && s.acts > 1 {
			m.refuse(onlyOne)
		}
		found = found || op.name != "" && op.name == operationName
	}
	for called := range o.fragments {
		m.fragment(called)
	}
	if m.err == nil && !found {
		m.refuse(`"operationName" does not say which operation is to run`)
	}
	return m.err
}

// measure adds up what fragments bring.
type measure struct {
	outline
	known map[string]size
	open  map[string]bool // fragments that are being measured
	err   error
}

func (m *measure) refuse(reason string) {
	if m.err == nil {
		m.err = broker.Fail(broker.CodePayload, reason)
	}
}

// fragment is the size of a fragment; one that nobody has defined has none and
// is left to the library.
func (m *measure) fragment(called string) size {
	if s, ok := m.known[called]; ok || m.err != nil {
		return s
	}
	if m.open[called] {
		m.refuse("fragments hold each other in a circle")
		return size{}
	}
	m.open[called] = true
	s := m.whole(m.fragments[called])
	m.known[called] = s
	return s
}

// whole is the size of a selection set with its fragments. It ends at the first
// limit that is passed, so that no number grows beyond what fits.
func (m *measure) whole(set selections) size {
	s := set.size
	for _, one := range set.spreads {
		f := m.fragment(one.fragment)
		s.fields += f.fields
		s.directives += f.directives
		s.depth = max(s.depth, one.level+f.depth)
		if one.first {
			s.acts += f.acts
		}
		switch {
		case s.fields > maxFields, s.directives > maxDirectives:
			m.refuse("the query asks for too much")
		case s.depth > maxDepth:
			m.refuse("the query is nested too deeply")
		}
	}
	return s
}
