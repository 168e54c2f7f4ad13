package translate

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// directus translates the environment of a Directus.
type directus struct {
	*settings
	public *url.URL // scheme and host; nil when they are not known
	folder string   // where below its host Directus was, "" for nowhere
	allow  []string // where browsers may be sent after a login
	roles  []pair   // groups of providers, and the roles that they stood for
	// options are what the import of the people has to be told of providers.
	options []string
}

// Directus writes the configuration that stands for the environment of a
// Directus. It is good as it is as long as the variables that it names as
// secrets are set; what has to be completed by hand is a comment in it.
func Directus(vars []Variable) string {
	d := &directus{settings: newSettings(vars)}
	d.readPublic()
	providers := d.providers() // which name groups and places to go to
	all := []entry{remark(
		"Signet's configuration, made from the environment of a Directus. Every key there is, with what it does: providers.example.yaml.",
		"Secrets have stayed in the environment: whatever starts Signet has to set the same variables. signet check says what is missing.")}
	for _, section := range [][]entry{
		d.address(), d.database(), d.secrets(), d.proxies(), d.admin(), d.tokens(), d.cookies(), d.redirects(),
		d.cors(), d.registration(), d.mail(), d.permissions(), d.log(),
		{key("compat", "", "The addresses of Directus that the native API has under other names: /users/me, /users/register and their like.").with(key("directus", "true"))},
		providers, d.leftovers(),
	} {
		all = append(all, section...)
	}
	p := new(page)
	p.sections(all)
	return p.String()
}

// with puts entries below one.
func (e entry) with(below ...entry) entry {
	e.below = below
	return e
}

// readPublic reads PUBLIC_URL.
func (d *directus) readPublic() {
	u, err := url.Parse(d.text("PUBLIC_URL"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return
	}
	d.public = &url.URL{Scheme: u.Scheme, Host: u.Host}
	d.folder = strings.Trim(u.Path, "/")
}

// https reports that browsers come by https.
func (d *directus) https() bool { return d.public != nil && d.public.Scheme == "https" }

// hostName matches the name of a host.
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

func (d *directus) address() []entry {
	host, port := d.text("HOST"), d.text("PORT")
	host = strings.Trim(host, "[]")
	if _, err := netip.ParseAddr(host); err != nil && !hostName.MatchString(host) {
		host = "0.0.0.0"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if port = strconv.FormatUint(n, 10); err != nil || n == 0 {
		port = "8055"
	}
	listen := key("listen", scalar(net.JoinHostPort(host, port)))
	if d.text("UNIX_SOCKET_PATH") != "" {
		listen.remarks = []string{"Directus had a socket (UNIX_SOCKET_PATH). Signet has an address: name one that only the reverse proxy reaches."}
	}
	if d.public == nil {
		return []entry{listen, off(key("public_url", "https://sso.example.org",
			"PUBLIC_URL was not the address that browsers use, and Signet needs that: remove the # and write it."))}
	}
	public := key("public_url", scalar(d.public.String()))
	if d.folder != "" {
		public.remarks = []string{"Directus was below /" + d.folder + " on this host. Signet has a host of its own: give it one, or have the reverse proxy take /" + d.folder + " off before it asks Signet, and change the addresses that providers send people back to."}
	}
	return []entry{listen, public}
}

func (d *directus) database() []entry {
	e := key("database", "sqlite:signet-data/signet.db",
		"Signet has a database of its own. People come over from that of Directus, which is only read:")
	client := strings.ToLower(d.text("DB_CLIENT"))
	e.remarks = append(e.remarks, d.importCommand(client))
	e.remarks = append(e.remarks, "For more than one machine: postgres://user@host/name.")
	return []entry{e}
}

// importCommand is how people are brought over from the old database. The
// password is not in it, nor in the list of processes.
func (d *directus) importCommand(client string) string {
	const command = "signet import directus --from "
	options := ""
	for _, o := range d.options {
		options += " " + o
	}
	switch client {
	case "sqlite3":
		return "  " + command + quoted(or(d.text("DB_FILENAME"), "data.db")) + options
	case "pg", "postgres", "postgresql", "cockroachdb", "redshift":
		d.seen["DB_PASSWORD"] = true
		if d.text("DB_CONNECTION_STRING") != "" {
			return "  " + command + "env:DB_CONNECTION_STRING" + options
		}
		host := net.JoinHostPort(or(d.text("DB_HOST"), "localhost"), or(d.text("DB_PORT"), "5432"))
		address := url.URL{Scheme: "postgres", User: url.User(or(d.text("DB_USER"), "directus")), Host: host, Path: "/" + or(d.text("DB_DATABASE"), "directus")}
		return "  PGPASSWORD=\"$DB_PASSWORD\" " + command + quoted(address.String()) + options
	case "":
		return "  " + command + "postgres://…" + options
	}
	return "signet user import FILE, with a CSV of the table directus_users: " + client + " is not read directly (docs/import.md)."
}

// quoted is an argument for a shell.
func quoted(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// proxies says whose word about the client's address counts.
func (d *directus) proxies() []entry {
	text := d.text("IP_TRUST_PROXY")
	e := key("trusted_proxies", "[127.0.0.1/32]")
	switch strings.ToLower(text) {
	case "", "true":
		e.remarks = []string{"Directus believed everybody about the client's address (IP_TRUST_PROXY). Name the reverse proxies: addresses or networks."}
		return []entry{e}
	case "false", "0":
		e.value = "[]"
		return []entry{e}
	}
	var good, bad []string
	for _, word := range d.list("IP_TRUST_PROXY") {
		if nets := network(word); len(nets) > 0 {
			good = append(good, nets...)
		} else {
			bad = append(bad, shown(word))
		}
	}
	e.value = list(good)
	if len(bad) > 0 {
		e.remarks = []string{"Of IP_TRUST_PROXY this is no network: " + strings.Join(bad, ", ") + ". Name the reverse proxies by address."}
	}
	return []entry{e}
}

// network are the networks that a word of IP_TRUST_PROXY means.
func network(word string) []string {
	switch word {
	case "loopback":
		return []string{"127.0.0.0/8", "::1/128"}
	case "linklocal":
		return []string{"169.254.0.0/16", "fe80::/10"}
	case "uniquelocal":
		return []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}
	}
	if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" {
		return []string{netip.PrefixFrom(a, a.BitLen()).String()}
	}
	if p, err := netip.ParsePrefix(word); err == nil {
		return []string{p.Masked().String()}
	}
	return nil
}

func (d *directus) log() []entry {
	level := strings.ToLower(d.text("LOG_LEVEL"))
	switch level {
	case "fatal", "silent":
		level = "error"
	case "trace":
		level = "debug"
	case "debug", "info", "warn", "error":
	default:
		level = "info"
	}
	format := "text"
	if d.text("LOG_STYLE") == "raw" {
		format = "json"
	}
	return []entry{key("log", "").with(key("level", level), key("format", format, "json, one object a line, or text."))}
}
