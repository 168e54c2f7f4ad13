package openid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// introspect asks the provider about a token (RFC 7662 §2). An active token
// must name whom it is for; without an expiry it counts for bearerLife.
func (p *provider) introspect(ctx context.Context, m metadata, token string) (object, time.Time, error) {
	if err := p.checkReadable(token); err != nil {
		return nil, time.Time{}, err
	}
	claims, err := p.askIntrospection(ctx, m, token)
	if err != nil {
		return nil, time.Time{}, err
	}
	active, ok := claims["active"].(bool)
	switch {
	case !ok:
		return nil, time.Time{}, fmt.Errorf("%w: introspection does not say whether the token is active", drivers.ErrUnavailable)
	case !active:
		return nil, time.Time{}, errors.New("it is not active")
	}
	expires, err := p.checkAnswer(m, claims)
	delete(claims, "active") // it says nothing about the person
	return claims, expires, err
}

// checkReadable refuses a JWT that is of another kind, or of another issuer,
// before the provider is asked: not every provider looks at the kind.
func (p *provider) checkReadable(token string) error {
	claims, err := payload(token)
	if err != nil || strings.Count(token, ".") != 2 {
		return nil // not for us to read
	}
	if claims.names("iss") && !p.couldIssue(claims.text("iss")) {
		return errors.New("it is another issuer's")
	}
	return checkKind(claims)
}

// checkAnswer holds the answer about an active token to what a token is held
// to. Times that are left out count as good; those that are there must be.
func (p *provider) checkAnswer(m metadata, claims object) (time.Time, error) {
	if claims.names("iss") {
		if err := p.checkIssuer(m, claims); err != nil {
			return time.Time{}, err
		}
	}
	now := p.Now()
	for _, name := range []string{"iat", "nbf"} {
		from, ok := claims.seconds(name)
		if claims.names(name) && (!ok || time.Unix(from, 0).After(now.Add(skew))) {
			return time.Time{}, fmt.Errorf("its %s is in the future, or no time", name)
		}
	}
	if err := errors.Join(checkKind(claims), p.checkMeant(claims)); err != nil {
		return time.Time{}, err
	}
	if !claims.names("exp") {
		return now.Add(bearerLife), nil
	}
	return p.expiry(claims)
}

// askIntrospection makes the call and reads the answer: one JSON object, with
// one reading.
func (p *provider) askIntrospection(ctx context.Context, m metadata, token string) (object, error) {
	if m.Introspection == "" {
		return nil, fmt.Errorf("%w: discovery names no introspection_endpoint; write introspect_url", drivers.ErrMisconfigured)
	}
	r, err := p.auth.post(ctx, m, m.Introspection, url.Values{"token": {token}, "token_type_hint": {"access_token"}})
	if err != nil {
		return nil, err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody))
	if err != nil {
		return nil, failed(ctx, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, introspectionError(answer.StatusCode, body)
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	claims, err := decodeObject(body)
	if kind != "application/json" || err != nil {
		return nil, fmt.Errorf("%w: introspection answers with %s that is no JSON of one reading", drivers.ErrUnavailable, quoted(kind))
	}
	return claims, nil
}

// introspectionError sorts an answer that is none about the token (RFC 7662
// §2.3). Whoever presents a token chooses its length and letters: what a
// provider finds wrong with those must not count as its failure.
func introspectionError(status int, body []byte) error {
	word := ""
	if said, err := decodeObject(body); err == nil {
		word = said.text("error")
	}
	said := fmt.Sprintf("introspection answers %d %s", status, quoted(word))
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s", drivers.ErrUnavailable, said)
	case word != "invalid_client" && word != "unauthorized_client" && slices.Contains(aboutToken, status):
		return errors.New(said)
	}
	return fmt.Errorf("%w: %s; check client_id, client_secret, client_auth and introspect_url", drivers.ErrMisconfigured, said)
}

// aboutToken are the statuses that a token's own shape can bring about.
var aboutToken = []int{
	http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusRequestHeaderFieldsTooLarge,
}
