package openid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// metadata is what we use of a provider's metadata (OpenID Connect Discovery
// §3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	UserInfo      string   `json:"userinfo_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Introspection string   `json:"introspection_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	// IssInReply says that every reply names the issuer (RFC 9207 §3).
	IssInReply bool `json:"authorization_response_iss_parameter_supported"`
}

// metadata returns the provider's, from memory when it is fresh.
func (p *provider) metadata(ctx context.Context) (metadata, error) {
	return p.discovery.get(ctx, fresh, 0)
}

func (p *provider) discoveryURL() string {
	return strings.TrimSuffix(p.Issuer, "/") + "/.well-known/openid-configuration"
}

func (p *provider) fetchDiscovery(ctx context.Context) ([]byte, metadata, error) {
	body, err := p.fetch(ctx, p.discoveryURL())
	if err != nil {
		return nil, metadata{}, err
	}
	m, err := p.parseDiscovery(body)
	return body, m, err
}

func (p *provider) parseDiscovery(body []byte) (m metadata, err error) {
	if err := decode(body, &m); err != nil {
		return m, fmt.Errorf("%w: discovery: %w", drivers.ErrUnavailable, err)
	}
	if !p.ownIssuer(m.Issuer) {
		return m, fmt.Errorf("%w: discovery names the issuer %.200q, the configuration %q", drivers.ErrMisconfigured, m.Issuer, p.Issuer)
	}
	for name, address := range map[string]string{"authorization_endpoint": m.Authorization, "token_endpoint": m.Token, "jwks_uri": m.Keys} {
		if address == "" {
			return m, fmt.Errorf("%w: discovery names no %s", drivers.ErrMisconfigured, name)
		}
	}
	if !p.Bearer.Introspect || p.Bearer.IntrospectURL != "" {
		m.Introspection = p.Bearer.IntrospectURL // what discovery says is of no use
	}
	for _, address := range []string{m.Authorization, m.Token, m.Keys, m.UserInfo, m.EndSession, m.Introspection} {
		if err := p.checkAddress(address); address != "" && err != nil {
			return m, fmt.Errorf("%w: discovery: %w", drivers.ErrMisconfigured, err)
		}
	}
	return m, nil
}

// checkAddress looks at an address that only a document named. Where it leads
// is seen when it is called.
func (p *provider) checkAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%.200q is no address to call", address)
	case u.Scheme != "https" && !(p.Insecure && u.Scheme == "http"):
		return fmt.Errorf("%.200q is not https", address)
	}
	return nil
}

// fetch reads a document: 200 and JSON, nothing else.
func (p *provider) fetch(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
	}
	r.Header.Set("Accept", "application/json")
	return p.read(r)
}

// read makes a call and returns the body of a good answer.
func (p *provider) read(r *http.Request) ([]byte, error) {
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, failed(r.Context(), err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody))
	if err != nil {
		return nil, failed(r.Context(), err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, &statusError{what: r.URL.Path, status: answer.StatusCode}
	}
	return body, nil
}

// failed is a call that brought no answer.
func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", drivers.ErrUnavailable, ctx.Err())
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // its address may hold what is not for the log
	}
	return fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
}

// statusError is an answer that is no good one.
type statusError struct {
	what   string
	status int
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answered %d", e.what, e.status) }

// Is makes it drivers.ErrUnavailable.
func (e *statusError) Is(target error) bool { return target == drivers.ErrUnavailable }
