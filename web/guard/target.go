package guard

import (
	"net/http"
	"strings"
)

// maxTarget is the longest address that is looked at, in bytes.
const maxTarget = 8 << 10

// target is the request that a proxy asks about.
type target struct {
	method string
	scheme string // http or https
	host   string // as it came, with its port
	uri    string // path and query as they came

	name string // host in small letters, without port and last dot
	path reading
	// methods are those that an application may take the request for.
	methods []string
}

// url is the address for the browser.
func (t target) url() string { return t.scheme + "://" + t.host + t.uri }

// malformed is a target that cannot be read in one way; its text is a stable
// word.
type malformed string

func (m malformed) Error() string { return "request of the proxy: " + string(m) }

// The reasons for which nothing is known of a target.
const (
	missing   malformed = "target_missing"
	untrusted malformed = "target_untrusted"
)

// overrides are the fields by which some applications take a request for one of
// another method.
var overrides = []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// ofNginx reads what the printed nginx configuration sets: the whole address and
// the method.
func ofNginx(r *http.Request) (target, error) {
	raw, err := field(r, "X-Original-Url")
	if err != nil {
		return target{}, err
	}
	t := target{}
	if t.method, err = field(r, "X-Original-Method"); err != nil {
		return t, err
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	slash := strings.IndexByte(rest, '/')
	if !ok || slash < 0 {
		return t, malformed("not_absolute")
	}
	t.scheme, t.host, t.uri = scheme, rest[:slash], rest[slash:]
	return t, t.read(r)
}

// ofForward reads what Traefik and Caddy always set.
func ofForward(r *http.Request) (t target, err error) {
	for _, f := range []struct {
		name string
		to   *string
	}{
		{"X-Forwarded-Method", &t.method}, {"X-Forwarded-Proto", &t.scheme},
		{"X-Forwarded-Host", &t.host}, {"X-Forwarded-Uri", &t.uri},
	} {
		if *f.to, err = field(r, f.name); err != nil {
			return t, err
		}
	}
	return t, t.read(r)
}

// ofEnvoy reads the request itself: Envoy asks with the method, host and path of
// the original one, behind a prefix.
func ofEnvoy(r *http.Request) (target, error) {
	t := target{method: r.Method, host: r.Host, uri: strings.TrimPrefix(r.RequestURI, envoyPrefix)}
	var err error
	if t.scheme, err = field(r, "X-Forwarded-Proto"); err != nil {
		return t, err
	}
	return t, t.read(r)
}

// field is a header field that has to be there once.
func field(r *http.Request, name string) (string, error) {
	switch v := r.Header[name]; {
	case len(v) == 0 || len(v) == 1 && v[0] == "":
		return "", missing
	case len(v) > 1:
		return "", malformed("repeated")
	case len(v[0]) > maxTarget:
		return "", malformed("too_long")
	default:
		return v[0], nil
	}
}

// read checks what came, and derives what rules are compared with.
func (t *target) read(r *http.Request) error {
	if t.scheme != "http" && t.scheme != "https" {
		return malformed("scheme")
	}
	t.methods = []string{t.method}
	for _, name := range overrides {
		t.methods = append(t.methods, r.Header[name]...)
	}
	for i, m := range t.methods {
		if i > 0 {
			m = strings.ToUpper(m)
			t.methods[i] = m
		}
		if !method(m) {
			return malformed("method")
		}
	}
	var ok bool
	if t.name, ok = hostName(t.host); !ok {
		return malformed("host")
	}
	path, query, _ := strings.Cut(t.uri, "?")
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return malformed("query")
		}
	}
	if t.path, ok = readPath(path); !ok {
		return malformed("path")
	}
	return nil
}

// method reports a method in capitals. One in small letters is another method
// (RFC 9110 §9.1), which some applications take for the same.
func method(m string) bool {
	return m != "" && len(m) <= 32 && !strings.ContainsFunc(m, func(c rune) bool { return (c < 'A' || c > 'Z') && c != '-' })
}

// hostName is a host in small letters, without port and last dot.
func hostName(host string) (string, bool) {
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 || !port(host[end+1:]) {
			return "", false
		}
		inside := host[1:end]
		return strings.ToLower(inside), inside != "" && !strings.ContainsFunc(inside, func(c rune) bool {
			return hexRune(c) < 0 && c != ':' && c != '.'
		})
	}
	name, number, has := strings.Cut(host, ":")
	if has && !port(":"+number) {
		return "", false
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" || len(name) > 253 || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
		return "", false
	}
	return name, !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
	})
}

func hexRune(c rune) int {
	if c > 'f' {
		return -1
	}
	return hex(byte(c))
}

// port reports "" or a colon and up to five digits.
func port(s string) bool {
	return s == "" || len(s) >= 2 && len(s) <= 6 && s[0] == ':' &&
		!strings.ContainsFunc(s[1:], func(c rune) bool { return c < '0' || c > '9' })
}
