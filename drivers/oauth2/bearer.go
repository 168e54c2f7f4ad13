package oauth2

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/bearer"
)

// Bearer says which access tokens are taken that the provider gave to others.
// The zero one takes none.
type Bearer struct {
	// Introspect asks the provider about each token (RFC 7662), at
	// IntrospectURL.
	Introspect    bool
	IntrospectURL string
	// Audience lists what must be in a token's aud, or be its azp or client_id;
	// none for the client's id.
	Audience []string
}

// Issued reports a token that could be the provider's: anything but a JWT of
// an issuer that is at none of the provider's own hosts. Which issuer it is
// nobody has written down.
func (p *provider) Issued(token string) bool {
	if !bearer.IsToken(token) {
		return false
	}
	issuer, known := bearer.Issuer(token)
	return !known || p.couldIssue(issuer)
}

// couldIssue reports an issuer at a host that the operator wrote down, or that
// the preset's service is at.
func (p *provider) couldIssue(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && u.Hostname() != "" && slices.Contains(p.hosts, strings.ToLower(u.Hostname()))
}

// ReadBearer implements drivers.BearerReader. The provider says whether a token
// is good and whom it is for; who the person is comes from the profile, as when
// signing in: sub need not be what fields.id leads to.
func (p *provider) ReadBearer(ctx context.Context, token string) (drivers.Bearer, error) {
	if !bearer.IsToken(token) {
		return drivers.Bearer{}, fmt.Errorf("%w: it is no token", drivers.ErrCredentials)
	}
	expires, err := p.introspect(ctx, token)
	if err != nil {
		return drivers.Bearer{}, bearer.Sentinel(err)
	}
	t := tokens{Access: token}
	answer, err := p.service.profile(ctx, p, t)
	var refused *statusError
	switch {
	case errors.As(err, &refused) && refused.refuses():
		return drivers.Bearer{}, fmt.Errorf("%w: the profile: %v", drivers.ErrCredentials, err)
	case err != nil:
		return drivers.Bearer{}, bearer.Sentinel(err)
	}
	id, err := p.describe(ctx, answer)
	if err != nil {
		return drivers.Bearer{}, bearer.Sentinel(err)
	}
	id.Claims = furtherClaims(answer.doc, t)
	return drivers.Bearer{Identity: id, Expires: expires}, nil
}

// introspect asks the provider about a token (RFC 7662 §2). It returns the end
// of one that is good and for us. A JWT of another kind is not asked about.
func (p *provider) introspect(ctx context.Context, token string) (time.Time, error) {
	if body, ok := bearer.Payload(token); ok {
		if said, err := readClaims(body); err == nil && !p.ours(said) {
			return time.Time{}, errors.New("it is another issuer's, or of another kind")
		}
	}
	said, err := p.askAbout(ctx, token)
	if err != nil {
		return time.Time{}, err
	}
	if !p.ours(said) {
		return time.Time{}, errors.New("it is another issuer's, or of another kind")
	}
	if err := said.CheckAudience(p.Bearer.Audience); err != nil {
		return time.Time{}, err
	}
	return said.Expires(p.Now())
}

// ours reports claims of an access token that may be the provider's.
func (p *provider) ours(c bearer.Claims) bool {
	return c.CheckKind() == nil && (!c.Has("iss") || p.couldIssue(c.Text("iss")))
}

func readClaims(body []byte) (bearer.Claims, error) {
	o, err := decodeObject(body)
	return bearer.Claims(o), err
}

// askAbout returns what the provider says of an active token.
func (p *provider) askAbout(ctx context.Context, token string) (bearer.Claims, error) {
	r, err := p.question(ctx, token)
	if err != nil {
		return nil, err
	}
	return bearer.Ask(bearer.Question{Client: p.client, Request: r, Read: readClaims})
}

// question asks as the token endpoint is asked (RFC 6749 §2.3.1).
func (p *provider) question(ctx context.Context, token string) (*http.Request, error) {
	form := bearer.Form(token)
	if p.ClientAuth == authPost {
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Bearer.IntrospectURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("an address of the provider cannot be called")
	}
	if p.ClientAuth == authBasic {
		r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	return r, nil
}

var _ drivers.BearerReader = (*provider)(nil)
