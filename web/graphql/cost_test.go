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

// Why a document is refused.
const (
	tooMuch   = "the query asks for too much"
	tooDeep   = "the query is nested too deeply"
	tooLong   = "the query is too long"
	inACircle = "fragments hold each other in a circle"
)

// dear are documents that cost a server that executes, or only validates, them,
// with what we say before the library sees them.
var dear = map[string]struct{ query, reason string }{
	"depth 50":                        {nested(50, "{ a"), tooDeep},
	"depth 50 of inline fragments":    {"{" + nested(49, "... {") + "}", tooDeep},
	"depth 9":                         {nested(9, "{ a"), tooDeep},
	"depth 9 through fragments":       {"{ a { a { a { a { a { ...F } } } } } } fragment F on Query { a { a { a { a } } } }", tooDeep},
	"depth 10,000":                    {nested(10_000, "{a"), tooDeep},
	"10,000 fields":                   {"{" + strings.Repeat(" a b", 5000) + "}", tooMuch},
	"10,000 duplicate fields":         {"{" + strings.Repeat(" a", 10_000) + "}", tooMuch},
	"101 fields":                      {"{" + strings.Repeat(" server_ping", 101) + "}", tooMuch},
	"101 fields through fragments":    {"{ ...F ...F } fragment F on Query {" + strings.Repeat(" server_ping", 50) + "}", tooMuch},
	"cyclic fragments":                {"{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", inACircle},
	"a fragment in itself":            {"{ ...A } fragment A on Query { server_ping ... { ...A } }", inACircle},
	"cyclic fragments that none uses": {"{ server_ping } fragment A on Query { ...B } fragment B on Query { ...A }", inACircle},
	"fragments that double":           {doubling(45), tooMuch},
	"10,000 directives":               {"{ server_ping" + strings.Repeat("@a", 10_000) + "}", tooMuch},
	"51 directives":                   {"{ server_ping" + strings.Repeat(" @skip(if: false)", 51) + "}", tooMuch},
	"51 directives of an operation":   {"query" + strings.Repeat(" @a", 51) + " { server_ping }", tooMuch},
	"51 directives of variables":      {"query($a: String" + strings.Repeat(" @a", 51) + ") { server_ping }", tooMuch},
	"directives through fragments":    {"{ ...F ...F } fragment F on Query { server_ping" + strings.Repeat(" @skip(if: false)", 26) + "}", tooMuch},
	"directives on spreads":           {"{" + strings.Repeat(" ...F @a", 51) + "} fragment F on Query { server_ping }", tooMuch},
	"1,000 spreads":                   {"{" + strings.Repeat(" ...A", 1000) + "} fragment A on Query { server_ping }", tooMuch},
	"5,000 variables":                 {"query(" + strings.Repeat("$a:A ", 5000) + ") { server_ping }", tooLong},
	"5,000 arguments":                 {"{ server_ping(" + strings.Repeat("a:a ", 5000) + ") }", tooLong},
	"a value of depth 10,000":         {"{ server_ping(a:" + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + ") }", tooLong},
	"10,000 operations":               {strings.Repeat("{a}", 10_000), tooMuch},
	"an open string of 60,000":        {`{ server_ping(a:"` + strings.Repeat(`\"`, 15_000), "a string does not end"},
}

func TestG04_WhatAsksForTooMuchIsRefused(t *testing.T) {
	for name, c := range dear {
		t.Run("G-04 "+name, func(t *testing.T) {
			w := newDesk(t).ask(t, c.query, nil)
			want(t, w, http.StatusBadRequest, refused)
			if !strings.Contains(w.Body.String(), c.reason) {
				t.Errorf("got %s, want %q", w.Body, c.reason)
			}
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
	for name, c := range dear {
		body, err := json.Marshal(map[string]string{"query": c.query})
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
