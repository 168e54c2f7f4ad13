package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signet-sso/signet/cmd/signet/proxy"
	"github.com/signet-sso/signet/config"
)

// guardFlags are the flags of the commands that print a configuration.
type guardFlags struct {
	listen, upstream, host, signet, folder string
	groups, pages                          []string
}

// guardPrinters are the commands that print a configuration, one for each proxy.
func (p *program) guardPrinters() []*cobra.Command {
	return []*cobra.Command{
		p.guardPrinter(proxy.Nginx, "nginx -c FILE"),
		p.guardPrinter(proxy.Caddy, "caddy run --config FILE --adapter caddyfile"),
		p.guardPrinter(proxy.Traefik, "traefik --providers.file.filename=FILE, and the flags that stand in it"),
		p.guardPrinter(proxy.Envoy, "envoy -c FILE, whose name ends in .yaml"),
	}
}

func (p *program) guardPrinter(k proxy.Kind, run string) *cobra.Command {
	var f guardFlags
	c := &cobra.Command{
		Use: string(k) + " --listen ADDRESS --upstream URL", Args: cobra.NoArgs,
		Short: "Print a whole configuration for " + strings.ToUpper(string(k[:1])) + string(k[1:]),
		Long: `Print a whole configuration, which runs as it is:

  ` + run + `

Signet's own pages stay reachable through it, under /auth, /login, /.well-known and
those of --pages; everything else is the application's, behind the guard. So browsers
know Signet by the proxy's address: public_url in Signet's configuration is that.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := p.load()
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("pages") {
				f.pages = pagesInUse(conf, f.host)
			}
			return p.printGuard(k, conf, f)
		},
	}
	c.Flags().StringVar(&f.listen, "listen", "", "where the proxy listens, host:port")
	c.Flags().StringVar(&f.upstream, "upstream", "", "the application's address, such as http://127.0.0.1:3000")
	c.Flags().StringVar(&f.host, "host", "", "the only host name that is answered (default: every one)")
	c.Flags().StringVar(&f.signet, "signet", "", "Signet's address for the proxy (default: where the configuration listens)")
	c.Flags().StringSliceVar(&f.pages, "pages", nil, `more of Signet's pages, such as forgot,reset; "" for none (default: those that the configuration has in use)`)
	if k != proxy.Envoy {
		c.Flags().StringArrayVar(&f.groups, "groups", nil, "let in members of one of these groups only, separated by commas; repeat it to ask for more")
	}
	if k == proxy.Nginx {
		c.Flags().StringVar(&f.folder, "folder", "", "where nginx keeps its pid file (default: this folder)")
	}
	for _, name := range []string{"listen", "upstream"} {
		_ = c.MarkFlagRequired(name) // it is there
	}
	return c
}

func (p *program) printGuard(k proxy.Kind, c *config.Config, f guardFlags) error {
	o := proxy.Options{
		Listen: f.listen, Upstream: f.upstream, Host: f.host, Folder: f.folder,
		Signet: cmp.Or(f.signet, reachable(c.Listen)), Public: c.PublicURL.String(),
		Headers: toldHeaders(c.Guard), Token: c.Guard.Token, SessionCookie: c.Cookies.SessionName, Pages: f.pages,
		Answer: answerSize(c.Guard.HeaderBudget), Warnings: proxyWarnings(c, f),
	}
	for _, list := range f.groups {
		o.Groups = append(o.Groups, strings.Split(list, ","))
	}
	if o.Folder == "" && k == proxy.Nginx {
		var err error
		if o.Folder, err = os.Getwd(); err != nil {
			return fmt.Errorf("find this folder: %w", err)
		}
	}
	if err := proxy.Write(p.out, k, o); err != nil {
		return err
	}
	for _, w := range o.Warnings {
		fmt.Fprintln(p.err, "warning:", w)
	}
	return nil
}

// pagesInUse are the pages that links of a configuration lead to, besides those
// of every one: who has a local password may forget it, and gets letters. None
// leads to a proxy whose host is not the public one.
func pagesInUse(c *config.Config, host string) []string {
	var pages []string
	if host != "" && !strings.EqualFold(host, c.PublicURL.Hostname()) {
		return nil
	}
	if slices.ContainsFunc(c.Providers, func(p config.Provider) bool { return p.Driver == config.DriverLocal }) {
		pages = append(pages, "confirm", "email", "forgot", "invite", "reset")
	}
	if c.Registration.Open {
		pages = append(pages, "register")
	}
	if len(c.Clients) > 0 {
		pages = append(pages, "oauth2")
	}
	return pages
}

// toldHeaders are the names that the guard answers with.
func toldHeaders(g config.Guard) proxy.Headers {
	h := headersOf(g)
	return proxy.Headers{User: h.User, Name: h.Name, Email: h.Email, Groups: h.Groups, Roles: h.Roles}
}

// answerSize is how many KiB the guard's answer may need: identity headers, a
// cookie, a token and the rest, in whole pages.
func answerSize(budget config.Size) int {
	const rest, page = 28 << 10, 4 << 10
	return (int(budget) + rest + page - 1) / page * page >> 10
}

// reachable is the address of a server that listens at listen, for somebody on
// the same machine.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // said to be wrong where it is used
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// proxyWarnings say what will not work, though each of the two files is right by
// itself.
func proxyWarnings(c *config.Config, f guardFlags) []string {
	var all []string
	host, port, err := net.SplitHostPort(f.listen)
	if err != nil {
		return nil // said to be wrong where it is used
	}
	if f.host != "" {
		host = f.host
	}
	public := c.PublicURL
	if !sameHost(public.Hostname(), host) && !covers(c.Cookies.Domain, host) {
		all = append(all, fmt.Sprintf("public_url is %s, but browsers come to %s: their cookie would not come along; set public_url to the address of the proxy, or cookies.domain to a domain of both", public, host))
	} else if sameHost(public.Hostname(), host) && public.Scheme == "http" && portOf(public) != port {
		all = append(all, fmt.Sprintf("public_url is %s, but the proxy listens on port %s: browsers would be sent past it; set public_url to the address of the proxy", public, port))
	}
	return all
}

// sameHost reports a host that browsers can mean by the address that a proxy
// listens at.
func sameHost(public, host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "" || err == nil && a.IsUnspecified() || strings.EqualFold(public, host)
}

// covers reports a cookie's domain that a host is in.
func covers(domain, host string) bool {
	return domain != "" && (strings.EqualFold(domain, host) || strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(domain)))
}

// portOf is the port of an address of http.
func portOf(u *url.URL) string { return cmp.Or(u.Port(), "80") }
