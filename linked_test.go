package signet_test

import (
	"strings"
	"testing"
)

// unneeded is what the program must not bring along. A reason is why it does
// all the same.
var unneeded = []struct{ pkg, because, allowed string }{
	{"golang.org/x/crypto/ssh", "nothing here speaks it, and it has had many holes", ""},
	{"golang.org/x/crypto/openpgp", "unmaintained (GO-2026-5932)", ""},
	{"net/http/pprof", "it opens /debug/pprof on the default mux", ""},
	{"expvar", "it opens /debug/vars on the default mux", "the Prometheus client imports it; the default mux is never served, which a static rule keeps"},
	{"github.com/mattn/go-sqlite3", "it needs cgo", ""},
	{"github.com/lib/pq", "pgx is the driver", ""},
	{"github.com/google/go-cmp/cmp", "for tests only", ""},
	{"testing", "for tests only", ""},
	{"plugin", "code that is loaded is not the code that was reviewed", ""},
}

func TestV10_UnusedSurface(t *testing.T) {
	linked := strings.Fields(string(goTool(t, "list", "-deps", "./cmd/signet")))
	for _, complaint := range needless(linked) {
		t.Error(complaint)
	}
}

func needless(linked []string) []string {
	var complaints []string
	for _, u := range unneeded {
		found := ""
		for _, l := range linked {
			if l == u.pkg || strings.HasPrefix(l, u.pkg+"/") {
				found = l
			}
		}
		switch {
		case found != "" && u.allowed == "":
			complaints = append(complaints, "the program links "+found+": "+u.because)
		case found == "" && u.allowed != "":
			complaints = append(complaints, "the program no longer links "+u.pkg+": take out why it may")
		}
	}
	return complaints
}

func TestV10_NeedlessPackagesAreFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		linked []string
		want   string
	}{
		{"a package itself", []string{"expvar", "net/http/pprof"}, "net/http/pprof"},
		{"one below it", []string{"expvar", "golang.org/x/crypto/ssh/agent"}, "ssh/agent"},
		{"a reason that is no longer needed", []string{"fmt"}, "no longer links expvar"},
		{"only what is allowed", []string{"expvar", "golang.org/x/crypto/argon2"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(needless(c.linked), "\n")
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q in it", got, c.want)
			}
		})
	}
}
