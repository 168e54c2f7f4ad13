package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What is pasted into a file consists of these characters only, none of which
// any of the files gives a meaning to.
var (
	fieldName  = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9-]{0,63}\z`)
	hostName   = regexp.MustCompile(`\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\z`)
	cookieName = regexp.MustCompile(`\A[A-Za-z0-9_.-]{1,64}\z`)
	folderName = regexp.MustCompile(`\A/[A-Za-z0-9_./@+-]*\z`)
)

// origin is a checked address.
type origin struct {
	TLS  bool
	Host string // a name or an address, without brackets
	Port int
}

// At is host:port.
func (o origin) At() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.Port)) }

// Bind is host:port for a listener, :port for every address.
func (o origin) Bind() string {
	if o.Host == "" {
		return ":" + strconv.Itoa(o.Port)
	}
	return o.At()
}

// URL is scheme, host and port.
func (o origin) URL() string {
	if o.TLS {
		return "https://" + o.At()
	}
	return "http://" + o.At()
}

// readOrigin reads scheme://host[:port] and refuses everything more.
func readOrigin(raw string) (origin, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return origin{}, fmt.Errorf("%q is no address; it is like http://127.0.0.1:8080", raw)
	}
	if u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#") {
		return origin{}, fmt.Errorf("%q says more than scheme, host and port", raw)
	}
	o := origin{TLS: u.Scheme == "https", Host: strings.ToLower(u.Hostname()), Port: 80}
	if o.TLS {
		o.Port = 443
	}
	if p := u.Port(); p != "" {
		if o.Port, err = readPort(p); err != nil {
			return origin{}, fmt.Errorf("%q: %w", raw, err)
		}
	}
	if !isHost(o.Host) {
		return origin{}, fmt.Errorf("%q has no host that can be reached", raw)
	}
	return o, nil
}

func readPort(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != s {
		return 0, fmt.Errorf("%q is no port", s)
	}
	return n, nil
}

// isHost reports a name or an IP address without a zone.
func isHost(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" || isName(s)
}

// isName reports a DNS name in small letters that cannot be taken for an
// address.
func isName(s string) bool {
	return len(s) <= 253 && hostName.MatchString(s) && strings.Trim(s, "0123456789.") != ""
}

// listen reads where the proxy listens; the host may be empty.
func listen(raw string) (origin, error) {
	host, port, err := net.SplitHostPort(raw)
	if err != nil {
		return origin{}, fmt.Errorf("%q is no host:port", raw)
	}
	o := origin{Host: strings.ToLower(host)}
	if o.Port, err = readPort(port); err != nil {
		return origin{}, err
	}
	if o.Host != "" && !isHost(o.Host) {
		return origin{}, fmt.Errorf("%q is neither a host name nor an address", host)
	}
	return o, nil
}

// query is the guard's own ?groups=…, or "".
func query(lists [][]string) (string, error) {
	var fields []string
	for _, list := range lists {
		for _, g := range list {
			if g == "" || strings.TrimSpace(g) != g || strings.Contains(g, ",") {
				return "", fmt.Errorf("%q cannot be asked for as a group: it is empty, or has a comma in it or a space at an end", g)
			}
		}
		if len(list) == 0 {
			return "", errors.New("a list of groups is empty")
		}
		fields = append(fields, "groups="+url.QueryEscape(strings.Join(list, ",")))
	}
	if len(fields) == 0 {
		return "", nil
	}
	return "?" + strings.Join(fields, "&"), nil
}

// names checks the fields that the guard answers with.
func names(h Headers) ([]string, error) {
	all := h.told()
	for i, name := range all {
		if !fieldName.MatchString(name) {
			return nil, fmt.Errorf("%q is no name of a header", name)
		}
		if slices.ContainsFunc(all[:i], func(s string) bool { return strings.EqualFold(s, name) }) {
			return nil, fmt.Errorf("header %s would hold two things", name)
		}
	}
	return all, nil
}

// folder checks where nginx keeps its pid file.
func folder(dir string) error {
	if !folderName.MatchString(dir) || filepath.Clean(dir) != dir {
		return fmt.Errorf("folder %q: a whole path of letters, digits and . _ - @ + is needed", dir)
	}
	return nil
}
