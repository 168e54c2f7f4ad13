package ldap

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers"
)

// Open checks a configuration and returns its driver, whose Password ability
// is a [*Directory]. It reads the files that the configuration names and makes
// no network call. The error lists everything that is wrong.
//
// Recheck is set when there is a service account, Check always. Close drops
// the kept connections; calls that are running finish.
func Open(c Config) (drivers.Driver, error) {
	if _, ok := Presets[cmp.Or(c.Preset, DefaultPreset)]; !ok {
		return drivers.Driver{}, fmt.Errorf("preset %q is not known", c.Preset)
	}
	d := &Directory{explicitFilter: c.Users.Filter != "", cfg: c.withDefaults()}
	if err := errors.Join(d.prepare(), d.cfg.checkAttributes(), d.cfg.checkFilters()); err != nil {
		return drivers.Driver{}, err
	}
	out := drivers.Driver{Password: d, Check: checker{d}, Close: d.close}
	if d.service != nil {
		out.Recheck = d
	}
	return out, nil
}

// prepare parses what has a syntax and makes the pools.
func (d *Directory) prepare() error {
	tlsConfig, errTLS := d.cfg.tlsConfig()
	all, errServers := d.cfg.servers()
	errBind := d.cfg.checkBind()
	if d.cfg.DNTemplate != "" {
		t, err := parseTemplate(d.cfg.DNTemplate)
		if err != nil {
			return err
		}
		d.template = &t
		d.cfg.Users.Base = cmp.Or(d.cfg.Users.Base, t.base())
	}
	if err := errors.Join(errTLS, errServers, errBind, d.bases()); err != nil {
		return err
	}
	d.dialer = &dialer{
		servers: newServers(all, d.cfg.Now), tls: tlsConfig, startTLS: d.cfg.StartTLS,
		connect: d.cfg.Timeouts.Connect, request: d.cfg.Timeouts.Request, log: d.cfg.Logger,
	}
	d.makePools()
	return nil
}

func (d *Directory) bases() error {
	searched := d.template == nil || d.template.dn == nil
	var errs []error
	if d.cfg.Users.Base == "" && searched {
		errs = append(errs, errors.New("users.base is missing"))
	}
	var err error
	if d.userBase, err = parseBase("users.base", d.cfg.Users.Base); err != nil {
		errs = append(errs, err)
	}
	if d.groupBase, err = parseBase("groups.base", d.cfg.Groups.Base); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// parseBase is nil for an empty base.
func parseBase(key, text string) (*goldap.DN, error) {
	if text == "" {
		return nil, nil
	}
	dn, err := parseDN(text)
	if err != nil {
		return nil, fmt.Errorf("%s %q is not a DN: %w", key, text, err)
	}
	return dn, nil
}

func (c Config) servers() ([]*server, error) {
	if len(c.URLs) == 0 {
		return nil, errors.New("url is missing")
	}
	var all []*server
	var errs []error
	for _, u := range c.URLs {
		s, err := parseServer(u)
		switch {
		case err != nil:
			errs = append(errs, err)
			continue
		case s.tls && c.StartTLS:
			errs = append(errs, fmt.Errorf("url %q is TLS already; start_tls is for ldap://", u))
		case !s.tls && !c.StartTLS && !c.Insecure:
			errs = append(errs, fmt.Errorf("url %q sends passwords in clear text: use ldaps://, or start_tls, or permit it with insecure", u))
		}
		all = append(all, s)
	}
	return all, errors.Join(errs...)
}

func (c Config) checkBind() error {
	switch {
	case c.BindDN != "" && c.BindPassword == "":
		return errors.New("bind_dn has no bind_password; the directory would take the bind as anonymous")
	case c.BindDN == "" && c.BindPassword != "":
		return errors.New("bind_password has no bind_dn")
	case c.BindDN == "" && c.DNTemplate == "":
		return errors.New("neither bind_dn nor dn_template says how people are found")
	}
	return nil
}

// tlsConfig has no way to skip the check of a certificate.
func (c Config) tlsConfig() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.CA}
	if c.CA == nil && c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %s holds no PEM certificate", c.CAFile)
		}
	}
	switch {
	case c.ClientCert != nil:
		t.Certificates = []tls.Certificate{*c.ClientCert}
	case c.ClientCertFile != "" || c.ClientKeyFile != "":
		pair, err := tls.LoadX509KeyPair(c.ClientCertFile, c.ClientKeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// descriptor is an attribute's name or OID (RFC 4512 §1.4). Only these go into
// filters unescaped.
var descriptor = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)$`)

func (c Config) checkAttributes() error {
	var errs []error
	u, g := c.Users, c.Groups
	need := map[string]string{"users.id": u.ID, "users.login": u.Login, "groups.member": g.Member, "groups.name": g.Name}
	may := map[string]string{"users.name": u.Name, "users.given_name": u.GivenName,
		"users.family_name": u.FamilyName, "users.email": u.Email, "users.picture": u.Picture}
	for key, name := range need {
		if !descriptor.MatchString(name) {
			errs = append(errs, fmt.Errorf("%s %q is not the name of an attribute", key, name))
		}
	}
	for key, name := range may {
		if name != "" && !descriptor.MatchString(name) {
			errs = append(errs, fmt.Errorf("%s %q is not the name of an attribute", key, name))
		}
	}
	for key, scope := range map[string]string{"users.scope": u.Scope, "groups.scope": g.Scope} {
		if _, ok := scopes[scope]; !ok {
			errs = append(errs, fmt.Errorf("%s %q is none of base, one, sub", key, scope))
		}
	}
	if strings.EqualFold(u.ID, u.Email) || strings.EqualFold(u.ID, u.Login) {
		errs = append(errs, fmt.Errorf("users.id %q can be given to somebody else; name an attribute that never changes, such as entryUUID", u.ID))
	}
	if !slices.Contains([]string{nestedNone, nestedWalk, nestedInChain}, g.Nested) {
		errs = append(errs, fmt.Errorf("groups.nested %q is none of none, walk, in_chain", g.Nested))
	}
	return errors.Join(errs...)
}

func (c Config) checkFilters() error {
	var errs []error
	if !strings.Contains(c.Users.Filter, placeholder) {
		errs = append(errs, fmt.Errorf("users.filter %q does not hold %s", c.Users.Filter, placeholder))
	}
	for _, f := range []string{filterFor(c.Users.Filter, "x"), filterForAnyone(c.Users.Filter)} {
		if _, err := goldap.CompileFilter(f); err != nil {
			errs = append(errs, fmt.Errorf("users.filter %q: %w", c.Users.Filter, err))
			break
		}
	}
	if c.Groups.Filter != "" {
		if _, err := goldap.CompileFilter(c.Groups.Filter); err != nil {
			errs = append(errs, fmt.Errorf("groups.filter %q: %w", c.Groups.Filter, err))
		}
	}
	return errors.Join(errs...)
}
