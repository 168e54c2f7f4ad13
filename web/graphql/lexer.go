package graphql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
)

// maxTokens is how many tokens a document may have. The longest useful one has
// about a hundred.
const maxTokens = 2000

// kind is what a token is.
type kind byte

const (
	theEnd kind = iota
	aName
	aString
	aMark // one of the punctuators
)

type token struct {
	kind kind
	text string // of a name or a mark
	at   int    // offset in bytes
}

// lexer cuts a document into tokens (GraphQL, October 2021, §2.1). It refuses
// what the library would take beside the standard, so that both see the same
// tokens, and also what no argument here is: numbers and strings in three
// quotes. Its first error stays, and all that follows it is the end.
type lexer struct {
	source string
	at     int
	tokens int
	err    error
}

// fail refuses the document with a reason and the place of it.
func (l *lexer) fail(at int, reason string) {
	if l.err == nil {
		before := l.source[:at]
		line, column := strings.Count(before, "\n")+1, at-strings.LastIndexByte(before, '\n')
		l.err = invalid(reason, line, column)
	}
}

// invalid is the error of a document that is refused. The reason holds nothing
// of the document.
func invalid(reason string, line, column int) error {
	return broker.Fail(broker.CodePayload, fmt.Sprintf("%s (line %d, column %d)", reason, line, column))
}

// next returns the next token.
func (l *lexer) next() token {
	l.skip()
	if l.err == nil && l.tokens >= maxTokens {
		l.fail(l.at, "the query is too long")
	}
	if l.err != nil || l.at == len(l.source) {
		return token{kind: theEnd, at: l.at}
	}
	l.tokens++
	from := l.at
	k := l.pass()
	if l.err != nil {
		return token{kind: theEnd, at: from}
	}
	return token{k, l.source[from:l.at], from}
}

// pass passes over one token.
func (l *lexer) pass() kind {
	rest := l.source[l.at:]
	switch c := rest[0]; {
	case isName(c) && !isDigit(c):
		l.at += len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool { return r < utf8.RuneSelf && isName(byte(r)) }))
		return aName
	case c == '"':
		l.string()
		return aString
	case strings.HasPrefix(rest, "..."):
		l.at += len("...")
		return aMark
	case strings.IndexByte("!$&():=@[]{|}", c) >= 0:
		l.at++
		return aMark
	case isDigit(c), c == '-':
		l.fail(l.at, "no value is a number")
	default:
		l.fail(l.at, "a character does not belong here")
	}
	return theEnd
}

// skip passes over what stands between tokens: white space, commas and
// comments.
func (l *lexer) skip() {
	for l.at < len(l.source) {
		switch l.source[l.at] {
		case ' ', '\t', '\n', '\r', ',':
			l.at++
		case '#':
			length := strings.IndexAny(l.source[l.at:], "\r\n")
			if length < 0 {
				length = len(l.source) - l.at
			}
			l.at += length
		default:
			return
		}
	}
}

// string passes over a string in single quotes.
func (l *lexer) string() {
	from := l.at
	if strings.HasPrefix(l.source[l.at:], `"""`) {
		l.fail(from, "strings in three quotes are not taken")
		return
	}
	for l.at++; l.at < len(l.source); l.at++ {
		switch l.source[l.at] {
		case '"':
			l.at++
			return
		case '\n', '\r':
			l.fail(from, "a string does not end in its line")
			return
		case '\\':
			l.escape()
		}
	}
	l.at = len(l.source)
	l.fail(from, "a string does not end")
}

// escape passes over a backslash. What stands behind a u is the library's affair;
// it also knows escapes of another language, and panics over some of them.
func (l *lexer) escape() {
	l.at++
	if l.at < len(l.source) && strings.IndexByte(`"\/bfnrtu`, l.source[l.at]) < 0 {
		l.fail(l.at, "an escape is unknown")
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}
