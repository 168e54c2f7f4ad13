// Package wiretest plays conversations that are written down: what is sent, and
// what must come back.
package wiretest

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// Play plays the conversations of the folder testdata in order, each against a
// server of its own. A line of a request begins with >, one of an answer with <.
// In an answer, * stands for anything that is not empty and $name for a value
// that is remembered the first time and must be the same afterwards; requests
// use it. Members of a body and cookies that are not written must not be there.
func Play(t *testing.T, serve func(t *testing.T) http.Handler) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			h, seen := serve(t), values{}
			for _, x := range conversation(t, name) {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, x.build(t, seen))
				x.check(t, w, seen)
			}
		})
	}
}

// exchange is one request and the answer that must come back.
type exchange struct {
	line    int // of the request, for messages
	request []string
	answer  []string
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
		case mark == ">" && (len(all) == 0 || len(all[len(all)-1].answer) > 0):
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
		name, value, _ := strings.Cut(f, ": ")
		if name == "Set-Cookie" {
			cookies = append(cookies, value)
			continue
		}
		if got := w.Header().Get(name); got != value {
			t.Errorf("line %d: got %s %q, want %q", x.line, name, got, value)
		}
	}
	got := w.Header().Values("Set-Cookie")
	if len(got) != len(cookies) {
		t.Errorf("line %d: got cookies %q, want %q", x.line, got, cookies)
		return
	}
	for i := range cookies {
		if !seen.cookie(got[i], cookies[i]) {
			t.Errorf("line %d: got cookie %q, want %q", x.line, got[i], cookies[i])
		}
	}
	x.checkBody(t, w, body, seen)
}

func (x exchange) checkBody(t *testing.T, w *httptest.ResponseRecorder, body string, seen values) {
	t.Helper()
	if body == "" || w.Body.Len() == 0 {
		if body != w.Body.String() {
			t.Errorf("line %d: got body %q, want %q", x.line, w.Body, body)
		}
		return
	}
	var got, want any
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatalf("line %d: %v", x.line, err)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("line %d: body %q: %v", x.line, w.Body, err)
	}
	if !seen.same(got, want) {
		t.Errorf("line %d: got body %s, want %s", x.line, w.Body, body)
	}
}

// values are what a conversation remembers.
type values map[string]string

func (v values) fill(s string) string {
	for name, value := range v {
		s = strings.ReplaceAll(s, name, value)
	}
	return s
}

func (v values) cookie(got, want string) bool {
	gotValue, gotRest, _ := strings.Cut(got, ";")
	wantValue, wantRest, _ := strings.Cut(want, ";")
	gotName, gotValue, _ := strings.Cut(gotValue, "=")
	wantName, wantValue, _ := strings.Cut(wantValue, "=")
	return gotName == wantName && gotRest == wantRest && v.text(gotValue, wantValue)
}

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
