package proxy

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"text/template"
)

// Kind is a reverse proxy.
type Kind string

// The proxies that a configuration can be written for.
const (
	Nginx   Kind = "nginx"
	Caddy   Kind = "caddy"
	Traefik Kind = "traefik"
	Envoy   Kind = "envoy"
)

//go:embed templates
var files embed.FS

// Options is what a configuration depends on. [Write] checks all of it.
type Options struct {
	// Listen is where the proxy listens: host:port. Without a host it listens on
	// every address of the machine.
	Listen string
	// Upstream is the application's address: http:// or https://, host and port,
	// nothing else.
	Upstream string
	// Signet is the address that the proxy reaches Signet at: http://, host and
	// port, nothing else.
	Signet string
	// Public is the address that browsers reach Signet at. Its scheme is that of
	// the requests which come to the proxy, whoever ends TLS.
	Public string
	// Host is the only host name that is answered; empty for every one.
	Host string
	// Groups narrow the guard: the person has to be in one group of each list.
	// Envoy cannot say so; its configuration is refused.
	Groups [][]string
	// Headers are the names in which the guard tells who it is.
	Headers Headers
	// Token passes the guard's access token on, in the place of whatever
	// credentials the client sent.
	Token bool
	// SessionCookie is the name of the cookie that the guard renews.
	SessionCookie string
	// Pages are the first parts of paths that are Signet's besides auth, login and
	// .well-known, of those that not everybody needs. The application's own of
	// these names cannot be reached.
	Pages []string
	// Answer is how long the head of an answer of the guard may be, in KiB.
	Answer int
	// Folder is where nginx keeps its pid file; the others need none.
	Folder string
	// Warnings are written on top, as comments.
	Warnings []string
}

// Headers are names of header fields; an empty one is not sent.
type Headers struct{ User, Name, Email, Groups, Roles string }

// Write writes the configuration of a proxy. Values that could end the place
// they are written to, or that the proxy would not take, are errors; nothing is
// written then. That hosts exist and that ports are free is not checked.
func Write(w io.Writer, k Kind, o Options) error {
	p, err := o.page(k)
	if err != nil {
		return err
	}
	t, err := template.New(string(k)+".tmpl").Funcs(template.FuncMap{"lower": lower, "variable": variable}).
		ParseFS(files, "templates/"+string(k)+".tmpl")
	if err != nil {
		return fmt.Errorf("template of %s: %w", k, err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, p); err != nil {
		return fmt.Errorf("template of %s: %w", k, err)
	}
	if _, err := text.WriteTo(w); err != nil {
		return fmt.Errorf("write the configuration of %s: %w", k, err)
	}
	return nil
}
