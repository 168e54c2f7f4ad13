package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one complaint about the configuration. It never holds a secret.
type Problem struct {
	// File is the file as it was named, or the environment variable.
	File string
	// Line and Column count from 1. They are 0 when the place is the whole file
	// or a variable.
	Line, Column int
	// Path is the key, such as "tokens.access_ttl" or "providers[1].bind_dn".
	Path string
	// Message says what is wrong.
	Message string
	// Hint says what to do about it.
	Hint string
}

// String is the problem on one line: where, what, and what to do.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Place())
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Place is file:line:column, or as much of it as is known.
func (p Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems is everything that is wrong with a configuration, sorted by place.
// As an error it has one line a problem.
type Problems []Problem

// Error is every problem, one a line.
func (ps Problems) Error() string { return lines(ps) }

// Warnings is what works but should not stay so, sorted by place.
type Warnings []Problem

// String is every warning, one a line.
func (ws Warnings) String() string { return lines(ws) }

func lines(ps []Problem) string {
	text := make([]string, len(ps))
	for i, p := range ps {
		text[i] = p.String()
	}
	return strings.Join(text, "\n")
}

func sortProblems(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(fromEnv(a), fromEnv(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a == b })
}

// fromEnv sorts variables behind files.
func fromEnv(p Problem) int {
	if strings.HasPrefix(p.File, prefix) {
		return 1
	}
	return 0
}
