// Package outbound is how a driver calls a provider over HTTP: with a
// deadline, a limit on every body, no redirects, and no way to a host that
// only a document or a token named unless it is on the public network.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// MaxBody is the most of an answer that is read, in bytes.
const MaxBody = 1 << 20

const (
	defaultTimeout = 10 * time.Second
	defaultCalls   = 32
)

// Errors of a call that was not made, or whose answer is not read. They come
// wrapped in the *url.Error of net/http.
var (
	// ErrAddress: the host may not be called; see [Config.Hosts].
	ErrAddress = errors.New("host is not the provider's and not public")
	// ErrPlain: the address is not https.
	ErrPlain = errors.New("plain http is not permitted")
	// ErrTooLarge: the answer is longer than MaxBody, or compressed, which we
	// never ask for.
	ErrTooLarge = errors.New("answer is too large")
	// ErrBusy: too many calls of this provider wait already.
	ErrBusy = errors.New("too many calls at once")
)

// Config says how one provider is called.
type Config struct {
	// Hosts are the host names that the operator wrote down, without port.
	// Another one must have public addresses only, and the address that was
	// looked at is the one that is called.
	Hosts []string
	// Plain permits http.
	Plain bool
	// CAFile holds the PEM certificates to check the provider's against
	// instead of the system's; empty for the system's.
	CAFile string
	// Timeout is the limit for one call with its answer; 0 is 10 seconds.
	Timeout time.Duration
	// Calls is how many calls may run at once; 0 is 32. One more waits until
	// one ends or its own context does.
	Calls int
}

// New returns a client for one provider. It is an *http.Client, so that
// libraries can be given it; redirects are answers to it, and are not
// followed.
func New(c Config) (*http.Client, error) {
	roots, err := pool(c.CAFile)
	if err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Calls <= 0 {
		c.Calls = defaultCalls
	}
	d := dialer{hosts: lower(c.Hosts), resolve: net.DefaultResolver.LookupNetIP}
	return &http.Client{
		Timeout: c.Timeout,
		Transport: &guard{
			plain: c.Plain,
			slots: make(chan struct{}, c.Calls),
			next: &http.Transport{
				DialContext:            d.dial,
				TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
				ForceAttemptHTTP2:      true,
				DisableCompression:     true,
				MaxResponseHeaderBytes: 64 << 10,
				MaxIdleConnsPerHost:    c.Calls,
				IdleConnTimeout:        90 * time.Second,
				TLSHandshakeTimeout:    c.Timeout,
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func pool(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read CA file: %w", err)
	}
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CA file %s holds no PEM certificate", file)
	}
	return p, nil
}

func lower(hosts []string) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = strings.ToLower(h)
	}
	return out
}

// dialer connects to hosts that may be called.
type dialer struct {
	hosts   []string
	resolve resolve
}

// dial connects to an address that was looked at: a name that leads elsewhere
// the next moment changes nothing.
func (d dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var nd net.Dialer
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if slices.Contains(d.hosts, strings.ToLower(host)) {
		return nd.DialContext(ctx, network, addr)
	}
	ips, err := d.public(ctx, host)
	if err != nil {
		return nil, err
	}
	var all []error
	for _, ip := range ips {
		c, err := nd.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return c, nil
		}
		all = append(all, err)
	}
	return nil, errors.Join(all...)
}
