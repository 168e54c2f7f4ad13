package oauth2

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
)

// Check goes through what a sign-in needs of the provider: it trades a code
// that nobody gave, which the provider must refuse, and asks for a profile with
// a token that nobody gave. login does not count: there is nobody to look up.
func (p *provider) Check(ctx context.Context, _ string) []drivers.Step {
	c := &check{p: p, last: p.Now()}
	p.client.CloseIdleConnections() // a connection that is open shows nothing
	c.authorize()
	c.token(ctx)
	c.profile(ctx)
	c.introspection(ctx)
	c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.steps)
}

// check collects steps and stops at the first that fails.
type check struct {
	p *provider

	mu    sync.Mutex // a connection is made beside the call that waits for it
	steps []drivers.Step
	last  time.Time // when the step under way began
	date  string    // the provider's clock, as it wrote it
}

func (c *check) failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended()
}

// ended is failed with mu held.
func (c *check) ended() bool {
	return len(c.steps) > 0 && c.steps[len(c.steps)-1].Err != nil
}

// add ends the step under way. fix counts only with an error.
func (c *check) add(name, detail string, err error, fix string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended() {
		return
	}
	now := c.p.Now()
	s := drivers.Step{Name: name, Detail: detail, Took: now.Sub(c.last), Err: err}
	if err != nil {
		s.Fix = fix
	}
	c.steps, c.last = append(c.steps, s), now
}

func (c *check) authorize() {
	u, err := url.Parse(c.p.service.authorize)
	if err != nil {
		c.add("authorize URL", "", errors.New("no address"), "check authorize_url")
		return
	}
	c.add("authorize URL", u.Scheme+"://"+u.Host+u.Path, nil, "")
}

// traced tells the steps of the next call's connection apart.
func (c *check) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) {
			c.add("resolve", fmt.Sprint(i.Addrs), i.Err, "check the host name in the addresses, and the resolver of this machine")
		},
		ConnectDone: func(_, addr string, err error) {
			c.add("connect", addr, err, "check the port, and whether a firewall lets this machine out")
		},
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			c.add("TLS", tls.VersionName(s.Version), err, "name the CA in ca_file if it is not the system's; the certificate must be for the provider's host")
		},
	})
}

// token tries a code that nobody gave: a provider that refuses the code has
// accepted who we are.
func (c *check) token(ctx context.Context) {
	const name = "token endpoint"
	p, made := c.p, rand.Text()+rand.Text()
	traced := p.strictly(c.traced(ctx))
	_, err := p.endpoint("https://signet.invalid/callback").Exchange(traced, made, oauth2.VerifierOption(made))
	var said *oauth2.RetrieveError
	switch {
	case err == nil:
		c.add(name, "", errors.New("it gives a token for a code that nobody gave"), "do not use this server: whoever asks it is let in")
		return
	case !errors.As(err, &said):
		c.add(name, "", tokenError(ctx, err, drivers.ErrReply),
			"the address "+p.service.token+" must answer from here as RFC 6749 §5.2 says; if it is not a public host, list it in hosts")
		return
	}
	c.date = said.Response.Header.Get("Date")
	status, word := said.Response.StatusCode, said.ErrorCode
	err = tokenError(ctx, err, drivers.ErrReply)
	switch {
	case word != "redirect_uri_mismatch" && slices.Contains(badClients, word) || status == http.StatusUnauthorized:
		c.add(name, "", err, "client_id or client_secret is wrong, or the provider wants another client_auth than "+p.ClientAuth)
	case status >= 500 || status == http.StatusTooManyRequests:
		c.add(name, "", err, "the provider has a fault, or is asked too often; try again later")
	case status == http.StatusNotFound || status/100 == 3 || word == "":
		c.add(name, "", err, "check token_url or base_url, and client_id: "+p.service.token+" does not answer as a token endpoint does")
	default:
		c.add(name, fmt.Sprintf("%s answers %d %s, as it should to a made-up code", p.ClientAuth, status, quoted(word)), nil, "")
	}
}

// profile asks with a token that nobody gave.
func (c *check) profile(ctx context.Context) {
	const name = "profile"
	if c.failed() {
		return
	}
	_, err := c.p.service.profile(ctx, c.p, tokens{Access: rand.Text()})
	var answer *statusError
	switch {
	case errors.As(err, &answer) && answer.status/100 == 4 && answer.status != http.StatusNotFound:
		c.add(name, fmt.Sprintf("answers %d, as it should to a made-up token", answer.status), nil, "")
	case err == nil:
		c.add(name, "", errors.New("it tells about somebody to a token that nobody gave"), "do not use this address: it does not look at the token")
	case errors.Is(err, drivers.ErrReply):
		c.add(name, "answers without a profile, as it should to a made-up token", nil, "")
	default:
		c.add(name, "", err, "check profile_url or base_url: the address must answer from here; if it is not a public host, list it in hosts")
	}
}

// introspection asks about a token that nobody gave, which must not be active.
func (c *check) introspection(ctx context.Context) {
	const name = "introspection"
	if c.failed() || !c.p.Bearer.Introspect {
		return
	}
	_, err := c.p.askAbout(ctx, rand.Text())
	switch {
	case err == nil:
		c.add(name, "", errors.New("it calls a token active that nobody gave"), "do not use this server: whoever asks it is let in")
	case errors.Is(err, drivers.ErrUnavailable):
		c.add(name, "", err, "check introspect_url; the client must be allowed to ask about tokens there")
	default:
		c.add(name, "says that a made-up token is not active, as it should", nil, "")
	}
}

// clock compares the clocks. No sign-in depends on it: it decides only when a
// token is renewed.
func (c *check) clock() {
	theirs, err := http.ParseTime(c.date)
	if err != nil {
		c.add("clock", "the provider does not say what time it is", nil, "")
		return
	}
	off := theirs.Sub(c.p.Now()).Round(time.Second).Abs()
	detail := fmt.Sprintf("%s apart", off)
	if off > time.Minute {
		detail += "; set this machine's clock by NTP"
	}
	c.add("clock", detail, nil, "")
}
