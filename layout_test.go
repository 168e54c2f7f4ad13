package signet_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	longestFile     = 400
	longestFunction = 60
	longestReadme   = 250
)

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range program(t) {
		for _, complaint := range tooLong(s) {
			t.Error(complaint)
		}
	}
}

func tooLong(s *source) []string {
	var complaints []string
	if n := len(s.text) - 1; n > longestFile {
		complaints = append(complaints, fmt.Sprintf("%s has %d lines, more than one subject's worth of %d", s.path, n, longestFile))
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := s.fset.Position(f.End()).Line - s.line(f) + 1; n > longestFunction {
			complaints = append(complaints, fmt.Sprintf("%s:%d: %s has %d lines, more than %d", s.path, s.line(f), f.Name.Name, n, longestFunction))
		}
	}
	return complaints
}

func TestLongOnesAreFound(t *testing.T) {
	body := func(lines int) string { return strings.Repeat("\t_ = 1\n", lines) }
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"a function of 60 lines", "package x\n\nfunc f() {\n" + body(58) + "}\n", 0},
		{"a function of 61 lines", "package x\n\nfunc f() {\n" + body(59) + "}\n", 1},
		{"a file of 400 lines", "package x\n" + strings.Repeat("\n", 399), 0},
		{"a file of 401 lines", "package x\n" + strings.Repeat("\n", 400), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tooLong(fabricated(t, c.text)); len(got) != c.want {
				t.Errorf("got %q, want %d", got, c.want)
			}
		})
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for folder, all := range byFolder(t) {
		if !slices.ContainsFunc(all, says) {
			t.Errorf("no file of %s says what the package is", folder)
		}
	}
}

func says(s *source) bool {
	if s.file.Doc == nil {
		return false
	}
	first, _, _ := strings.Cut(s.file.Doc.Text(), "\n")
	return strings.HasPrefix(first, "Package "+s.file.Name.Name+" ") || s.file.Name.Name == "main" && strings.HasPrefix(first, "Command ")
}

func TestSays(t *testing.T) {
	for text, want := range map[string]bool{
		"// Package x keeps things.\npackage x\n":    true,
		"// Command signet does it.\npackage main\n": true,
		"package x\n": false,
		"// Copyright of somebody.\n\npackage x\n":       false,
		"// This package keeps things.\npackage x\n":     false,
		"// Package other keeps things.\npackage x\n":    false,
		"// Package xy keeps other things.\npackage x\n": false,
	} {
		if got := says(fabricated(t, text)); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func byFolder(t *testing.T) map[string][]*source {
	t.Helper()
	folders := make(map[string][]*source)
	for _, s := range everything(t) {
		folders[s.folder] = append(folders[s.folder], s)
	}
	return folders
}

// ownPath is a place on somebody's machine.
var ownPath = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])/(root|home|Users|work|private)/[A-Za-z0-9_.]`)

func TestNothingNamesSomebodysMachine(t *testing.T) {
	for _, path := range files(t, "") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(text) {
			continue // a picture
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if ownPath.Match(line) {
				t.Errorf("%s:%d: %s", path, i+1, line)
			}
		}
	}
}

func TestOwnPath(t *testing.T) {
	for line, want := range map[string]bool{
		"cd /ho" + "me/alice/signet":       true,
		`path := "/ro` + `ot/.config"`:     true,
		"https://app.example.org/home/x":   false,
		"signet-data/root/x, /run/secrets": false,
		"GET /work":                        false,
	} {
		if got := ownPath.MatchString(line); got != want {
			t.Errorf("%q: got %t, want %t", line, got, want)
		}
	}
}

func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range checkReadme(string(text)) {
		t.Error(complaint)
	}
}

// setUp are the only commands that somebody new must know, in their order.
var setUp = []string{"go run ./cmd/signet serve", "make test"}

func checkReadme(text string) []string {
	var complaints []string
	if n := strings.Count(text, "\n"); n > longestReadme {
		complaints = append(complaints, fmt.Sprintf("README.md has %d lines, more than %d: what is long belongs in docs/", n, longestReadme))
	}
	_, rest, _ := strings.Cut(text, "```sh\n")
	block, _, _ := strings.Cut(rest, "```")
	var commands []string
	for line := range strings.Lines(block) {
		command, _, _ := strings.Cut(line, "#")
		commands = append(commands, strings.TrimSpace(command))
	}
	if !slices.Equal(commands, setUp) {
		complaints = append(complaints, fmt.Sprintf("the first commands of README.md are %q, want %q", commands, setUp))
	}
	return complaints
}

func TestCheckReadme(t *testing.T) {
	good := "# Signet\n\n```sh\ngo run ./cmd/signet serve   # the server\nmake test\n```\n"
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"two commands", good, 0},
		{"a third one", strings.Replace(good, "make test\n", "make test\nmake install\n", 1), 1},
		{"one is missing", strings.Replace(good, "make test\n", "", 1), 1},
		{"too long", good + strings.Repeat("\n", longestReadme), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := checkReadme(c.text); len(got) != c.want {
				t.Errorf("got %q, want %d", got, c.want)
			}
		})
	}
}
