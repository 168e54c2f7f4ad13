package graphql

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// tokens is auth_tokens. What the mode keeps from scripts is null.
type tokens struct {
	AccessToken  *string
	Expires      *float64 // life of the access token in milliseconds
	RefreshToken *string
}

// ServerPing is the one query: a schema needs one.
func (d *desk) ServerPing() *string { return optional("pong") }

// AuthLogin signs in with a password of the default provider.
func (d *desk) AuthLogin(ctx context.Context, a struct {
	Email, Password string
	Mode, OTP       *string
},
) (out *tokens, err error) {
	mode := sessions.Mode(text(a.Mode))
	if mode == "" {
		mode = sessions.ModeJSON
	}
	err = d.ask("POST /auth/login", func() error {
		if err := required(argument{"email", a.Email}, argument{"password", a.Password}); err != nil {
			return err
		}
		l, err := d.Broker.SignIn(ctx, broker.Credentials{
			Login: a.Email, Password: a.Password, OTP: text(a.OTP), Mode: mode, Client: wire.ClientOf(d.call.r),
		})
		if err != nil {
			wire.ExchangeOf(ctx).Outcome = "refused"
			return err
		}
		out = d.give(ctx, l, "signed_in")
		return nil
	}, a.Email, a.Password, text(a.OTP))
	return out, err
}

// presented are the arguments of a refresh and of a logout.
type presented struct{ RefreshToken, Mode *string }

// AuthRefresh uses a refresh token, or the cookie of the mode. A cookie that was
// refused is taken away.
func (d *desk) AuthRefresh(ctx context.Context, a presented) (out *tokens, err error) {
	err = d.ask("POST /auth/refresh", func() error {
		n, fromCookie := d.Cookies.Renewal(d.call.r, text(a.RefreshToken), sessions.Mode(text(a.Mode)))
		if n.Refresh == "" && n.Session == "" {
			return wire.NothingPresented()
		}
		l, err := d.Broker.Renew(ctx, n)
		if err != nil {
			wire.ExchangeOf(ctx).Outcome = "refused"
			if fromCookie && wire.Final(err) {
				d.call.cookies = func() { d.Cookies.Drop(d.call.w, n.Mode) }
			}
			return err
		}
		out = d.give(ctx, l, "refreshed")
		return nil
	}, text(a.RefreshToken))
	return out, err
}

// give hands out a login in the way its mode says.
func (d *desk) give(ctx context.Context, l broker.Login, outcome string) *tokens {
	x := wire.ExchangeOf(ctx)
	x.Provider, x.Outcome = l.Claims.Provider, outcome
	d.call.cookies = func() { d.Cookies.Set(d.call.w, l) }
	shown, life := wire.Readable(l), float64(l.Life.Milliseconds())
	return &tokens{AccessToken: optional(shown.Access), Expires: &life, RefreshToken: optional(shown.Refresh)}
}

// AuthLogout ends every session whose credential the request carries, whatever
// the mode.
func (d *desk) AuthLogout(ctx context.Context, a presented) (*bool, error) {
	return done(d.ask("POST /auth/logout", func() error {
		all := d.Cookies.Farewells(d.call.r, text(a.RefreshToken))
		if len(all) == 0 {
			return wire.NothingPresented()
		}
		for _, f := range all {
			if err := d.Broker.Leave(ctx, f); err != nil {
				return err
			}
		}
		wire.ExchangeOf(ctx).Outcome = "signed_out"
		d.call.cookies = func() { d.Cookies.ClearSent(d.call.w, d.call.r) }
		return nil
	}, text(a.RefreshToken)))
}

// AuthPasswordRequest asks for a letter to choose a new password.
func (d *desk) AuthPasswordRequest(ctx context.Context, a struct {
	Email    string
	ResetURL *string
},
) (*bool, error) {
	return done(d.ask("POST /auth/password/request", func() error {
		if err := required(argument{"email", a.Email}); err != nil {
			return err
		}
		return d.Broker.RequestReset(ctx, broker.ResetRequest{
			Email: a.Email, ResetURL: text(a.ResetURL), Client: wire.ClientOf(d.call.r),
		})
	}, a.Email, text(a.ResetURL)))
}

// AuthPasswordReset sets the password that a person chose with a letter's token.
func (d *desk) AuthPasswordReset(ctx context.Context, a struct{ Token, Password string }) (*bool, error) {
	return done(d.ask("POST /auth/password/reset", func() error {
		if err := required(argument{"token", a.Token}, argument{"password", a.Password}); err != nil {
			return err
		}
		return d.Broker.ResetPassword(ctx, broker.NewPassword{
			Token: a.Token, Password: a.Password, Client: wire.ClientOf(d.call.r),
		})
	}, a.Token, a.Password))
}

// ask asks once a request, whatever the document says, and counts it at the
// native route where the same is asked. Values are those of the caller that are
// passed on: an escape in a document can write what no JSON holds.
func (d *desk) ask(route string, question func() error, values ...string) error {
	if d.call.asked {
		return broker.Fail(broker.CodePayload, onlyOne)
	}
	d.call.asked = true
	for _, v := range values {
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return broker.Fail(broker.CodePayload, "a value has a NUL or is not valid UTF-8")
		}
	}
	return d.Limit(d.call.w, d.call.r, route, question)
}

// argument is a value with its name.
type argument struct{ name, value string }

// required names the first argument that is empty.
func required(all ...argument) error {
	for _, a := range all {
		if a.value == "" {
			return broker.Fail(broker.CodePayload, `"`+a.name+`" is required`)
		}
	}
	return nil
}

// done is true unless there is an error.
func done(err error) (*bool, error) {
	ok := true
	if err != nil {
		return nil, err
	}
	return &ok, nil
}

// text is "" for null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// optional is null for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
