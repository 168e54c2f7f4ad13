// Package wiretest plays conversations that are written down: what is sent, and
// what must come back.
package wiretest

import (
	"bufio"
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// Play plays the conversations of the folder testdata in order, each against a
// server of its own. See [PlayScenes].
func Play(t *testing.T, serve func(t *testing.T) http.Handler) {
	t.Helper()
	PlayScenes(t, func(t *testing.T) Scene { return Scene{Handler: serve(t)} })
}

// Scene is what a conversation is played in.
type Scene struct {
	Handler http.Handler
	// Acts are what happens besides requests, by name. The answer of one is "" or
	// JSON.
	Acts map[string]func(t *testing.T, args []string) string
}

// PlayScenes plays the conversations of the folder testdata in order, each in a
// scene of its own.
//
// A line of a request begins with >, one of an answer with <, a comment with #;
// a line such as "! letter bob@example.org" is an act with its arguments. In an
// answer, * stands for anything that is not empty and $name for a value that is
// remembered the first time and must be the same afterwards; requests and acts
// use it. A header field that must not be there has the value -; of a cookie that
// ends in "; *" the rest does not matter. Members of a
// JSON body and cookies that are not written must not be there either.
func PlayScenes(t *testing.T, serve func(t *testing.T) Scene) {
	t.Helper()
	PlayFolder(t, "testdata", serve)
}

// PlayFolder is [PlayScenes] with the conversations of another folder.
func PlayFolder(t *testing.T, folder string, serve func(t *testing.T) Scene) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			s, seen := serve(t), values{}
			for _, x := range conversation(t, name) {
				if x.act != "" {
					x.perform(t, s, seen)
					continue
				}
				w := httptest.NewRecorder()
				s.Handler.ServeHTTP(w, x.build(t, seen))
				x.check(t, w, seen)
			}
		})
	}
}

// exchange is one request, or one act, and the answer that must come back.
type exchange struct {
	line    int // where it begins, for messages
	act     string
	request []string
	answer  []string
}

// perform does an act and holds its answer against what is written, if anything
// is.
func (x exchange) perform(t *testing.T, s Scene, seen values) {
	t.Helper()
	words := strings.Fields(seen.fill(x.act))
	do := s.Acts[words[0]]
	if do == nil {
		t.Fatalf("line %d: nobody knows how to %s", x.line, words[0])
	}
	got := do(t, words[1:])
	if len(x.answer) > 0 {
		x.checkJSON(t, []byte(got), strings.Join(x.answer, "\n"), seen)
	}
}

func conversation(t *testing.T, name string) []exchange {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		mark, rest, _ := strings.Cut(lines.Text(), " ")
		switch {
		case mark == "!" && rest != "":
			all = append(all, exchange{line: n, act: rest})
		case mark == ">" && (len(all) == 0 || all[len(all)-1].act != "" || len(all[len(all)-1].answer) > 0):
			all = append(all, exchange{line: n, request: []string{rest}})
		case mark == ">":
			all[len(all)-1].request = append(all[len(all)-1].request, rest)
		case mark == "<":
			all[len(all)-1].answer = append(all[len(all)-1].answer, rest)
		case mark != "" && mark != "#":
			t.Fatalf("%s:%d: a line that is no part of a conversation", name, n)
		}
	}
	return all
}

// split parts a message into its first line, header lines and body.
func split(lines []string) (first string, fields []string, body string) {
	end := slices.Index(lines, "")
	if end < 0 {
		return lines[0], lines[1:], ""
	}
	return lines[0], lines[1:end], strings.Join(lines[end+1:], "\n")
}

func (x exchange) build(t *testing.T, seen values) *http.Request {
	t.Helper()
	first, fields, body := split(x.request)
	method, path, _ := strings.Cut(first, " ")
	r := httptest.NewRequest(method, seen.fill(path), strings.NewReader(seen.fill(body)))
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Set(name, seen.fill(value))
	}
	return r
}

func (x exchange) check(t *testing.T, w *httptest.ResponseRecorder, seen values) {
	t.Helper()
	status, fields, body := split(x.answer)
	if strconv.Itoa(w.Code) != status {
		t.Errorf("line %d: got status %d, want %s; body %s", x.line, w.Code, status, w.Body)
	}
	var cookies []string
	for _, f := range fields {
		if value, ok := strings.CutPrefix(f, "Set-Cookie: "); ok {
			cookies = append(cookies, value)
		}
	}
	x.checkCookies(t, w.Header().Values("Set-Cookie"), cookies, seen)
	x.checkBody(t, w, body, seen)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if name == "Set-Cookie" {
			continue
		}
		if got := w.Header().Get(name); !seen.field(got, value) {
			t.Errorf("line %d: got %s %q, want %q", x.line, name, got, value)
		}
	}
}

func (x exchange) checkCookies(t *testing.T, got, cookies []string, seen values) {
	t.Helper()
	if len(got) != len(cookies) {
		t.Errorf("line %d: got cookies %q, want %q", x.line, got, cookies)
		return
	}
	for i := range cookies {
		if !seen.cookie(got[i], cookies[i]) {
			t.Errorf("line %d: got cookie %q, want %q", x.line, got[i], cookies[i])
		}
	}
}

func (x exchange) checkBody(t *testing.T, w *httptest.ResponseRecorder, body string, seen values) {
	t.Helper()
	if body == "" || w.Body.Len() == 0 {
		if body != w.Body.String() {
			t.Errorf("line %d: got body %q, want %q", x.line, w.Body, body)
		}
		return
	}
	if !strings.Contains(w.Header().Get("Content-Type"), "json") {
		if !seen.text(strings.TrimSpace(w.Body.String()), body) {
			t.Errorf("line %d: got body %q, want %q", x.line, w.Body, body)
		}
		return
	}
	x.checkJSON(t, w.Body.Bytes(), body, seen)
}

func (x exchange) checkJSON(t *testing.T, answer []byte, body string, seen values) {
	t.Helper()
	var got, want any
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatalf("line %d: %v", x.line, err)
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatalf("line %d: answer %q: %v", x.line, answer, err)
	}
	if !seen.same(got, want) {
		t.Errorf("line %d: got %s, want %s", x.line, answer, body)
	}
}

// values are what a conversation remembers.
type values map[string]string

func (v values) fill(s string) string {
	names := slices.Sorted(maps.Keys(v))
	for _, name := range slices.Backward(names) { // $access2 before $access
		s = strings.ReplaceAll(s, name, v[name])
	}
	return s
}

func (v values) cookie(got, want string) bool {
	gotValue, gotRest, _ := strings.Cut(got, ";")
	wantValue, wantRest, _ := strings.Cut(want, ";")
	gotName, gotValue, _ := strings.Cut(gotValue, "=")
	wantName, wantValue, _ := strings.Cut(wantValue, "=")
	return gotName == wantName && (gotRest == wantRest || wantRest == " *") && v.text(gotValue, wantValue)
}

// field compares the value of a header field, in which what is remembered may
// stand beside other words.
func (v values) field(got, want string) bool {
	switch {
	case want == "-":
		return got == ""
	case want == "*":
		return got != ""
	case rememberable.MatchString(want):
		return v.text(got, want)
	}
	return got == v.fill(want)
}

// rememberable matches a name that stands for a whole value.
var rememberable = regexp.MustCompile(`^\$[a-z0-9]+$`)

func (v values) text(got, want string) bool {
	switch {
	case want == "*":
		return got != ""
	case !strings.HasPrefix(want, "$"):
		return got == want
	case v[want] == "":
		v[want] = got
		return got != ""
	}
	return v[want] == got
}

func (v values) same(got, want any) bool {
	switch w := want.(type) {
	case string:
		if w == "*" {
			return got != nil && got != ""
		}
		g, ok := got.(string)
		return ok && v.text(g, w)
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(g, w, v.same)
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for name, one := range w {
			if other, there := g[name]; !there || !v.same(other, one) {
				return false
			}
		}
		return true
	}
	return got == want
}
