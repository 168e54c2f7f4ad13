package proxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// page is what a template is filled with: nothing in it is as it came.
type page struct {
	Listen, Upstream, Signet origin
	// Scheme is that of the requests which come to the proxy.
	Scheme string
	Host   string
	// Query narrows the guard: empty, or ?groups=….
	Query string
	// Told are the fields that the guard may answer with, Cleared those of the
	// client that are dropped besides.
	Told, Cleared []string
	Token         bool
	SessionCookie string
	Pages         []string
	Answer        int // KiB
	Folder        string
	Warnings      []string
}

// OwnWords are the first parts of the paths of Signet's pages, as alternatives of
// a regular expression.
func (p page) OwnWords() string {
	return strings.Join(append([]string{"auth", "login", "[.]well-known"}, p.Pages...), "|")
}

// MoreWords are those that an installation may have besides.
func (p page) MoreWords() string {
	return strings.Join(slices.DeleteFunc(morePages(), func(word string) bool { return slices.Contains(p.Pages, word) }), "|")
}

// morePages are the first parts of paths of Signet's that not everybody needs.
func morePages() []string {
	return []string{"logout", "register", "forgot", "confirm", "reset", "invite", "email", "oauth2", "docs"}
}

// Overrides are the fields by which some applications take a request for one of
// another method. The guard looks at them too, and has to see them.
func (page) Overrides() []string {
	return []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}
}

// CookieField carries the guard's cookie from one step of Caddy's to the next.
func (page) CookieField() string { return "X-Signet-Cookie" }

// page checks the options for a proxy.
func (o Options) page(k Kind) (page, error) {
	p := page{
		Scheme: "http", Host: strings.ToLower(o.Host), Token: o.Token,
		SessionCookie: o.SessionCookie, Pages: o.Pages, Answer: o.Answer, Folder: o.Folder,
	}
	for _, word := range o.Pages {
		if !slices.Contains(morePages(), word) {
			return p, fmt.Errorf("%q is no page of Signet's: there are %s", word, strings.Join(morePages(), ", "))
		}
	}
	var err error
	if p.Listen, err = listen(o.Listen); err != nil {
		return p, fmt.Errorf("where to listen: %w", err)
	}
	if p.Upstream, err = readOrigin(o.Upstream); err != nil {
		return p, fmt.Errorf("the application: %w", err)
	}
	if p.Signet, err = readOrigin(o.Signet); err != nil {
		return p, fmt.Errorf("signet: %w", err)
	}
	if p.Signet.TLS {
		return p, errors.New("signet: the proxy asks over plain http, on a network of your own")
	}
	if strings.HasPrefix(o.Public, "https://") {
		p.Scheme = "https"
	}
	if p.Host != "" && !isName(p.Host) {
		return p, fmt.Errorf("%q is no host name", o.Host)
	}
	if p.Query, err = query(o.Groups); err != nil {
		return p, err
	}
	if p.Told, err = names(o.Headers); err != nil {
		return p, err
	}
	p.Cleared = cleared(p.Told)
	for _, w := range o.Warnings {
		p.Warnings = append(p.Warnings, strings.Map(printable, w))
	}
	return p, p.fits(k)
}

// fits checks what only some of the proxies need.
func (p page) fits(k Kind) error {
	switch k {
	case Nginx:
		if p.Answer < 1 || p.Answer > 1024 {
			return fmt.Errorf("an answer of %d KiB: 1 to 1024 are possible", p.Answer)
		}
		return folder(p.Folder)
	case Traefik:
		if !cookieName.MatchString(p.SessionCookie) {
			return fmt.Errorf("%q is no name of a cookie", p.SessionCookie)
		}
	case Envoy:
		if p.Query != "" {
			return errors.New("envoy cannot ask for groups: it has no place to say so; use guard.rules in Signet's configuration")
		}
	case Caddy:
	default:
		return fmt.Errorf("%q is no proxy that is known here", k)
	}
	return nil
}

// printable keeps a comment on its line.
func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}
