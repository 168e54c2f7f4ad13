package graphql_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// doubling is a chain of n fragments, each with the next one twice.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { server_ping }", n)
	return b.String()
}

// nested is a query of a field, or what stands for one, inside itself.
func nested(n int, open string) string {
	return strings.Repeat(open, n) + " server_ping " + strings.Repeat("}", n)
}

// dear are documents that cost a server that executes, or only validates, them.
var dear = map[string]string{
	"depth 50":                        nested(50, "{ a"),
	"depth 50 of inline fragments":    "{" + nested(49, "... {") + "}",
	"depth 9":                         nested(9, "{ a"),
	"depth 9 through fragments":       "{ a { a { a { a { a { ...F } } } } } } fragment F on Query { a { a { a { a } } } }",
	"depth 10,000":                    nested(10_000, "{a"),
	"10,000 fields":                   "{" + strings.Repeat(" a b", 5000) + "}",
	"10,000 duplicate fields":         "{" + strings.Repeat(" a", 10_000) + "}",
	"101 fields":                      "{" + strings.Repeat(" server_ping", 101) + "}",
	"101 fields through fragments":    "{ ...F ...F } fragment F on Query {" + strings.Repeat(" server_ping", 50) + "}",
	"cyclic fragments":                "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
	"a fragment in itself":            "{ ...A } fragment A on Query { server_ping ... { ...A } }",
	"cyclic fragments that none uses": "{ server_ping } fragment A on Query { ...B } fragment B on Query { ...A }",
	"fragments that double":           doubling(45),
	"10,000 directives":               "{ server_ping" + strings.Repeat("@a", 10_000) + "}",
	"51 directives":                   "{ server_ping" + strings.Repeat(" @skip(if: false)", 51) + "}",
	"51 directives of an operation":   "query" + strings.Repeat(" @a", 51) + " { server_ping }",
	"51 directives of variables":      "query($a: String" + strings.Repeat(" @a", 51) + ") { server_ping }",
	"directives through fragments":    "{ ...F ...F } fragment F on Query { server_ping" + strings.Repeat(" @skip(if: false)", 26) + "}",
	"directives on spreads":           "{" + strings.Repeat(" ...F @a", 51) + "} fragment F on Query { server_ping }",
	"1,000 spreads":                   "{" + strings.Repeat(" ...A", 1000) + "} fragment A on Query { server_ping }",
	"5,000 variables":                 "query(" + strings.Repeat("$a:A ", 5000) + ") { server_ping }",
	"5,000 arguments":                 "{ server_ping(" + strings.Repeat("a:a ", 5000) + ") }",
	"a value of depth 10,000":         "{ server_ping(a:" + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + ") }",
	"10,000 operations":               strings.Repeat("{a}", 10_000),
	"an open string of 60,000":        `{ server_ping(a:"` + strings.Repeat(`\"`, 15_000),
}

func TestG04_WhatAsksForTooMuchIsRefused(t *testing.T) {
	for name, query := range dear {
		t.Run("G-04 "+name, func(t *testing.T) {
			d := newDesk(t)
			want(t, d.ask(t, query, nil), http.StatusBadRequest, refused)
		})
	}
	t.Run("G-04 a query of 1 MB", func(t *testing.T) {
		want(t, newDesk(t).ask(t, "{ server_ping #"+strings.Repeat("x", 1<<20)+"\n}", nil), http.StatusRequestEntityTooLarge, "CONTENT_TOO_LARGE")
	})
	for name, query := range map[string]string{
		"a comment of 60,000 characters": "{ server_ping #" + strings.Repeat("x", 60_000) + "\n}",
		"100 fields":                     "{" + strings.Repeat(" server_ping", 100) + "}",
		"50 directives on as many":       "{" + strings.Repeat(" server_ping @skip(if: false)", 50) + "}",
		"fragments that are used twice":  "{ ...F ...F } fragment F on Query { server_ping ...G } fragment G on Query { server_ping }",
		"depth 8":                        "{" + nested(7, "... {") + "}",
	} {
		t.Run(name+" are within the limits", func(t *testing.T) {
			want(t, newDesk(t).ask(t, query, nil), http.StatusOK, "")
		})
	}
}

// BenchmarkRefused shows what a document costs that is refused.
func BenchmarkRefused(b *testing.B) {
	for name, query := range dear {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			d := newDesk(b)
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/graphql/system", strings.NewReader(string(body)))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				if d.handler.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
					b.Fatalf("got %d %s", w.Code, w.Body)
				}
			}
		})
	}
}
