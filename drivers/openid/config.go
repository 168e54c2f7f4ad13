package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// Config is one provider as configured. Name, ClientID, and Issuer or a Preset
// that has one, are needed.
type Config struct {
	Name   string
	Preset string // see [Presets]; "" for none
	Issuer string // to the letter as the provider writes it

	// Tenant is the directory of the preset microsoft: an id, a domain, or
	// organizations, common or consumers. Tenants are the ids of the directories
	// whose people may enter; none lets in those of Tenant.
	Tenant  string
	Tenants []string

	ClientID     string
	ClientSecret string
	// ClientAuth is one of the methods of OpenID Connect Core §9:
	// client_secret_basic, client_secret_post, private_key_jwt, none; "" for
	// private_key_jwt when there is a key, else what discovery names.
	ClientAuth   string
	PrivateKey   []byte // PEM, for private_key_jwt and the preset apple
	PrivateKeyID string
	TeamID       string // of the preset apple

	Scopes       []string // none: the preset's, or openid, profile and email
	Fields       Fields
	Algorithms   []string // signatures accepted on ID tokens; none: every asymmetric one
	ResponseMode string   // query or form_post; "": the preset's, or query
	Prompt       string
	MaxAge       time.Duration // 0 for any
	ACR          []string      // one of them is demanded; none for any
	UserInfo     bool          // ask the userinfo address too
	Logout       bool          // people sign out at the provider too
	Bearer       Bearer        // access tokens of others

	Hosts    []string // may be called though they have no public address
	Insecure bool     // permits http
	CAFile   string
	Timeout  time.Duration // for one call; 0 is 10 seconds

	Documents Documents        // nil keeps nothing
	Now       func() time.Time // nil is time.Now
	Logger    *slog.Logger     // nil for none
}

// Bearer says which access tokens are taken that the provider gave to others,
// and how they are read; see [drivers.BearerReader]. The zero one takes none.
type Bearer struct {
	// JWKS verifies JWTs with the provider's keys. Introspect asks the provider
	// about each token (RFC 7662), at IntrospectURL or where discovery says. At
	// most one of the two is set.
	JWKS, Introspect bool
	IntrospectURL    string
	// Audience lists what must be in a token's aud, or be its azp or client_id;
	// none for the client's id.
	Audience []string
}

// Documents keeps what providers published, across restarts. A Document that
// was never kept has an empty body.
type Documents interface {
	Document(ctx context.Context, provider, kind string) (body []byte, fetched time.Time, err error)
	KeepDocument(ctx context.Context, provider, kind string, body []byte, fetched time.Time) error
}

// Fields says which claim holds what, as dotted paths. An empty one is the
// standard claim (OpenID Connect Core §5.1), and groups for the groups.
type Fields struct {
	Login, Name, GivenName, FamilyName, Email, EmailVerified, Picture, Groups string
}

// Open returns the driver of a provider. It makes no network call.
func Open(c Config) (drivers.Driver, error) {
	c, h, err := complete(c)
	if err == nil {
		err = c.readTokens(h)
	}
	if err != nil {
		return drivers.Driver{}, err
	}
	issuer, err := url.Parse(c.Issuer)
	if err != nil {
		return drivers.Driver{}, fmt.Errorf("issuer: %w", err)
	}
	hosts, err := c.hosts(issuer)
	if err != nil {
		return drivers.Driver{}, err
	}
	client, err := outbound.New(outbound.Config{
		Hosts: hosts, Plain: c.Insecure, CAFile: c.CAFile, Timeout: c.Timeout,
	})
	if err != nil {
		return drivers.Driver{}, err
	}
	p := &provider{Config: c, habits: h, client: client}
	if p.auth, err = newClientAuth(c, h); err != nil {
		return drivers.Driver{}, err
	}
	p.discovery = newDocument(p, "discovery", p.fetchDiscovery, p.parseDiscovery)
	p.keys = newDocument(p, "keys", p.fetchKeys, parseKeys)
	d := drivers.Driver{
		Redirect: p, Recheck: p, Ended: p, Weather: p, Check: p,
		FormPost: c.ResponseMode == "form_post",
		Close:    func() error { client.CloseIdleConnections(); return nil },
	}
	if c.Logout {
		d.Logout = p
	}
	if c.Bearer.JWKS || c.Bearer.Introspect {
		d.Bearer = p
	}
	if p.auth.proves() {
		d.Codes = p
	}
	return d, nil
}

// provider is an open provider. It is safe for concurrent use.
type provider struct {
	Config
	habits    habits
	client    *http.Client
	auth      clientAuth
	discovery *document[metadata]
	keys      *document[keySet]
}

// complete fills in what the preset brings and what has a default.
func complete(c Config) (Config, habits, error) {
	h, ok := presets[c.Preset]
	if !ok {
		return c, h, fmt.Errorf("no preset is called %q; there are %s", c.Preset, strings.Join(presetNames(), ", "))
	}
	if c.Preset == "microsoft" {
		if err := c.microsoft(); err != nil {
			return c, h, err
		}
	}
	c.Issuer = or(c.Issuer, h.issuer)
	switch {
	case c.Issuer == "":
		return c, h, errors.New("an issuer is needed")
	case c.ClientID == "":
		return c, h, errors.New("a client id is needed")
	}
	if len(c.Scopes) == 0 {
		c.Scopes = or2(h.scopes, standardScopes)
	}
	if !slices.Contains(c.Scopes, "openid") && c.Preset != "apple" {
		return c, h, errors.New("openid is not among the scopes")
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = asymmetric
	}
	for _, a := range c.Algorithms {
		if !slices.Contains(asymmetric, a) {
			return c, h, fmt.Errorf("algorithm %q is not asymmetric", a)
		}
	}
	c.ResponseMode = or(c.ResponseMode, or(h.responseMode, "query"))
	c.Fields = c.Fields.over(h.fields).over(standardFields)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, h, nil
}

// microsoft makes the issuer of a tenant. One that stands for many needs a list
// of those whose people may enter: else anybody with an address is a customer.
func (c *Config) microsoft() error {
	many := slices.Contains([]string{"organizations", "common", "consumers"}, strings.ToLower(c.Tenant))
	switch {
	case c.Tenant == "" && c.Issuer == "":
		return errors.New("the preset microsoft needs a tenant")
	case many && len(c.Tenants) == 0:
		return fmt.Errorf("the tenant %s stands for everybody's: tenants must list those whose people may enter", c.Tenant)
	}
	c.Issuer = or(c.Issuer, "https://login.microsoftonline.com/"+url.PathEscape(c.Tenant)+"/v2.0")
	return nil
}

// over returns f with what is empty taken from other.
func (f Fields) over(other Fields) Fields {
	return Fields{
		Login: or(f.Login, other.Login), Name: or(f.Name, other.Name), GivenName: or(f.GivenName, other.GivenName),
		FamilyName: or(f.FamilyName, other.FamilyName), Email: or(f.Email, other.Email),
		EmailVerified: or(f.EmailVerified, other.EmailVerified), Picture: or(f.Picture, other.Picture), Groups: or(f.Groups, other.Groups),
	}
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

func or2(s, otherwise []string) []string {
	if len(s) > 0 {
		return s
	}
	return otherwise
}
