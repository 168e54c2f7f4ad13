package translate

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxText      = 1 << 20 // bytes of a whole environment
	maxVariables = 5000
	maxFaults    = 20 // complaints at once
)

// Variable is one assignment of an environment.
type Variable struct{ Name, Value string }

// ReadEnv reads an environment as the dotenv library does, which Directus uses,
// and as the program env writes it: NAME=value a line, with or without export,
// the value bare, or within ', " or ` over several lines. Nothing in a value
// stands for something else, but \n and \r within ".
//
// At most 1 MiB and 5000 variables are read. The error names every line that is
// no assignment, and nothing of what stands in it. Of two assignments to one name
// the last one counts, so all are returned, in order.
func ReadEnv(r io.Reader) ([]Variable, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return nil, fmt.Errorf("read environment: %w", err)
	}
	if len(b) > maxText {
		return nil, errors.New("the environment is larger than 1 MiB")
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, errors.New("the environment is no text in UTF-8")
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	s := envScanner{rest: text, line: 1}
	for s.next() {
	}
	if len(s.all) > maxVariables {
		return nil, fmt.Errorf("the environment has more than %d variables", maxVariables)
	}
	return s.all, errors.Join(s.faults...)
}

// envScanner takes one assignment after the other off a text.
type envScanner struct {
	rest   string
	line   int
	all    []Variable
	faults []error
}

// next reads one line, or one assignment that spans several; false at the end.
func (s *envScanner) next() bool {
	if s.rest == "" || len(s.all) > maxVariables || len(s.faults) >= maxFaults {
		return false
	}
	line, _, _ := strings.Cut(s.rest, "\n")
	if t := strings.TrimSpace(line); t == "" || t[0] == '#' {
		s.skip(len(line) + 1)
		return true
	}
	name, value, ok := assignment(line)
	if !ok {
		s.fault(line, "is no assignment; write NAME=value")
		return true
	}
	if value == "" || !strings.ContainsRune("'\"`", rune(value[0])) {
		value, _, _ = strings.Cut(value, "#")
		s.all = append(s.all, Variable{name, strings.TrimSpace(value)})
		s.skip(len(line) + 1)
		return true
	}
	s.quoted(name, line, len(line)-len(value))
	return true
}

// quoted reads a value within quotes, which begins at a place of the line.
func (s *envScanner) quoted(name, line string, at int) {
	quote, inside := s.rest[at], s.rest[at+1:]
	n := closing(inside, quote)
	if n < 0 { // unless it ends in a backslash, as folders of Windows do
		n = strings.LastIndexByte(line[at+1:], quote)
	}
	if n < 0 {
		s.fault(line, "begins a value with a quote that is not closed")
		return
	}
	behind, _, _ := strings.Cut(inside[n+1:], "\n")
	if t := strings.TrimSpace(behind); t != "" && t[0] != '#' {
		s.fault(line, "has something behind the quote that closes the value")
		return
	}
	value := inside[:n]
	if quote == '"' {
		value = strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(value)
	}
	s.all = append(s.all, Variable{name, value})
	s.skip(at + 1 + n + 1 + len(behind) + 1)
}

// closing finds the quote that ends a value; one behind a backslash does not.
func closing(text string, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

// assignment parts a line into a name and what is behind it.
func assignment(line string) (name, value string, ok bool) {
	line = strings.TrimLeft(line, " \t")
	if rest, found := strings.CutPrefix(line, "export"); found && rest != strings.TrimLeft(rest, " \t") {
		line = strings.TrimLeft(rest, " \t")
	}
	end := strings.IndexFunc(line, func(c rune) bool { return !nameRune(c) })
	if end < 1 {
		return "", "", false
	}
	rest := strings.TrimLeft(line[end:], " \t")
	value, ok = strings.CutPrefix(rest, "=")
	if !ok {
		if value, ok = strings.CutPrefix(rest, ": "); !ok {
			return "", "", false
		}
	}
	return line[:end], strings.TrimLeft(value, " \t"), true
}

func nameRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
}

func (s *envScanner) fault(line, what string) {
	s.faults = append(s.faults, fmt.Errorf("line %d %s", s.line, what))
	s.skip(len(line) + 1)
}

// skip takes the first n bytes off.
func (s *envScanner) skip(n int) {
	n = min(n, len(s.rest))
	s.line += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}
