package oauth2

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// How far a provider's e-mail addresses are trusted.
const (
	// TrustClaim counts an address as verified when the profile says so with
	// the boolean true. What is absent is not true.
	TrustClaim = "verified_claim"
	// TrustNever counts none.
	TrustNever = "never"
	// TrustDomains counts those in the domains that the operator vouches for.
	TrustDomains = "domains"
)

// How a client sends its secret to the token endpoint (RFC 6749 §2.3.1).
const (
	authBasic = "client_secret_basic"
	authPost  = "client_secret_post"
)

// Config is one provider as configured. Name, ClientID, ClientSecret, and a
// Preset or the three addresses with Fields.ID, are needed.
type Config struct {
	Name   string
	Preset string // see [Presets]; "" for none

	// BaseURL is a self-hosted instance of the preset, without what the service
	// adds to it.
	BaseURL string
	// AuthorizeURL, TokenURL and ProfileURL are a server's own, or stand in for
	// those of a preset that can be self-hosted; then all three are needed.
	AuthorizeURL, TokenURL, ProfileURL string

	ClientID     string
	ClientSecret string
	ClientAuth   string   // client_secret_basic or client_secret_post; "": the preset's, or basic
	Scopes       []string // none: the preset's
	Fields       Fields   // an empty one: the preset's

	EmailTrust   string   // TrustClaim, TrustNever, TrustDomains; "": the preset's, or never
	EmailDomains []string // in small letters, for TrustDomains

	Bearer Bearer // access tokens of others

	Hosts    []string // may be called though they have no public address
	Insecure bool     // permits http
	CAFile   string
	Timeout  time.Duration // for one call; 0 is 10 seconds

	Now    func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil for none
}

// Fields says where a profile holds what, as dotted paths: teams.name is the
// name of each team, data.0.id the id of the first of a list.
type Fields struct {
	ID, Login, Name, GivenName, FamilyName, Email, EmailVerified, Picture, Groups string
}

// Open returns the driver of a provider. It makes no network call.
func Open(c Config) (drivers.Driver, error) {
	s, err := find(c)
	if err != nil {
		return drivers.Driver{}, err
	}
	c = complete(c, s.preset)
	if err := c.check(s.preset); err != nil {
		return drivers.Driver{}, err
	}
	hosts, err := c.hosts(s)
	if err != nil {
		return drivers.Driver{}, err
	}
	client, err := outbound.New(outbound.Config{Hosts: hosts, Plain: c.Insecure, CAFile: c.CAFile, Timeout: c.Timeout})
	if err != nil {
		return drivers.Driver{}, err
	}
	p := &provider{Config: c, service: s, client: client, hosts: hosts}
	d := drivers.Driver{
		Redirect: p, Recheck: p, Check: p, Codes: p,
		Close: func() error { client.CloseIdleConnections(); return nil },
	}
	if c.Bearer.Introspect {
		d.Bearer = p
	}
	return d, nil
}

// provider is an open provider. It is safe for concurrent use.
type provider struct {
	Config
	service service
	client  *http.Client
	hosts   []string // that the operator wrote down, or the service's, in small letters
}

// service is what is behind a provider: where it is, and how its profile is
// asked for.
type service struct {
	preset    preset
	authorize string // may have a query of the service's own
	token     string
	profile   func(ctx context.Context, p *provider, t tokens) (profile, error)
}

// find returns the service that a configuration speaks of.
func find(c Config) (service, error) {
	if c.Preset != "" {
		return known(c)
	}
	switch {
	case c.AuthorizeURL == "" || c.TokenURL == "" || c.ProfileURL == "":
		return service{}, errors.New("a preset, or authorize_url, token_url and profile_url are needed")
	case c.BaseURL != "":
		return service{}, errors.New("base_url is for a preset")
	case c.Fields.ID == "":
		return service{}, errors.New("fields.id is needed: where the profile holds the person's immutable id")
	}
	return service{authorize: c.AuthorizeURL, token: c.TokenURL, profile: askProfile}, nil
}

// complete fills in what the preset brings and what has a default.
func complete(c Config, s preset) Config {
	if len(c.Scopes) == 0 {
		c.Scopes = s.scopes
	}
	c.ClientAuth = or(c.ClientAuth, or(s.auth, authBasic))
	c.EmailTrust = or(c.EmailTrust, or(s.trust, TrustNever))
	c.Fields = c.Fields.over(s.fields)
	if len(c.Bearer.Audience) == 0 {
		c.Bearer.Audience = []string{c.ClientID}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// check finds what no sign-in could work with.
func (c Config) check(s preset) error {
	switch {
	case c.ClientID == "":
		return errors.New("a client id is needed")
	case c.ClientSecret == "":
		return errors.New("a client secret is needed")
	case c.ClientAuth != authBasic && c.ClientAuth != authPost:
		return fmt.Errorf("client_auth %q is neither %s nor %s", c.ClientAuth, authBasic, authPost)
	case c.EmailTrust != TrustClaim && c.EmailTrust != TrustNever && c.EmailTrust != TrustDomains:
		return fmt.Errorf("email_trust %q is none of %s, %s, %s", c.EmailTrust, TrustClaim, TrustNever, TrustDomains)
	case c.EmailTrust == TrustDomains && len(c.EmailDomains) == 0:
		return errors.New("email_trust: domains needs email_domains")
	case c.EmailTrust == TrustClaim && c.Fields.EmailVerified == "" && s.mails.path == "":
		return errors.New("email_trust: verified_claim needs fields.email_verified")
	case c.Bearer.Introspect && c.Bearer.IntrospectURL == "":
		return errors.New("introspect needs introspect_url")
	case c.Fields.ID == c.Fields.Email:
		return errors.New("fields.id is the e-mail address, which can be given to somebody else")
	}
	return nil
}

// hosts are those that the operator wrote down, in whatever key, in small
// letters.
func (c Config) hosts(s service) ([]string, error) {
	var hosts []string
	for _, h := range c.Hosts {
		hosts = append(hosts, strings.ToLower(h))
	}
	for _, address := range []string{c.BaseURL, c.AuthorizeURL, c.TokenURL, c.ProfileURL, c.Bearer.IntrospectURL, s.authorize, s.token} {
		if address == "" {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			return nil, errors.New("an address of the provider is no absolute web address")
		}
		if u.Scheme != "https" && !(u.Scheme == "http" && c.Insecure) {
			return nil, fmt.Errorf("%s is not https; plain text needs insecure: true", u.Host)
		}
		hosts = append(hosts, strings.ToLower(u.Hostname()))
	}
	return hosts, nil
}

// over returns f with what is empty taken from other.
func (f Fields) over(other Fields) Fields {
	return Fields{
		ID: or(f.ID, other.ID), Login: or(f.Login, other.Login), Name: or(f.Name, other.Name),
		GivenName: or(f.GivenName, other.GivenName), FamilyName: or(f.FamilyName, other.FamilyName),
		Email: or(f.Email, other.Email), EmailVerified: or(f.EmailVerified, other.EmailVerified),
		Picture: or(f.Picture, other.Picture), Groups: or(f.Groups, other.Groups),
	}
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
