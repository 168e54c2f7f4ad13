package attack

import (
	"net/url"
	"strings"
)

// reaches reports whether some application may take a request's target for
// path or for what is below it. It tries what servers and frameworks do to
// targets (decode, decode again, turn backslashes, cut parameters, resolve
// dots, fold case, …) in every order.
//
// A query is cut off first: no application looks for its path there.
func reaches(target, path string) bool {
	want := strings.ToLower(strings.TrimRight(path, "/"))
	target, _, _ = strings.Cut(target, "?")
	seen := map[string]bool{target: true}
	queue := []string{target}
	for len(queue) > 0 && len(seen) < maxReadings {
		now := queue[0]
		queue = queue[1:]
		if now == want || strings.HasPrefix(now, want+"/") {
			return true
		}
		for _, read := range readings {
			if next := read(now); !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// maxReadings bounds the work on one target.
const maxReadings = 2000

// readings are what applications do to a path before they look at it.
var readings = []func(string) string{
	withoutOrigin, decodeOnce, decodeOverlong, strings.ToLower,
	func(p string) string { return strings.ReplaceAll(p, `\`, "/") },
	func(p string) string { return cutAny(p, "\x00?#") },
	resolveDots, mergeSlashes, cutParameters, trimParts, dropControls, rooted,
}

// withoutOrigin is the path of an absolute URL.
func withoutOrigin(p string) string {
	_, rest, ok := strings.Cut(p, "://")
	if !ok || strings.HasPrefix(p, "/") {
		return p
	}
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return "/"
	}
	return rest[i:]
}

// decodeOnce decodes %xx, and leaves what is none.
func decodeOnce(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if i+2 < len(p) && p[i] == '%' {
			if one, err := url.PathUnescape(p[i : i+3]); err == nil {
				b.WriteString(one)
				i += 2
				continue
			}
		}
		b.WriteByte(p[i])
	}
	return b.String()
}

// overlong are the bytes, wide letters and %u forms that careless decoders take
// for dots and slashes.
var overlong = []struct{ odd, plain string }{
	{"\xc0\xae", "."}, {"\xe0\x80\xae", "."}, {"\xc0\xaf", "/"}, {"\xe0\x80\xaf", "/"}, {"\xc1\x9c", `\`},
	{"．", "."}, {"／", "/"}, {"＼", `\`},
	{"%u002e", "."}, {"%u002f", "/"}, {"%uff0e", "."}, {"%uff0f", "/"}, {"%u2215", "/"}, {"%u005c", `\`},
}

func decodeOverlong(p string) string {
	for _, o := range overlong {
		p = strings.ReplaceAll(p, o.odd, o.plain)
	}
	return p
}

func cutAny(p, chars string) string {
	if i := strings.IndexAny(p, chars); i >= 0 {
		return p[:i]
	}
	return p
}

// resolveDots removes . and .. parts as RFC 3986 §5.2.4 does.
func resolveDots(p string) string {
	parts := strings.Split(p, "/")
	out := parts[:0:0]
	for i, part := range parts {
		switch {
		case part == "." && i > 0:
		case part == ".." && i > 0:
			if len(out) > 1 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, part)
		}
	}
	return strings.Join(out, "/")
}

func mergeSlashes(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	return p
}

// cutParameters cuts what follows a semicolon in each part.
func cutParameters(p string) string {
	return eachPart(p, func(part string) string { return cutAny(part, ";") })
}

// trimParts cuts what Windows and some frameworks do not see at the end of a
// part. A part of dots only is a part.
func trimParts(p string) string {
	return eachPart(p, func(part string) string {
		if t := strings.TrimRight(part, ". \t"); t != "" {
			return t
		}
		return strings.TrimRight(part, " \t")
	})
}

func dropControls(p string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, p)
}

// rooted begins a path that does not with a slash.
func rooted(p string) string {
	if strings.HasPrefix(p, "/") || strings.Contains(p, "://") {
		return p
	}
	return "/" + p
}

func eachPart(p string, do func(string) string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = do(part)
	}
	return strings.Join(parts, "/")
}
