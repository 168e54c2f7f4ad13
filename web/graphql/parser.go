package graphql

import "strings"

// parser reads a document (GraphQL, October 2021, §2.2). It goes on after an
// error until the lexer's end, which comes at once.
type parser struct {
	lexer
	token      token
	fields     int // in the whole text
	directives int
}

// read returns the outline of a document, or an error of [invalid] for one that
// is malformed or above a limit as it is written. What its fragments make of it
// is judged by [outline.check].
func read(query string) (outline, error) {
	p := &parser{lexer: lexer{source: query}}
	p.advance()
	o := outline{fragments: map[string]selections{}}
	for p.err == nil && p.token.kind != theEnd {
		p.definition(&o)
	}
	return o, p.err
}

func (p *parser) advance() { p.token = p.next() }

func (p *parser) is(m string) bool { return p.token.kind == aMark && p.token.text == m }

// accept passes over a mark, if it is there.
func (p *parser) accept(m string) bool {
	found := p.is(m)
	if found {
		p.advance()
	}
	return found
}

// refuse ends the reading.
func (p *parser) refuse(reason string) {
	p.fail(p.token.at, reason)
	p.token = token{kind: theEnd, at: p.token.at}
}

// name returns the name that must stand here.
func (p *parser) name() string {
	if p.token.kind != aName {
		p.refuse("a name is missing")
		return ""
	}
	n := p.token.text
	p.advance()
	return n
}

func (p *parser) definition(o *outline) {
	if p.is("{") {
		o.operations = append(o.operations, operation{set: p.definedSet(&selections{})})
		return
	}
	at := p.token.at
	switch word := p.name(); word {
	case "query", "mutation":
		o.operations = append(o.operations, p.operation(word == "mutation"))
	case "fragment":
		p.fragment(o)
	default:
		p.fail(at, "there are queries, mutations and fragments only")
	}
}

func (p *parser) operation(mutation bool) operation {
	op := operation{mutation: mutation}
	if p.token.kind == aName {
		op.name = p.name()
	}
	s := &selections{}
	if p.is("(") {
		p.group(s)
	}
	p.skipDirectives(s)
	op.set = p.definedSet(s)
	return op
}

func (p *parser) fragment(o *outline) {
	called := p.name()
	if p.token.text != "on" {
		p.refuse("a fragment says on which type it is")
	}
	p.advance()
	p.name()
	s := &selections{}
	p.skipDirectives(s)
	if _, twice := o.fragments[called]; twice {
		p.refuse("two fragments have one name")
	}
	o.fragments[called] = p.definedSet(s)
}

// definedSet reads the selection set of a definition.
func (p *parser) definedSet(s *selections) selections {
	p.set(s, 1, true)
	return *s
}

// set reads a selection set of a level; first says that its fields are those
// that are executed.
func (p *parser) set(s *selections, level int, first bool) {
	if level > maxDepth {
		p.refuse("the query is nested too deeply")
		return
	}
	if !p.accept("{") {
		p.refuse("a selection is missing")
		return
	}
	s.depth = max(s.depth, level)
	for more := true; more; more = p.token.kind != theEnd && !p.is("}") {
		p.selection(s, level, first)
	}
	if !p.accept("}") {
		p.refuse("a selection is not closed")
	}
}

func (p *parser) selection(s *selections, level int, first bool) {
	p.count(&s.fields, &p.fields, maxFields)
	if !p.accept("...") {
		p.field(s, level, first)
		return
	}
	if p.token.kind == aName && p.token.text != "on" {
		s.spreads = append(s.spreads, spread{p.name(), level, first})
		p.skipDirectives(s)
		return
	}
	if p.token.kind == aName {
		p.advance()
		p.name()
	}
	p.skipDirectives(s)
	p.set(s, level+1, first)
}

func (p *parser) field(s *selections, level int, first bool) {
	at := p.token.at
	called := p.name()
	if p.accept(":") {
		called = p.name()
	}
	if strings.HasPrefix(called, "__") && called != typename {
		p.fail(at, "introspection is not offered")
	}
	if first && called != typename {
		s.acts++
	}
	if p.is("(") {
		p.group(s)
	}
	p.skipDirectives(s)
	if p.is("{") {
		p.set(s, level+1, false)
	}
}

// skipDirectives counts the directives that stand here.
func (p *parser) skipDirectives(s *selections) {
	for p.accept("@") {
		p.count(&s.directives, &p.directives, maxDirectives)
		p.name()
		if p.is("(") {
			p.group(s)
		}
	}
}

// group passes over what is in round brackets, whose inside cannot be executed,
// and counts its directives.
func (p *parser) group(s *selections) {
	for open := 0; p.token.kind != theEnd; {
		switch {
		case p.is("("), p.is("["), p.is("{"):
			open++
		case p.is(")"), p.is("]"), p.is("}"):
			open--
		case p.is("@"):
			p.count(&s.directives, &p.directives, maxDirectives)
		}
		p.advance()
		if open == 0 {
			return
		}
	}
	p.refuse("a bracket is not closed")
}

// count counts one more in its selection set and in the whole text.
func (p *parser) count(here, all *int, limit int) {
	*here++
	if *all++; *all > limit {
		p.refuse("the query asks for too much")
	}
}
