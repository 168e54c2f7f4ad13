package bearer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// Question is one question about a token (RFC 7662 §2.1).
type Question struct {
	// Client makes the call; it comes from package outbound.
	Client *http.Client
	// Request names the client and the token.
	Request *http.Request
	// Read reads a JSON object that has one reading.
	Read func([]byte) (Claims, error)
}

// Form is what a question holds besides the client's proof.
func Form(token string) url.Values {
	return url.Values{"token": {token}, "token_type_hint": {"access_token"}}
}

// Ask makes the call and returns what the provider says of an active token.
// The error is drivers.ErrUnavailable when there was no answer, or none of RFC
// 7662, drivers.ErrMisconfigured when the client may not ask, and no sentinel
// when the token is not good. It shows nothing that the provider may have
// repeated but an error code.
func Ask(q Question) (Claims, error) {
	ctx := q.Request.Context()
	answer, err := q.Client.Do(q.Request)
	if err != nil {
		return nil, failed(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody))
	if err != nil {
		return nil, failed(ctx, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, q.refusal(answer.StatusCode, body)
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	claims, err := q.Read(body)
	if kind != "application/json" || err != nil {
		return nil, fmt.Errorf("%w: introspection answers with %s that is no JSON of one reading", drivers.ErrUnavailable, quoted(kind))
	}
	active, ok := claims["active"].(bool)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: introspection does not say whether the token is active", drivers.ErrUnavailable)
	case !active:
		return nil, errors.New("it is not active")
	}
	delete(claims, "active") // it says nothing about the person
	return claims, nil
}

// failed is a call that brought no answer, or one that cannot be read.
func failed(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("%w: introspection: %w", drivers.ErrUnavailable, err)
}

// aboutToken are the statuses that a token's own shape can bring about.
var aboutToken = []int{
	http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusRequestHeaderFieldsTooLarge,
}

// refusal sorts an answer that is none about the token (RFC 7662 §2.3).
// Whoever presents a token chooses its length and letters: what a provider
// finds wrong with those must not count as its failure.
func (q Question) refusal(status int, body []byte) error {
	word := ""
	if said, err := q.Read(body); err == nil {
		word = said.Text("error")
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

// quoted is a provider's word as a log can carry it.
func quoted(s string) string { return fmt.Sprintf("%.100s", strconv.QuoteToASCII(s)) }

// Sentinel sorts what was wrong with a token: all that is neither the
// provider's fault nor a person's who may not enter is the token's.
func Sentinel(err error) error {
	if errors.Is(err, drivers.ErrUnavailable) || errors.Is(err, drivers.ErrRefused) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: access token: %v", drivers.ErrCredentials, err)
}
