package graphql

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/graph-gophers/graphql-go/errors"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// call is one request with its mutation.
type call struct {
	*Interface
	w      http.ResponseWriter
	r      *http.Request
	called bool // a mutation was reached
}

// tokens is auth_tokens.
type tokens struct{ login broker.Login }

// AccessToken is null in mode session, where only the cookie has it.
func (t tokens) AccessToken() *string {
	if t.login.Mode == sessions.ModeSession {
		return nil
	}
	return &t.login.Access
}

// Expires is the life of the access token in milliseconds.
func (t tokens) Expires() *float64 {
	ms := float64(t.login.Life.Milliseconds())
	return &ms
}

// RefreshToken is null unless the mode is json.
func (t tokens) RefreshToken() *string {
	if t.login.Mode != sessions.ModeJSON {
		return nil
	}
	return &t.login.Refresh
}

// ServerPing is the one query: a schema needs one.
func (c *call) ServerPing() *string {
	pong := "pong"
	return &pong
}

// AuthLogin signs in with a local password.
func (c *call) AuthLogin(ctx context.Context, a struct {
	Email, Password string
	Mode, Otp       *string
}) (*tokens, error) {
	c.called = true
	l, err := c.Broker.SignIn(ctx, broker.Credentials{
		Login: a.Email, Password: a.Password, OTP: text(a.Otp), Mode: mode(a.Mode, sessions.ModeJSON), Client: wire.ClientOf(c.r),
	})
	if err != nil {
		return nil, err
	}
	return c.give(l), nil
}

// AuthRefresh uses a refresh token, or the cookie of the mode.
func (c *call) AuthRefresh(ctx context.Context, a struct {
	RefreshToken *string `graphql:"refresh_token"`
	Mode         *string
}) (*tokens, error) {
	c.called = true
	n := broker.Renewal{Refresh: text(a.RefreshToken), Client: wire.ClientOf(c.r)}
	n.Mode = mode(a.Mode, map[bool]sessions.Mode{true: sessions.ModeJSON, false: sessions.ModeCookie}[n.Refresh != ""])
	switch {
	case n.Mode == sessions.ModeSession:
		n.Refresh, n.Session = "", c.Cookies.Session(c.r)
	case n.Mode == sessions.ModeCookie && n.Refresh == "":
		n.Refresh = c.Cookies.Refresh(c.r)
	}
	if n.Refresh == "" && n.Session == "" {
		return nil, broker.Fail(broker.CodePayload, "the refresh token is required in either the payload or cookie")
	}
	l, err := c.Broker.Renew(ctx, n)
	if err != nil {
		return nil, err
	}
	return c.give(l), nil
}

func (c *call) give(l broker.Login) *tokens {
	c.Cookies.Set(c.w, l)
	return &tokens{l}
}

// AuthLogout ends every session whose credential the request carries.
func (c *call) AuthLogout(ctx context.Context, a struct {
	RefreshToken *string `graphql:"refresh_token"`
	Mode         *string
}) (*bool, error) {
	c.called = true
	some := false
	for _, f := range []broker.Farewell{{Refresh: text(a.RefreshToken)}, {Refresh: c.Cookies.Refresh(c.r)}, {Session: c.Cookies.Session(c.r)}} {
		if f.Refresh == "" && f.Session == "" {
			continue
		}
		some, f.Client = true, wire.ClientOf(c.r)
		if err := c.Broker.Leave(ctx, f); err != nil {
			return nil, err
		}
	}
	if !some {
		return nil, broker.Fail(broker.CodePayload, "the refresh token is required in either the payload or cookie")
	}
	c.Cookies.ClearSent(c.w, c.r)
	return &some, nil
}

// AuthPasswordRequest asks for a letter to choose a new password.
func (c *call) AuthPasswordRequest(ctx context.Context, a struct {
	Email    string
	ResetURL *string `graphql:"reset_url"`
}) (*bool, error) {
	c.called = true
	return done(c.Broker.RequestReset(ctx, broker.ResetRequest{Email: a.Email, ResetURL: text(a.ResetURL), Client: wire.ClientOf(c.r)}))
}

// AuthPasswordReset sets the password that a person chose with a letter's token.
func (c *call) AuthPasswordReset(ctx context.Context, a struct{ Token, Password string }) (*bool, error) {
	c.called = true
	return done(c.Broker.ResetPassword(ctx, broker.NewPassword{Token: a.Token, Password: a.Password, Client: wire.ClientOf(c.r)}))
}

func done(err error) (*bool, error) {
	ok := true
	if err != nil {
		return nil, err
	}
	return &ok, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func mode(s *string, otherwise sessions.Mode) sessions.Mode {
	if s == nil {
		return otherwise
	}
	return sessions.Mode(*s)
}

// silent keeps the library from writing to the log by itself: a panic is an
// internal error like any other.
type silent struct{}

// LogPanic implements the library's logger.
func (silent) LogPanic(context.Context, any) {}

// MakePanicError implements the library's panic handler.
func (silent) MakePanicError(_ context.Context, value any) *errors.QueryError {
	return &errors.QueryError{ResolverError: fmt.Errorf("panic: %v", value)}
}

// rawData is the library's data, null for none.
func rawData(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return json.RawMessage(b)
}
