package broker

import (
	"net/url"
	"strings"
)

// Redirects says where a browser may be sent after sign-in.
type Redirects struct {
	// Public is our own public URL: any path of its origin is allowed.
	Public string
	// Allow lists absolute URLs, each an exact origin and path, or a path
	// prefix when it ends in "/*".
	Allow []string
}

// maxReturn is the longest return-to that is looked at, in bytes.
const maxReturn = 2048

// Check returns the URL to send the browser to, or false when it is not
// allowed. A value that starts with one slash is a path of ours. The result
// is the parser's own writing of what was checked, so that browser and check
// cannot read it differently.
func (r Redirects) Check(raw string) (string, bool) {
	if raw == "" || len(raw) > maxReturn || strings.ContainsFunc(raw, odd) {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || ambiguous(u) {
		return "", false
	}
	if u.Scheme == "" && u.Host == "" {
		if !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
			return "", false
		}
		return u.String(), true
	}
	if sameOrigin(u, r.Public) {
		return u.String(), true
	}
	for _, a := range r.Allow {
		if allowed(u, a) {
			return u.String(), true
		}
	}
	return "", false
}

// odd reports characters that browsers strip, fold or read as a slash.
func odd(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f || c > 0x7e }

// ambiguous reports paths that a later reader may resolve differently.
func ambiguous(u *url.URL) bool {
	p := strings.ToLower(u.EscapedPath())
	for _, s := range []string{"%2f", "%5c", "%2e", "%00", "/../", "/./"} {
		if strings.Contains(p+"/", s) {
			return true
		}
	}
	return false
}

func sameOrigin(u *url.URL, other string) bool {
	o, err := url.Parse(other)
	return err == nil && o.Host != "" && origin(u) == origin(o)
}

func origin(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

func allowed(u *url.URL, entry string) bool {
	prefix, wild := strings.CutSuffix(entry, "*")
	e, err := url.Parse(prefix)
	if err != nil || e.Host == "" || origin(u) != origin(e) {
		return false
	}
	have, want := u.EscapedPath(), e.EscapedPath()
	if have == "" {
		have = "/"
	}
	if want == "" {
		want = "/"
	}
	if wild {
		return strings.HasSuffix(want, "/") && strings.HasPrefix(have, want)
	}
	return have == want
}
