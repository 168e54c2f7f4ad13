package openid

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

// hosts are those that the operator wrote down, in whatever key.
func (c Config) hosts(issuer *url.URL) ([]string, error) {
	hosts := append([]string{issuer.Hostname()}, c.Hosts...)
	if c.Bearer.IntrospectURL == "" {
		return hosts, nil
	}
	u, err := url.Parse(c.Bearer.IntrospectURL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("introspect_url is no absolute web address")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && c.Insecure) {
		return nil, fmt.Errorf("%s is not https; plain text needs insecure: true", u.Host)
	}
	return append(hosts, u.Hostname()), nil
}

// readTokens fills in whose access tokens count, and finds what cannot work.
func (c *Config) readTokens(h habits) error {
	switch {
	case c.Bearer.JWKS && c.Bearer.Introspect:
		return errors.New("access tokens are read with the provider's keys or by asking it, not both")
	case c.Bearer.Introspect && or(c.ClientAuth, h.auth) == authNone:
		return errors.New("a client that cannot prove itself may not ask about tokens (RFC 7662 §2.1)")
	}
	c.Bearer.Audience = or2(c.Bearer.Audience, []string{c.ClientID})
	return nil
}

// Issued reports a token that could be the provider's: a JWT with its issuer,
// and where the provider is asked about tokens everything that does not say
// whose it is.
func (p *provider) Issued(token string) bool {
	if !bearer.IsToken(token) {
		return false
	}
	issuer, known := bearer.Issuer(token)
	if !known {
		return p.Bearer.Introspect
	}
	return p.couldIssue(issuer)
}

// couldIssue reports an issuer that may be this one. Which of Microsoft's
// directories is meant may only be known once discovery was read.
func (p *provider) couldIssue(issuer string) bool {
	if issuer == p.Issuer {
		return true
	}
	if p.Preset != "microsoft" || microsoftIssuer.MatchString(p.Issuer) || !microsoftIssuer.MatchString(issuer) {
		return false
	}
	if len(p.Tenants) > 0 && !slices.ContainsFunc(p.Tenants, func(id string) bool { return strings.Contains(issuer, "/"+id+"/") }) {
		return false
	}
	m, known := p.discovery.known(usable)
	return !known || issuer == m.Issuer || strings.Contains(m.Issuer, "{tenantid}")
}

// ReadBearer implements drivers.BearerReader. What the operator demands of a
// sign-in (acr, max_age) is demanded of a token too.
func (p *provider) ReadBearer(ctx context.Context, token string) (drivers.Bearer, error) {
	if !bearer.IsToken(token) {
		return drivers.Bearer{}, fmt.Errorf("%w: it is no token", drivers.ErrCredentials)
	}
	if err := ctx.Err(); err != nil {
		return drivers.Bearer{}, err
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return drivers.Bearer{}, err
	}
	claims, expires, err := p.accessClaims(ctx, m, token)
	if err == nil {
		err = p.checkDemands(claims)
	}
	if err != nil {
		return drivers.Bearer{}, bearerError(err)
	}
	id := p.describe(ctx, claims)
	id.Session, id.Partial = "", p.bare(claims)
	return drivers.Bearer{Identity: id, Expires: expires}, nil
}

// accessClaims are what a good token says, with what userinfo adds.
func (p *provider) accessClaims(ctx context.Context, m metadata, token string) (object, time.Time, error) {
	read := p.readJWT
	if p.Bearer.Introspect {
		read = p.introspect
	}
	claims, expires, err := read(ctx, m, token)
	if err != nil {
		return nil, time.Time{}, err
	}
	claims, err = p.withUserInfo(ctx, m, token, claims)
	if err == nil && !printable(claims.text("sub"), 255) {
		err = errors.New("the subject is no text of 1 to 255 bytes")
	}
	return claims, expires, err
}

// withUserInfo adds what the userinfo address says, where a sign-in would ask
// there too. It is asked besides when the provider's word about a token leaves
// out whose it is, what kind of token it is, or all about the person; only a
// provider that was not needed may refuse.
func (p *provider) withUserInfo(ctx context.Context, m metadata, token string, claims object) (object, error) {
	told := claims.text("sub") != "" && bearer.Claims(claims).NamesKind()
	if !p.UserInfo && !(p.Bearer.Introspect && (!told || p.bare(claims))) {
		return claims, nil
	}
	if m.UserInfo == "" {
		if p.Bearer.Introspect && !told {
			return nil, errors.New("the provider tells too little about it, and has no userinfo address")
		}
		return claims, nil
	}
	more, err := p.askUserInfo(ctx, m, token)
	switch {
	case err != nil && refusesToken(err) && told && !p.UserInfo:
		return claims, nil
	case err != nil:
		return nil, err
	case claims["sub"] != nil && more.text("sub") != claims.text("sub"):
		return nil, errors.New("userinfo is about somebody else")
	}
	return p.merge(claims, more), nil
}

// bare reports claims that say nothing about a person but the subject: as
// access tokens may be (RFC 9068 §2.2).
func (p *provider) bare(claims object) bool {
	f := p.Fields
	return !slices.ContainsFunc([]string{f.Login, f.Name, f.GivenName, f.FamilyName, f.Email, f.Groups}, func(path string) bool {
		return claims.at(path) != nil
	})
}

// refusesToken reports an endpoint that does not take a token.
func refusesToken(err error) bool {
	var s *statusError
	return errors.As(err, &s) && (s.status == http.StatusUnauthorized || s.status == http.StatusForbidden)
}

// bearerError sorts what was wrong with a token.
func bearerError(err error) error {
	if refusesToken(err) {
		return fmt.Errorf("%w: access token: %v", drivers.ErrCredentials, err)
	}
	return bearer.Sentinel(err)
}

var _ drivers.BearerReader = (*provider)(nil)
