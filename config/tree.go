package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a configuration. The parser recurses once for each level and
// each key, and aliases multiply, so both are counted before anything is built.
const (
	maxTokens = 30_000
	maxNodes  = 20_000
	maxDepth  = 32
)

type kind int

const (
	null kind = iota
	text      // a quoted or unquoted string
	number
	boolean
	sequence
	mapping
)

// String names the kind as an operator would.
func (k kind) String() string {
	return [...]string{"nothing", "text", "a number", "true or false", "a list", "a mapping"}[k]
}

// place is where something was written.
type place struct {
	file         string
	line, column int
}

// node is one value of the configuration, with its place, whichever of the file
// and the environment it came from.
type node struct {
	kind  kind
	at    place
	text  string  // of a scalar, as written
	keys  []entry // of a mapping, in order, each key once
	items []*node // of a sequence
	env   bool    // from the environment
	guess bool    // of a variable whose name is misspelt, which is told already
}

type entry struct {
	key   string
	at    place
	value *node
}

// child returns the value of key in a mapping, nil when it is absent.
func (n *node) child(key string) *node {
	for _, e := range n.keys {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// put sets the value of key in a mapping.
func (n *node) put(key string, value *node) {
	for i := range n.keys {
		if n.keys[i].key == key {
			n.keys[i].value, n.keys[i].at = value, value.at
			return
		}
	}
	n.keys = append(n.keys, entry{key: key, at: value.at, value: value})
}

// grower builds nodes from one YAML document.
type grower struct {
	*report
	from    place // whose file, or which variable
	anchors map[string]ast.Node
	nodes   int
	full    bool
}

// parseYAML reads one document. It returns nil when there is none, and when it is
// broken or out of bounds, which is then a problem. Places are those of the text, or
// all of them the variable when from is one.
func parseYAML(r *report, src string, from place) *node {
	g := &grower{report: r, from: from, anchors: map[string]ast.Node{}}
	docs, err := parseText(src)
	if err != nil {
		g.syntax(err)
		return nil
	}
	var root ast.Node
	for _, d := range docs {
		if d.Body == nil || d.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			g.problem(g.place(d.Body), "", "a second document", "keep one document and remove the line ---")
			break
		}
		root = d.Body
	}
	if root == nil {
		return nil
	}
	n := g.grow(root, 0)
	if g.full {
		return nil
	}
	return n
}

// parseText keeps the YAML library within bounds: what would make it recurse
// without end is refused, and a panic in it is a syntax error.
func parseText(src string) (docs []*ast.DocumentNode, err error) {
	defer func() {
		if v := recover(); v != nil {
			docs, err = nil, errors.New("not readable as YAML")
		}
	}()
	tokens := lexer.Tokenize(src)
	if err := bounded(tokens); err != nil {
		return nil, err
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	return f.Docs, nil
}

// tooMuch is a document beyond the bounds, and the token at which it is.
type tooMuch struct {
	message string
	token   *token.Token
}

func (e *tooMuch) Error() string          { return e.message }
func (e *tooMuch) GetMessage() string     { return e.message }
func (e *tooMuch) GetToken() *token.Token { return e.token }

func bounded(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return &tooMuch{fmt.Sprintf("more than %d words and signs", maxTokens), tokens[maxTokens]}
	}
	flow, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position != nil && t.Position.Line != line {
			dashes, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			dashes++
		case token.CollectEntryType:
			dashes = 0
		}
		if flow > maxDepth || dashes > maxDepth {
			return &tooMuch{fmt.Sprintf("more than %d levels", maxDepth), t}
		}
	}
	return nil
}

// syntax reports an error of the YAML library by its message and place only:
// its full text quotes the file, secrets included.
func (g *grower) syntax(err error) {
	at, message := g.from, "not readable as YAML"
	var e interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &e) {
		message = strings.ReplaceAll(e.GetMessage(), "'\t'", "tab")
		at = g.tokenPlace(e.GetToken())
	}
	g.problem(at, "", message, "check indentation, brackets and quotes here and on the line before")
}

func (g *grower) place(n ast.Node) place { return g.tokenPlace(n.GetToken()) }

func (g *grower) tokenPlace(t *token.Token) place {
	if g.from.line == 0 || t == nil || t.Position == nil {
		return g.from
	}
	return place{g.from.file, t.Position.Line, t.Position.Column}
}
