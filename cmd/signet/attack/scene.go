package attack

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// scene is a set-up as honest requests show it.
type scene struct {
	Config
	line   *line
	canary string
	veil   *strings.Replacer // hides tokens in what is told

	echo       bool // Echo is the application
	takesToken bool // the set-up lets the first person in by Authorization
	takesPair  bool // and the second one
	takesJar   bool // and the first one by the cookie
	isPublic   bool // Public is served without a credential
	isShut     bool // Forbidden is refused to the first person

	// names are the fields that say who it is, normal.
	names map[string]bool
	// first, second and nobody are what those fields are in honest requests.
	first, second, nobody identity
	// firstPublic is the first person's at Public.
	firstPublic identity
}

func newScene(c Config) (*scene, error) {
	if c.Rate < 1 || c.Timeout <= 0 {
		return nil, fmt.Errorf("%w: a rate and a timeout above 0 are needed", ErrUnfit)
	}
	raw := make([]byte, 6)
	if _, err := io.ReadFull(c.Random, raw); err != nil {
		return nil, fmt.Errorf("make a canary: %w", err)
	}
	if c.CookieToken == "" {
		c.CookieToken = c.Token
	}
	s := &scene{Config: c, canary: "canary" + hex.EncodeToString(raw), veil: veil(c.Token, c.Other, c.CookieToken)}
	port := "80"
	l := &line{timeout: c.Timeout, quiet: 300 * time.Millisecond, tick: time.NewTicker(time.Second / time.Duration(c.Rate))}
	if c.URL.Scheme == "https" {
		port = "443"
		l.tls = &tls.Config{}
		if c.TLS != nil {
			l.tls = c.TLS.Clone()
		}
		l.tls.ServerName = c.URL.Hostname()
		l.tls.NextProtos = []string{"http/1.1"}
	}
	if p := c.URL.Port(); p != "" {
		port = p
	}
	l.address = net.JoinHostPort(c.URL.Hostname(), port)
	s.line = l
	return s, nil
}

func (s *scene) end() { s.line.tick.Stop() }

// veil hides tokens, and parts of them that are long enough to be of use.
func veil(tokens ...string) *strings.Replacer {
	var pairs []string
	for _, t := range tokens {
		if t == "" {
			continue
		}
		pairs = append(pairs, t, "TOKEN")
		for _, part := range strings.Split(t, ".") {
			if len(part) >= 16 {
				pairs = append(pairs, part, "TOKEN")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// show makes text of strangers fit for a terminal: no token, no control
// characters, not longer than anyone reads.
func (s *scene) show(text string) string {
	text = s.veil.Replace(text)
	var b strings.Builder
	for i := range len(text) {
		if b.Len() > 300 {
			return b.String() + "…"
		}
		if c := text[i]; c < ' ' || c > '~' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// ask is an honest request for a path, without a credential.
func (s *scene) ask(target string) request {
	return request{method: "GET", target: target, proto: "HTTP/1.1", honest: []string{"Host: " + s.URL.Host, "Connection: close"}}
}

// as adds the first person's token.
func (s *scene) as(q request) request { return q.quietly(bearer(s.Token)) }

// quietly adds a line that is not shown.
func (q request) quietly(lines ...string) request {
	q.honest = append(append([]string{}, q.honest...), lines...)
	return q
}

// with adds lines that are shown.
func (q request) with(lines ...string) request {
	q.odd = append(append([]string{}, q.odd...), lines...)
	return q
}

// without leaves a line out, and is how a request gets another Host.
func (q request) without(name string) request {
	var kept []string
	for _, line := range q.honest {
		if !strings.HasPrefix(line, name+":") {
			kept = append(kept, line)
		}
	}
	q.honest = kept
	return q
}

// signed reports whether a request carries a token that is not shown.
func (q request) signed() bool {
	for _, line := range q.honest {
		if strings.HasPrefix(line, "Authorization:") || strings.HasPrefix(line, "Cookie:") {
			return true
		}
	}
	return false
}

// sent is a request as it is told.
func (s *scene) sent(q request) string {
	text := strings.TrimRight(q.method+" "+q.target+" "+q.proto, " ")
	for _, l := range q.odd {
		text += " | " + l
	}
	if q.body != "" {
		text += " | body " + q.body
	}
	if q.signed() {
		return s.show(text) + " (with the first person's token)"
	}
	return s.show(text) + " (with no token but what is shown)"
}

// got is an answer as it is told.
func (s *scene) got(r reply) string {
	a := r.first()
	switch {
	case r.silent && len(r.answers) == 0:
		return "nothing until the time was over"
	case len(r.answers) == 0:
		return "a closed connection"
	case a.seen != nil && a.status == 0:
		return "the application's answer, without a status"
	case a.seen != nil:
		return fmt.Sprintf("%d from the application", a.status)
	}
	return fmt.Sprintf("%d", a.status)
}

func (s *scene) send(ctx context.Context, q request) (reply, error) {
	r, err := s.line.send(ctx, q)
	if err != nil {
		return r, fmt.Errorf("%s: %w", s.line.address, err)
	}
	return r, nil
}
