package ldap

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers"
)

// scopes are the words of the configuration (RFC 4511 §4.5.1.2).
var scopes = map[string]int{
	"base": goldap.ScopeBaseObject,
	"one":  goldap.ScopeSingleLevel,
	"sub":  goldap.ScopeWholeSubtree,
}

// Directory is an open LDAP driver. It is safe for concurrent use.
type Directory struct {
	cfg            Config
	explicitFilter bool      // users.filter is the operator's, not the preset's
	template       *template // nil: people are searched
	userBase       *goldap.DN
	groupBase      *goldap.DN

	dialer  *dialer
	service *account // nil: people read their own entries
	proof   *prover
}

// Stats counts the connections of a driver.
type Stats struct {
	Search PoolStats // bound as the service account
	Bind   PoolStats // that prove passwords
}

// Stats counts the connections at this moment.
func (d *Directory) Stats() Stats {
	s := Stats{Bind: d.proof.pool.stats()}
	if d.service != nil {
		s.Search = d.service.pool.stats()
	}
	return s
}

func (d *Directory) makePools() {
	greetNobody := func(context.Context, *conn) error { return nil }
	d.proof = &prover{pool: d.newPool(d.cfg.Pool.Bind, func(ctx context.Context) (*conn, error) {
		return d.dialer.open(ctx, greetNobody)
	})}
	if !Presets[cmp.Or(d.cfg.Preset, DefaultPreset)].NoControls {
		d.proof.controls = policyControls()
	}
	if d.cfg.BindDN == "" {
		return
	}
	a := &account{dn: d.cfg.BindDN, password: d.cfg.BindPassword, now: d.cfg.Now}
	a.pool = d.newPool(d.cfg.Pool.Search, func(ctx context.Context) (*conn, error) {
		if err := a.rested(); err != nil {
			return nil, err
		}
		return d.dialer.open(ctx, a.greet)
	})
	d.service = a
}

func (d *Directory) newPool(size int, open func(context.Context) (*conn, error)) *pool {
	return &pool{
		open: open, fail: d.dialer.servers.fail, slots: make(chan struct{}, size),
		queue: int64(d.cfg.Pool.Queue), age: d.cfg.Pool.Idle, now: d.cfg.Now,
	}
}

// close drops what is kept. Calls that are running finish, and one that still
// comes opens what it needs and keeps nothing, so that a reload costs no login.
func (d *Directory) close() error {
	d.proof.pool.close()
	if d.service != nil {
		d.service.pool.close()
	}
	return nil
}

// attributes are those asked for of a person.
func (d *Directory) attributes() []string {
	u := d.cfg.Users
	names := statusAttributes()
	for _, name := range []string{u.ID, u.Login, u.Name, u.GivenName, u.FamilyName, u.Email, u.Picture} {
		if name != "" {
			names = append(names, name)
		}
	}
	if d.cfg.Groups.ofPerson() {
		names = append(names, memberOf)
	}
	return names
}

// identity reads the profile out of an entry.
func (d *Directory) identity(e entry) (drivers.Identity, error) {
	u := d.cfg.Users
	subject, err := e.subject(u.ID)
	if err != nil {
		return drivers.Identity{}, unavailable(fmt.Errorf("entry %s: %w", printable(e.dn), err))
	}
	login := e.text(u.Login, maxLogin)
	if login == "" {
		return drivers.Identity{}, unavailable(fmt.Errorf("entry %s has no %s; users.login must name an attribute that every person has", printable(e.dn), u.Login))
	}
	in := drivers.Identity{
		Subject:    subject,
		Login:      login,
		Name:       e.text(u.Name, maxValue),
		GivenName:  e.text(u.GivenName, maxValue),
		FamilyName: e.text(u.FamilyName, maxValue),
		Email:      e.email(u.Email),
		Picture:    picture(e.text(u.Picture, maxPicture)),
		AMR:        []string{"pwd"},
	}
	in.EmailVerified = d.cfg.EmailVerified && in.Email != ""
	return in, nil
}

// picture is the address in a labeledURI (RFC 2079: a label may follow it), if
// it is one that a page may show.
func picture(v string) string {
	address, _, _ := strings.Cut(v, " ")
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}
