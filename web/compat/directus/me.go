package directus

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

const (
	// ownProvider is what Directus calls its own passwords.
	ownProvider = "default"
	// masked is written for a secret that is there.
	masked = "**********"
)

// me returns the person who asks.
func (d *Directus) me(w http.ResponseWriter, r *http.Request) error {
	access, err := d.access(r)
	if err != nil {
		return err
	}
	c, a, err := d.person(r.Context(), access)
	if err != nil {
		if access != "" && access == d.Cookies.Session(r) && wire.Final(err) {
			d.Cookies.Drop(w, sessions.ModeSession)
		}
		return err
	}
	wire.ExchangeOf(r.Context()).Provider = c.Provider
	return d.tell(w, r, c, a)
}

// person finds who has an access token, as the database has them now.
func (d *Directus) person(ctx context.Context, access string) (token.Claims, broker.Account, error) {
	c, err := d.Broker.Whoami(ctx, access)
	if err != nil {
		return c, broker.Account{}, err
	}
	a, err := d.Broker.Present(ctx, c.SessionID)
	if errors.Is(err, sessions.ErrNotFound) { // ended a moment ago
		err = &broker.Error{Code: broker.CodeTokenInvalid, Err: err}
	}
	return c, a, err
}

// tell writes those of a person's fields that were asked for.
func (d *Directus) tell(w http.ResponseWriter, r *http.Request, c token.Claims, a broker.Account) error {
	all := map[string]any{
		"id": a.ID, "email": orNull(a.Email), "first_name": orNull(a.GivenName), "last_name": orNull(a.FamilyName),
		"role": c.Role, "status": string(a.Status), "provider": c.Provider, "external_identifier": nil,
		"tfa_secret": nil, "avatar": orNull(a.Picture),
	}
	if a.GivenName == "" && a.FamilyName == "" {
		all["first_name"] = orNull(a.Name)
	}
	if a.SecondFactor {
		all["tfa_secret"] = masked
	}
	if c.Provider == broker.LocalRealm {
		all["provider"] = ownProvider
	}
	return wire.JSON(w, http.StatusOK, data{selected(all, r.URL.Query())})
}

// orNull writes what is not known as Directus does.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// selected are the fields that a query asks for, in either of the two ways to
// write a list: fields=a,b and fields[]=a. A field of something nested is that
// thing. One that is not known is left out.
func selected(all map[string]any, q url.Values) map[string]any {
	var names []string
	for _, list := range slices.Concat(q["fields"], q["fields[]"]) {
		for name := range strings.SplitSeq(list, ",") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), ".")
			names = append(names, name)
		}
	}
	if len(names) == 0 || slices.Contains(names, "*") {
		return all
	}
	some := map[string]any{}
	for _, name := range names {
		if value, known := all[name]; known {
			some[name] = value
		}
	}
	return some
}

// change is the body of a change of one's own. What is not kept here at all, or
// needs more proof than an access token, is refused instead of passed over:
// nobody is to believe that it was changed.
type change struct {
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	Email     *string `json:"email"`
	Password  *string `json:"password"`
}

// changeMe changes how who asks is called.
func (d *Directus) changeMe(w http.ResponseWriter, r *http.Request) error {
	access, err := d.access(r)
	if err != nil {
		return err
	}
	var in change
	if err := wire.DecodeExact(w, r, &in); err != nil {
		return err
	}
	c, before, err := d.person(r.Context(), access)
	if err != nil {
		return err
	}
	if err := in.allowed(before); err != nil {
		return err
	}
	if in.FirstName == nil && in.LastName == nil {
		return d.tell(w, r, c, before)
	}
	after, err := d.Broker.ChangeProfile(r.Context(), broker.ProfileChange{
		Access: access, GivenName: in.FirstName, FamilyName: in.LastName, Client: wire.ClientOf(r),
	})
	if err != nil {
		return err
	}
	return d.tell(w, r, c, after)
}

// allowed refuses what is changed elsewhere. An address that stays as it is may
// be there, as forms send it.
func (in change) allowed(before broker.Account) error {
	switch {
	case in.Password != nil:
		return broker.Fail(broker.CodePayload, `"password" is changed with the one before, at PUT /auth/me/password`)
	case in.Email != nil && *in.Email != before.Email:
		return broker.Fail(broker.CodePayload, `"email" is changed at PUT /auth/me/email, and counts when its letter was answered`)
	}
	return nil
}
