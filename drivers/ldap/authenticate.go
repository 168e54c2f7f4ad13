package ldap

import (
	"context"
	"errors"
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers"
)

var (
	errNobody  = errors.New("no entry has this name")
	errSeveral = errors.New("several entries have this name")
	errOutside = errors.New("the entry found is not below the base")
)

// nobody is the first part of a DN that no entry has. Binding as it takes the
// requests that a wrong password takes.
const nobody = "cn=signet-no-such-person"

// Authenticate proves a person by password, within Timeouts.Total.
//
// ErrCredentials: nobody, or several people, are found by the login, or the
// password is wrong. ErrRefused: the password is right, but the account is
// disabled, locked or expired, or the password has to be changed first.
// ErrUnavailable: the directory cannot be asked, or not about everything; a
// login without the groups it has is no login.
func (d *Directory) Authenticate(ctx context.Context, login, password string) (drivers.Identity, error) {
	if err := acceptable(login, password); err != nil {
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrCredentials, err)
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeouts.Total)
	defer cancel()
	if d.template == nil {
		return d.bySearch(ctx, login, password)
	}
	return d.byTemplate(ctx, login, password)
}

// bySearch finds the entry and proves the password as that entry.
func (d *Directory) bySearch(ctx context.Context, login, password string) (drivers.Identity, error) {
	e, err := d.find(ctx, d.service, filterFor(d.cfg.Users.Filter, login))
	switch {
	case unfound(err):
		if _, down := d.proof.prove(ctx, nobody+","+d.cfg.Users.Base, password); down != nil {
			return drivers.Identity{}, unavailable(down)
		}
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrCredentials, err)
	case err != nil:
		return drivers.Identity{}, unavailable(err)
	}
	if err := d.prove(ctx, e.dn, password); err != nil {
		return drivers.Identity{}, err
	}
	return d.admit(ctx, d.service, e)
}

func unfound(err error) bool {
	return errors.Is(err, errNobody) || errors.Is(err, errSeveral) || errors.Is(err, errOutside)
}

func (d *Directory) prove(ctx context.Context, name, password string) error {
	r, err := d.proof.prove(ctx, name, password)
	if err != nil {
		return unavailable(err)
	}
	return verdict(r)
}

// byTemplate proves the password by the name made from the login, and reads
// the entry afterwards.
func (d *Directory) byTemplate(ctx context.Context, login, password string) (drivers.Identity, error) {
	name, err := d.template.name(login)
	if err != nil {
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrCredentials, err)
	}
	p := proven{d: d, login: login, name: name, password: password}
	if d.service != nil {
		if err := d.prove(ctx, name, password); err != nil {
			return drivers.Identity{}, err
		}
		return p.read(ctx, d.service, d.prove)
	}
	return p.readAlone(ctx)
}

// proven is a person whose password was right for the name of a template.
type proven struct {
	d                     *Directory
	login, name, password string
}

// read finds the entry that the name stands for. A name that is no DN can
// stand for another entry than the filter finds, so the entry is proven too.
func (p proven) read(ctx context.Context, r reader, prove func(ctx context.Context, dn, password string) error) (drivers.Identity, error) {
	if p.d.template.dn != nil {
		e, err := p.d.own(ctx, r, p.name, p.login)
		if err != nil {
			return drivers.Identity{}, err
		}
		return p.d.admit(ctx, r, e)
	}
	e, err := p.d.find(ctx, r, filterFor(p.d.cfg.Users.Filter, p.login))
	switch {
	case unfound(err):
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrRefused, err)
	case err != nil:
		return drivers.Identity{}, unavailable(err)
	}
	if err := prove(ctx, e.dn, p.password); err != nil {
		return drivers.Identity{}, err
	}
	return p.d.admit(ctx, r, e)
}

// readAlone is read on the connection that proved the person.
func (p proven) readAlone(ctx context.Context) (drivers.Identity, error) {
	var in drivers.Identity
	err := p.d.proof.proveThen(ctx, p.name, p.password, func(c *conn, r result) (err error) {
		if err := verdict(r); err != nil {
			return err
		}
		in, err = p.read(ctx, c, func(ctx context.Context, dn, password string) error {
			r, err := c.bind(ctx, dn, password, p.d.proof.controls)
			if err != nil {
				return unavailable(err)
			}
			return verdict(r)
		})
		return err
	})
	if err != nil && !ours(err) {
		err = unavailable(err)
	}
	return in, err
}

// ours reports an error that already is one of the contract's.
func ours(err error) bool {
	return errors.Is(err, drivers.ErrCredentials) || errors.Is(err, drivers.ErrRefused) || errors.Is(err, drivers.ErrUnavailable)
}

// find returns the one entry below the base that a filter finds.
func (d *Directory) find(ctx context.Context, r reader, filter string) (entry, error) {
	found, err := r.search(ctx, query{base: d.cfg.Users.Base, scope: scopes[d.cfg.Users.Scope],
		filter: filter, attributes: d.attributes(), limit: 1})
	switch {
	case errors.Is(err, errTooMany):
		return entry{}, errSeveral
	case err != nil:
		return entry{}, err
	case len(found) == 0:
		return entry{}, errNobody
	case !below(d.userBase, found[0].dn):
		return entry{}, fmt.Errorf("%w: %s", errOutside, printable(found[0].dn))
	}
	return found[0], nil
}

// own reads the entry of a person who was proven under its DN.
func (d *Directory) own(ctx context.Context, r reader, dn, login string) (entry, error) {
	filter := "(objectClass=*)"
	if d.explicitFilter {
		filter = filterFor(d.cfg.Users.Filter, login)
	}
	found, err := r.search(ctx, query{base: dn, scope: goldap.ScopeBaseObject,
		filter: filter, attributes: d.attributes(), limit: 1})
	switch {
	case err != nil:
		return entry{}, unavailable(fmt.Errorf("read the entry: %w", err))
	case len(found) == 0 && d.explicitFilter:
		return entry{}, refused("users.filter does not find the person")
	case len(found) == 0:
		return entry{}, unavailable(errors.New("the entry cannot be read"))
	case !sameDN(found[0].dn, dn) || d.userBase != nil && !below(d.userBase, found[0].dn):
		return entry{}, refused("the entry found is not the one asked for")
	}
	return found[0], nil
}

// admit turns the entry of a proven person into an identity.
func (d *Directory) admit(ctx context.Context, r reader, e entry) (drivers.Identity, error) {
	if reason := e.barred(d.cfg.Now()); reason != "" {
		return drivers.Identity{}, refused(reason)
	}
	in, err := d.identity(e)
	if err != nil {
		return drivers.Identity{}, err
	}
	if in.Groups, err = d.groups(ctx, r, e); err != nil {
		return drivers.Identity{}, unavailable(fmt.Errorf("groups: %w", err))
	}
	return in, nil
}

// Recheck finds a person again by the immutable attribute. ErrRefused: gone,
// outside what users.filter permits, or barred. A lock of the password policy
// that ends by itself does not count: who guesses passwords must not end
// sessions.
func (d *Directory) Recheck(ctx context.Context, subject string, _ []byte) (drivers.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeouts.Total)
	defer cancel()
	filter, err := d.subjectFilter(subject)
	if err != nil {
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrRefused, err)
	}
	e, err := d.find(ctx, d.service, filter)
	switch {
	case unfound(err):
		return drivers.Identity{}, fmt.Errorf("%w: %w", drivers.ErrRefused, err)
	case err != nil:
		return drivers.Identity{}, unavailable(err)
	}
	in, err := d.admit(ctx, d.service, e)
	if err == nil && in.Subject != subject {
		return drivers.Identity{}, refused("the entry found has another id")
	}
	return in, err
}

func (d *Directory) subjectFilter(subject string) (string, error) {
	if subject == "" || len(subject) > maxSubject {
		return "", fmt.Errorf("subject of %d bytes", len(subject))
	}
	value := goldap.EscapeFilter(subject)
	if isGUIDAttribute(d.cfg.Users.ID) {
		raw, err := guidBytes(subject)
		if err != nil {
			return "", err
		}
		value = escapeBytes(raw)
	}
	id := "(" + d.cfg.Users.ID + "=" + value + ")"
	if d.template != nil && d.template.dn != nil && !d.explicitFilter {
		return id, nil
	}
	return "(&" + id + filterForAnyone(d.cfg.Users.Filter) + ")", nil
}
