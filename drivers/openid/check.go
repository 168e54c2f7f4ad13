package openid

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// Check goes through what a sign-in needs of the provider, up to a code that
// it must refuse. login does not count: there is nobody to look up.
func (p *provider) Check(ctx context.Context, _ string) []drivers.Step {
	c := &check{p: p, now: p.Now}
	p.client.CloseIdleConnections() // a connection that is open shows nothing
	body, ok := c.reach(ctx)
	if !ok {
		return c.steps
	}
	var m metadata
	c.do("issuer", func() (detail, fix string, err error) {
		m, err = p.parseDiscovery(body)
		return m.Issuer, "write issuer to the letter as the discovery document does: " + quoted(issuerIn(body)), err
	})
	c.do("keys", func() (string, string, error) {
		answer, err := p.fetch(ctx, m.Keys)
		if err != nil {
			return "", "the address " + m.Keys + " must answer from here; if it is not a public host, list it in hosts", err
		}
		keys, err := parseKeys(answer)
		return fmt.Sprintf("%d that can sign", len(keys)), "the provider must publish a key that is no shorter than 2048 bits (RSA) or on P-256, P-384 or P-521", err
	})
	c.do("authorize URL", func() (string, string, error) {
		u, err := url.Parse(m.Authorization)
		if err != nil {
			return "", "see the provider's discovery document", err
		}
		return u.Scheme + "://" + u.Host + u.Path, "", nil
	})
	c.do("token endpoint", func() (string, string, error) { return p.checkToken(ctx, m) })
	if p.Bearer.Introspect {
		c.do("introspection", func() (string, string, error) { return p.checkIntrospection(ctx, m) })
	}
	c.do("clock", func() (string, string, error) { return c.clock() })
	return c.steps
}

// check collects steps and stops at the first that fails.
type check struct {
	p     *provider
	now   func() time.Time
	steps []drivers.Step
	date  string    // the provider's clock, as it wrote it
	read  time.Time // ours at that moment
}

func (c *check) failed() bool {
	return len(c.steps) > 0 && c.steps[len(c.steps)-1].Err != nil
}

func (c *check) do(name string, f func() (detail, fix string, err error)) {
	if c.failed() {
		return
	}
	start := c.now()
	detail, fix, err := f()
	s := drivers.Step{Name: name, Detail: detail, Took: c.now().Sub(start), Err: err}
	if err != nil {
		s.Fix = fix
	}
	c.steps = append(c.steps, s)
}

// reach asks for the discovery document and tells the steps of that apart.
func (c *check) reach(ctx context.Context) (body []byte, ok bool) {
	var last time.Time
	add := func(name, detail string, err error, fix string) {
		s := drivers.Step{Name: name, Detail: detail, Took: c.now().Sub(last), Err: err}
		if err != nil {
			s.Fix = fix
		}
		c.steps, last = append(c.steps, s), c.now()
	}
	last = c.now()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) {
			add("resolve", fmt.Sprint(i.Addrs), i.Err, "check the host name in issuer, and the resolver of this machine")
		},
		ConnectDone: func(_, addr string, err error) {
			add("connect", addr, err, "check the port, and whether a firewall lets this machine out")
		},
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			add("TLS", tls.VersionName(s.Version), err, "name the CA in ca_file if it is not the system's; the certificate must be for the issuer's host")
		},
	})
	r, err := http.NewRequestWithContext(traced, http.MethodGet, c.p.discoveryURL(), nil)
	if err != nil {
		add("discovery", "", err, "check issuer")
		return nil, false
	}
	answer, err := c.p.client.Do(r)
	if err == nil {
		defer answer.Body.Close()
		c.date, c.read = answer.Header.Get("Date"), c.now()
		if body, err = io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody)); err == nil && answer.StatusCode != http.StatusOK {
			err = &statusError{what: r.URL.Path, status: answer.StatusCode}
		}
	}
	if err == nil || !c.failed() {
		add("discovery", c.p.discoveryURL(), withoutAddress(err), "open that address in a browser: it must show the provider's JSON document")
	}
	return body, !c.failed()
}

func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// issuerIn is what a document calls its issuer.
func issuerIn(body []byte) string {
	var m metadata
	if decode(body, &m) != nil {
		return ""
	}
	return m.Issuer
}

// checkToken tries a code that nobody gave: a provider that answers
// invalid_grant has accepted who we are.
func (p *provider) checkToken(ctx context.Context, m metadata) (detail, fix string, err error) {
	made := make([]byte, 32)
	if _, err := rand.Read(made); err != nil {
		return "", "", err
	}
	code := base64.RawURLEncoding.EncodeToString(made)
	c, options, err := p.auth.grant(m, "https://signet.invalid/callback", p.Now())
	if err != nil {
		return "", "check private_key", err
	}
	if !p.habits.noPKCE {
		options = append(options, oauth2.VerifierOption(code))
	}
	_, err = p.ask(ctx, c, code, options)
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return "", "the address " + m.Token + " must answer from here; if it is not a public host, list it in hosts", tokenError(ctx, err, drivers.ErrReply)
	}
	said := fmt.Sprintf("%s answers %d %s, as it should to a made-up code", p.auth.chosen(m), answer.Response.StatusCode, quoted(answer.ErrorCode))
	switch {
	case strings.Contains(answer.ErrorCode, "client") || answer.Response.StatusCode == http.StatusUnauthorized:
		return "", "client_id or client_secret is wrong, or the provider wants another client_auth than " + p.auth.chosen(m), tokenError(ctx, err, drivers.ErrReply)
	case answer.Response.StatusCode >= 500:
		return "", "the provider has a fault; try again later", tokenError(ctx, err, drivers.ErrReply)
	}
	return said, "", nil
}

// clock compares the clocks: tokens of a provider whose clock is off are
// refused.
func (c *check) clock() (detail, fix string, err error) {
	theirs, err := http.ParseTime(c.date)
	if err != nil {
		return "the provider does not say what time it is", "", nil
	}
	off := theirs.Sub(c.read).Round(time.Second)
	if off > skew || off < -skew {
		return "", "set this machine's clock by NTP; tokens more than a minute off are refused", fmt.Errorf("the provider's clock is %s from ours", off)
	}
	return fmt.Sprintf("%s apart", off.Abs()), "", nil
}
