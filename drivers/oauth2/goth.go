package oauth2

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/markbates/goth"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// askGoth lets goth ask a service for a profile. goth has no context and no
// limits, and puts numbers into floats: so each call gets a goth provider of
// its own whose client is ours, bound to the call's context, and the profile
// is read once more from what that client saw.
func (s preset) askGoth(name string, own sites) func(context.Context, *provider, tokens) (profile, error) {
	return func(ctx context.Context, p *provider, t tokens) (profile, error) {
		seen := &recorder{ctx: ctx, next: p.client.Transport}
		if s.bearer {
			seen.bearer = t.Access
		}
		client := &http.Client{Transport: seen, Timeout: p.client.Timeout}
		g := goths[name](site{id: p.ClientID, secret: p.ClientSecret, sites: own, client: client})
		user := fetchUser(g, t)
		switch {
		case len(seen.answers) == 0 && seen.err != nil:
			return profile{}, failed(ctx, seen.err)
		case len(seen.answers) == 0:
			return profile{}, fmt.Errorf("%w: %s was not asked for a profile", drivers.ErrReply, s.label)
		}
		return s.read(ctx, p, t, profile{doc: seen.answers[0].doc, user: user, seen: seen.answers})
	}
}

// fetchUser calls goth, which asserts types of what a service sends. What it
// makes of a profile is for display: its errors, which may hold an address
// with the token in it, are left to the reading that counts.
func fetchUser(g goth.Provider, t tokens) (user goth.User) {
	defer func() {
		if recover() != nil {
			user = goth.User{}
		}
	}()
	text, err := t.session()
	if err != nil {
		return goth.User{}
	}
	session, err := g.UnmarshalSession(text)
	if err != nil {
		return goth.User{}
	}
	user, _ = g.FetchUser(session) // see above
	return user
}

// session writes tokens as goth's providers keep them: each has a type of its
// own, and they differ in what they call the token.
func (t tokens) session() (string, error) {
	all := map[string]any{"AccessToken": t.Access, "Token": t.Access, "at": t.Access, "ExpiresAt": t.Expiry}
	for name, value := range t.Extra {
		all[name] = value
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// askDirectly asks a service without goth.
func (s preset) askDirectly(ctx context.Context, p *provider, t tokens) (profile, error) {
	address, access := s.direct.profile, t.Access
	if s.query != "" {
		address += "?" + url.Values{s.query: {t.Access}}.Encode()
		access = ""
	}
	body, err := p.get(ctx, address, access)
	if err != nil {
		return profile{}, err
	}
	doc, err := decodeObject(body)
	if err != nil {
		return profile{}, fmt.Errorf("%w: the profile: %w", drivers.ErrReply, err)
	}
	return profile{doc: doc}, nil
}

// read adds the person's addresses where the service lists them apart. A list
// that the token may not read is none.
func (s preset) read(ctx context.Context, p *provider, t tokens, a profile) (profile, error) {
	if s.mails.path == "" || p.Fields.Email != "" {
		return a, nil
	}
	a.mails = true
	list, err := s.mails.find(ctx, p, t, a)
	var answer *statusError
	switch {
	case errors.As(err, &answer) && !answer.limited && (answer.status == http.StatusForbidden || answer.status == http.StatusNotFound):
		return a, nil
	case err != nil:
		return profile{}, err
	}
	a.email, a.verified = s.mails.choose(list)
	return a, nil
}

// find returns the list, which goth may have asked for already.
func (m mails) find(ctx context.Context, p *provider, t tokens, a profile) (any, error) {
	address := a.seen[0].address + m.path
	for _, one := range a.seen {
		if one.address == address {
			return one.value, nil
		}
	}
	body, err := p.get(ctx, address, t.Access)
	if err != nil {
		return nil, err
	}
	list, err := decode(body)
	if err != nil {
		return nil, fmt.Errorf("%w: the addresses: %w", drivers.ErrReply, err)
	}
	return list, nil
}

// choose returns the primary address, and whether it is verified.
func (m mails) choose(v any) (email string, verified bool) {
	if m.list != "" {
		v = below(v, m.list)
	}
	list, _ := v.([]any)
	for _, one := range list {
		o, _ := one.(map[string]any)
		if primary, _ := o[m.primary].(bool); primary {
			verified, _ = o[m.verified].(bool)
			return object(o).text("email"), verified
		}
	}
	return "", false
}

// recorder is the transport of one call of goth's: it ends with the call's
// context and keeps what was answered.
type recorder struct {
	ctx    context.Context // of the one call that the recorder lives for
	next   http.RoundTripper
	bearer string // moves the token out of the address; "" leaves it

	answers []answered
	err     error // the first thing that went wrong
}

// answered is an answer that was JSON.
type answered struct {
	address string // without a query
	value   any
	doc     object // nil when value is no object
}

// RoundTrip implements http.RoundTripper.
func (c *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	r = r.Clone(ctx)
	if c.bearer != "" {
		moveToken(r, c.bearer)
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", userAgent)
	}
	answer, err := c.take(r)
	if err != nil && c.err == nil {
		c.err = err
	}
	return answer, err
}

// take makes the call and reads the whole answer. Only 200 is one: a redirect
// is not followed.
func (c *recorder) take(r *http.Request) (*http.Response, error) {
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		answer.Request = r
		return nil, newStatusError(answer)
	}
	v, err := decode(body)
	if err != nil {
		return nil, fmt.Errorf("%w: the profile: %w", drivers.ErrReply, err)
	}
	doc, _ := v.(map[string]any)
	address := *r.URL
	address.RawQuery = ""
	c.answers = append(c.answers, answered{address.String(), v, doc})
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// moveToken puts a token where it is not logged (RFC 6750 §2.3).
func moveToken(r *http.Request, access string) {
	q := r.URL.Query()
	q.Del("access_token")
	q.Del("oauth_token")
	r.URL.RawQuery = q.Encode()
	r.Header.Set("Authorization", "Bearer "+access)
}

var _ http.RoundTripper = (*recorder)(nil)
