package oidctest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Raw answers with exactly this, for [Provider.Answer].
func Raw(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}
}

// RedirectTo answers with a redirect; status is one of 301, 302, 303, 307 and
// 308.
func RedirectTo(status int, address string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", address)
		w.WriteHeader(status)
	}
}

// Endless writes start and then spaces in chunks, until the client hangs up.
func Endless(start string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, start)
		for space := strings.Repeat(" ", 32<<10); err == nil && r.Context().Err() == nil; {
			_, err = io.WriteString(w, space)
		}
	}
}

// Stuck writes start and then nothing more, until the client hangs up. Where
// start is empty, there is not even a status.
func Stuck(start string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if start != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, start) // the client may be gone
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

// GzipBomb answers with start and then spaces, size bytes of them, compressed
// about a thousandfold whether or not the client can read that.
func GzipBomb(start string, size int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, err := io.WriteString(z, start)
		for space := strings.Repeat(" ", 32<<10); err == nil && size > 0; size -= int64(len(space)) {
			_, err = io.WriteString(z, space[:min(int64(len(space)), size)])
		}
		_ = z.Close() // the client may be gone
	}
}

// WithMember adds a member to the end of a JSON object, whether or not there
// is one of that name already, for [Provider.Body]. value is JSON.
func WithMember(name, value string) func(object string) string {
	return func(object string) string {
		return fmt.Sprintf("%s,%q:%s}", strings.TrimSuffix(strings.TrimSpace(object), "}"), name, value)
	}
}

// Deep is a JSON array of arrays, depth of them.
func Deep(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// Wide is a JSON object of many members.
func Wide(members int) string {
	var b strings.Builder
	for i := range members {
		fmt.Fprintf(&b, `,"k%d":0`, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}
