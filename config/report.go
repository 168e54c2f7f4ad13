package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// report collects what is found, and where each key stands.
type report struct {
	problems Problems
	warnings Warnings
	places   map[string]place // by path; the value's place, or the key's
	top      place            // the whole file
	guesses  []string         // paths that were misspelt
	silenced []string         // paths of problems in guesses, which are not told
}

func newReport(file string) *report {
	return &report{places: map[string]place{}, top: place{file: file}}
}

// problem reports what is wrong with path, unless path is what a misspelt key
// was taken for: the misspelling is told already.
func (r *report) problem(at place, path, message, hint string) {
	if r.guessed(path) {
		r.silenced = append(r.silenced, path)
		return
	}
	r.problems = append(r.problems, Problem{at.file, at.line, at.column, path, message, hint})
}

func (r *report) warn(at place, path, message, hint string) {
	r.warnings = append(r.warnings, Problem{at.file, at.line, at.column, path, message, hint})
}

// seen remembers the place of a key.
func (r *report) seen(path string, at place) { r.places[path] = at }

// written reports whether the key was given at all.
func (r *report) written(path string) bool {
	_, ok := r.places[path]
	return ok
}

// below reports whether any key below path was given.
func (r *report) below(path string) bool {
	for p := range r.places {
		if strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}

// faulty reports whether there is a problem with path itself, so that what
// follows from it is not told as well.
func (r *report) faulty(path string) bool {
	for _, p := range r.problems {
		if p.Path == path {
			return true
		}
	}
	return slices.Contains(r.silenced, path)
}

// missing reports a key that has to be there, unless it is there and wrong.
func (r *report) missing(path, hint string) { r.wrong(path, "is missing", hint) }

// at is where path was written, or else the nearest thing around it.
func (r *report) at(path string) place {
	for path != "" {
		if p, ok := r.places[path]; ok {
			return p
		}
		path = parent(path)
	}
	return r.top
}

// wrong reports a value that was read but may not be. It is silent when the
// value could not be read in the first place: then it is the default.
func (r *report) wrong(path, message, hint string) {
	if !r.faulty(path) {
		r.problem(r.at(path), path, message, hint)
	}
}

// odd warns about a value that works but should not stay so.
func (r *report) odd(path, message, hint string) { r.warn(r.at(path), path, message, hint) }

// parent cuts the last key or index off a path.
func parent(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// plainWord drops everything but letters, digits, dots, dashes and underscores.
func plainWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// shown quotes a value for a message, cut to 60 characters.
func shown(value string) string {
	runes := []rune(value)
	if len(runes) > 60 {
		return fmt.Sprintf("%q…", string(runes[:60]))
	}
	return fmt.Sprintf("%q", value)
}
