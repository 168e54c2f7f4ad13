package graphql

import (
	"strings"

	"github.com/signet-sso/signet/broker"
)

// What one query may hold. A sign-in needs three levels and five fields.
const (
	maxDepth      = 8
	maxNames      = 200 // names of any kind: fields, arguments, types
	maxDirectives = 20
	maxSpreads    = 20
)

// mutations are what one request may ask for once.
var mutations = map[string]bool{
	"auth_login": true, "auth_refresh": true, "auth_logout": true, "auth_password_request": true, "auth_password_reset": true,
}

// bound refuses a query that asks for too much, before the library parses it: by
// looking at its words alone, in one pass. Each use of a mutation counts, under
// whatever alias and in whatever fragment, so that one request is one attempt.
func bound(query string) error {
	depth, names, directives, spreads, asked := 0, 0, 0, 0, 0
	for rest := query; rest != ""; {
		var word string
		word, rest = next(rest)
		switch {
		case word == "{":
			depth++
		case word == "}":
			depth--
		case word == "@":
			directives++
		case word == "...":
			spreads++
		case word != "" && nameChar(word[0]):
			names++
			if mutations[word] && !aliased(rest) {
				asked++
			}
		}
		if depth > maxDepth || names > maxNames || directives > maxDirectives || spreads > maxSpreads {
			return broker.Fail(broker.CodePayload, "the query asks for too much")
		}
	}
	if asked > 1 {
		return broker.Fail(broker.CodePayload, "one request is one mutation")
	}
	return nil
}

// next returns the first word of s, "" for what does not matter, and the rest.
// Text in quotes and comments hold no words (GraphQL October 2021 §2.1).
func next(s string) (word, rest string) {
	switch {
	case strings.HasPrefix(s, `"""`):
		return "", afterBlock(s[3:])
	case s[0] == '"':
		return "", afterQuote(s[1:])
	case s[0] == '#':
		return "", afterLine(s)
	case strings.HasPrefix(s, "..."):
		return "...", s[3:]
	case nameChar(s[0]):
		n := 1
		for n < len(s) && nameChar(s[n]) {
			n++
		}
		return s[:n], s[n:]
	}
	return s[:1], s[1:]
}

func nameChar(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// aliased reports that the name before rest is an alias of what follows it.
func aliased(rest string) bool {
	for rest = strings.TrimLeft(rest, " \t\r\n,\ufeff"); strings.HasPrefix(rest, "#"); {
		rest = strings.TrimLeft(afterLine(rest), " \t\r\n,\ufeff")
	}
	return strings.HasPrefix(rest, ":")
}

// afterLine ends a comment at whichever end of line comes first: to see a word
// too many does no harm.
func afterLine(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return s[i:]
	}
	return ""
}

// afterBlock ends a block string, in which a backslash keeps three quotes from
// doing so.
func afterBlock(s string) string {
	for {
		before, rest, found := strings.Cut(s, `"""`)
		if !found || !strings.HasSuffix(before, `\`) {
			return rest
		}
		s = rest
	}
}

func afterQuote(s string) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[i+1:]
		case '\n':
			return s[i:] // the library refuses it
		}
	}
	return ""
}
