package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"signet": main})
}

// TestCommands runs the scripts in testdata: the real program, as a person at
// a terminal uses it.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			address, err := freeAddress()
			e.Setenv("SIGNET_LISTEN", address)
			e.Setenv("URL", "http://"+address)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": cmdReady, "post": cmdPost, "get": cmdGet, "capture": cmdCapture, "rewrite": cmdRewrite,
			"await": cmdAwait, "until": cmdUntil, "shows": cmdShows, "form": cmdForm, "old": cmdOld,
		},
	})
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// cmdReady waits until the server of the script can sign people in.
func cmdReady(ts *testscript.TestScript, neg bool, _ []string) {
	if neg {
		ts.Fatalf("ready takes no !")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(ts.Getenv("URL") + "/ready")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	ts.Fatalf("the server is not ready after %s", patience)
}

// cmdPost is: post STATUS PATH JSON. $NAME in the JSON is filled in by the
// script. The answer is in the file "answer".
func cmdPost(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: post STATUS PATH JSON")
	}
	resp, err := http.Post(ts.Getenv("URL")+args[1], "application/json", strings.NewReader(args[2]))
	ts.Check(err)
	keep(ts, resp, args[0])
}

// cmdGet is: get STATUS PATH [TOKEN].
func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: get STATUS PATH [TOKEN]")
	}
	r, err := http.NewRequest(http.MethodGet, ts.Getenv("URL")+args[1], nil)
	ts.Check(err)
	if len(args) == 3 {
		r.Header.Set("Authorization", "Bearer "+args[2])
	}
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	keep(ts, resp, args[0])
}

func keep(ts *testscript.TestScript, resp *http.Response, status string) {
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	ts.Check(os.WriteFile(ts.MkAbs("answer"), body, 0o600))
	if got := fmt.Sprint(resp.StatusCode); got != status {
		ts.Fatalf("got status %s, want %s: %s", got, status, body)
	}
	var answer struct {
		Data map[string]any `json:"data"`
	}
	if json.NewDecoder(bytes.NewReader(body)).Decode(&answer) != nil {
		return
	}
	for name, v := range answer.Data {
		ts.Setenv(strings.ToUpper(name), fmt.Sprint(v))
	}
}

// cmdCapture is: capture NAME FILE PATTERN. It keeps what the first group of
// the pattern matches in a variable.
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture NAME FILE PATTERN")
	}
	m := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(m) < 2 {
		ts.Fatalf("%s does not match %s", args[1], args[2])
	}
	ts.Setenv(args[0], m[1])
}

// cmdRewrite is: rewrite FROM TO. It puts one file in the place of another, as
// an editor does.
func cmdRewrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: rewrite FROM TO")
	}
	tmp := filepath.Join(filepath.Dir(ts.MkAbs(args[1])), "rewrite.tmp")
	ts.Check(os.WriteFile(tmp, []byte(ts.ReadFile(args[0])), 0o600))
	ts.Check(os.Rename(tmp, ts.MkAbs(args[1])))
}

// patience is how long a script waits for what a server does by itself.
const patience = 10 * time.Second

// cmdAwait is: await FILE PATTERN. It waits until the file matches.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if pattern.MatchString(ts.ReadFile(args[0])) {
			return
		}
	}
	ts.Fatalf("%s does not match %s after %s", args[0], args[1], patience)
}

// cmdUntil is: until STATUS PATH TOKEN. It waits until the answer has the
// status.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: until STATUS PATH TOKEN")
	}
	r, err := http.NewRequest(http.MethodGet, ts.Getenv("URL")+args[1], nil)
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+args[2])
	got := 0
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.DefaultClient.Do(r)
		ts.Check(err)
		ts.Check(resp.Body.Close())
		if got = resp.StatusCode; fmt.Sprint(got) == args[0] {
			return
		}
	}
	ts.Fatalf("got status %d after %s, want %s", got, patience, args[0])
}

// cmdShows is: shows PATH TEXT. It waits until the answer has the text.
func cmdShows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shows PATH TEXT")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(ts.Getenv("URL") + args[0])
		ts.Check(err)
		body, err := io.ReadAll(resp.Body)
		ts.Check(err)
		ts.Check(resp.Body.Close())
		if strings.Contains(string(body), args[1]) {
			return
		}
	}
	ts.Fatalf("%s does not show %s after %s", args[0], args[1], patience)
}
