package oauth2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/markbates/goth"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// profile is what a service says about a person.
type profile struct {
	doc object
	// user is goth's reading of it, for what no path leads to. Its id is not
	// used: numbers have lost their last digits in it.
	user goth.User
	// seen is what the service answered, the profile first; empty for a server
	// that no preset knows.
	seen []answered
	// mails says that the service lists addresses apart: then email and
	// verified count, and nothing else does.
	mails    bool
	email    string
	verified bool
}

// askProfile asks the profile address of a server of its own.
func askProfile(ctx context.Context, p *provider, t tokens) (profile, error) {
	body, err := p.get(ctx, p.ProfileURL, t.Access)
	if err != nil {
		return profile{}, err
	}
	doc, err := decodeObject(body)
	if err != nil {
		return profile{}, fmt.Errorf("%w: the profile: %w", drivers.ErrReply, err)
	}
	return profile{doc: doc}, nil
}

// get asks an address, with a bearer token in the header (RFC 6750 §2.1) unless
// it is empty.
func (p *provider) get(ctx context.Context, address, access string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("an address of the provider cannot be called")
	}
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent) // some refuse the usual one
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
		return nil, newStatusError(answer)
	}
	return body, nil
}

const userAgent = "Signet"

// statusError is an answer that is no good one. It is drivers.ErrUnavailable
// to errors.Is: the person has done nothing wrong.
type statusError struct {
	host    string // not the path, which holds a token at one service
	status  int
	limited bool // the service says that we ask too often
}

func newStatusError(answer *http.Response) *statusError {
	h := answer.Header
	return &statusError{
		host: answer.Request.URL.Host, status: answer.StatusCode,
		limited: h.Get("Retry-After") != "" || h.Get("X-RateLimit-Remaining") == "0",
	}
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answers %d", quoted(e.host), e.status) }

// Is makes it drivers.ErrUnavailable.
func (e *statusError) Is(target error) bool { return target == drivers.ErrUnavailable }

// refuses reports that the service does not take the token any more.
func (e *statusError) refuses() bool {
	return e.status == http.StatusUnauthorized || e.status == http.StatusForbidden && !e.limited
}

// isCall reports an error of a call, not of its answer.
func isCall(err error) bool {
	var u *url.Error
	return errors.As(err, &u)
}

// failed is a call that brought no answer, or one that cannot be read. The
// address is left out: some services carry a token in it.
func failed(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", drivers.ErrUnavailable, ctx.Err())
	case errors.Is(err, drivers.ErrReply), errors.Is(err, drivers.ErrUnavailable):
		return err
	case errors.Is(err, outbound.ErrTooLarge):
		return fmt.Errorf("%w: %w", drivers.ErrReply, err)
	}
	return fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
}
