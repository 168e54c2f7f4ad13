package ldap_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/e2e/parts"
)

// searching is the configuration of a service account over StartTLS.
func searching(d *parts.Directory) ldap.Config {
	return ldap.Config{
		URLs: []string{d.URL}, StartTLS: true, CA: d.CA,
		BindDN: parts.ReaderDN, BindPassword: parts.ReaderPassword,
		Users:  ldap.Users{Base: parts.PeopleDN, Filter: "(|(uid={login})(mail={login}))"},
		Groups: ldap.Groups{Base: parts.GroupsDN},
	}
}

// direct is the configuration of a DN template, with no service account.
func direct(d *parts.Directory) ldap.Config {
	c := searching(d)
	c.BindDN, c.BindPassword, c.Users = "", "", ldap.Users{}
	c.DNTemplate = "uid={login}," + parts.PeopleDN
	return c
}

// both is a DN template with a service account that reads.
func both(d *parts.Directory) ldap.Config {
	c := direct(d)
	c.BindDN, c.BindPassword = parts.ReaderDN, parts.ReaderPassword
	return c
}

func open(t testing.TB, c ldap.Config) drivers.Driver {
	t.Helper()
	d, err := ldap.Open(c)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func signIn(t testing.TB, d drivers.Driver, login string) drivers.Identity {
	t.Helper()
	in, err := d.Password.Authenticate(t.Context(), login, parts.PersonPassword)
	if err != nil {
		t.Fatalf("%s signs in: got %v, want no error", login, err)
	}
	return in
}

func recheck(t testing.TB, d drivers.Driver, subject string) drivers.Identity {
	t.Helper()
	in, err := d.Recheck.Recheck(t.Context(), subject, nil)
	if err != nil {
		t.Fatalf("recheck: got %v, want no error", err)
	}
	return in
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func wantGroups(t testing.TB, in drivers.Identity, want ...string) {
	t.Helper()
	if !slices.Equal(in.Groups, want) {
		t.Errorf("groups: got %q, want %q", in.Groups, want)
	}
}

func authenticate(ctx context.Context, d drivers.Driver, login, password string) error {
	_, err := d.Password.Authenticate(ctx, login, password)
	return err
}

func TestDriverKeepsTheContract(t *testing.T) {
	for name, configure := range map[string]func(*parts.Directory) ldap.Config{
		"search with a service account":   searching,
		"template with a service account": both,
		"template alone":                  direct,
	} {
		t.Run(name, func(t *testing.T) {
			dir := parts.Slapd(t, parts.SlapdOptions{})
			dir.Set(parts.PersonDN("bob"), "userPassword", "another secret of bob")
			dir.Add("uid=carol,"+parts.PeopleDN, map[string][]string{
				"objectClass": {"inetOrgPerson", "shadowAccount"}, "uid": {"carol"}, "cn": {"Carol"}, "sn": {"C"},
				"userPassword": {"secret of carol"}, "shadowExpire": {"1"}})
			way := newRelay(t, dir.URL)
			cfg := configure(dir)
			cfg.URLs = []string{way.URL}
			d := open(t, cfg)
			f := drivertest.PasswordFixture{
				Driver:   d,
				Person:   drivertest.Person{Login: "alice", Password: parts.PersonPassword, Subject: dir.UUID(parts.PersonDN("alice"))},
				Other:    &drivertest.Person{Login: "bob", Password: "another secret of bob", Subject: dir.UUID(parts.PersonDN("bob"))},
				Disabled: &drivertest.Person{Login: "carol", Password: "secret of carol", Subject: dir.UUID(parts.PersonDN("carol"))},
				Unknown:  "nobody",
				Break:    way.Break, Stall: way.Stall,
				Rename: func(testing.TB) string {
					dir.Rename(parts.PersonDN("alice"), "uid=alicia")
					return "alicia"
				},
			}
			if cfg.DNTemplate == "" {
				f.Aliases = []string{"alice@example.org", "ALICE"}
			}
			drivertest.TestPassword(t, f)
		})
	}
}

func TestPeopleSignInOverEveryTransport(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	startTLS := searching(dir)
	tls := searching(dir)
	tls.URLs, tls.StartTLS, tls.CA, tls.CAFile = []string{dir.URLS}, false, nil, dir.CAFile
	plain := searching(dir)
	plain.StartTLS, plain.CA, plain.Insecure = false, nil, true
	for transport, base := range map[string]ldap.Config{"ldap with StartTLS": startTLS, "ldaps": tls, "plain text, permitted": plain} {
		template := base
		template.BindDN, template.BindPassword, template.Users = "", "", ldap.Users{}
		template.DNTemplate = "uid={login}," + parts.PeopleDN
		for way, cfg := range map[string]ldap.Config{"search": base, "template": template} {
			t.Run(transport+", "+way, func(t *testing.T) {
				in := signIn(t, open(t, cfg), "alice")
				if in.Email != "alice@example.org" || in.Name != "Alice Liddell" || in.GivenName != "Alice" || in.FamilyName != "Liddell" || in.Login != "alice" {
					t.Errorf("profile: got %+v, want that of alice", in)
				}
				wantGroups(t, in, "staff")
				wantErr(t, authenticate(t.Context(), open(t, cfg), "alice", "wrong"), drivers.ErrCredentials)
			})
		}
	}
}

func TestD04_NamesAreEscapedExactlyOnce(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	for way, cfg := range map[string]ldap.Config{"search": searching(dir), "template": direct(dir), "template and account": both(dir)} {
		d := open(t, cfg)
		for _, login := range []string{"müller (x)", "o'brien", "a#b", "ü", "a+b", "müller, jörg"} {
			t.Run(way+": "+login+" signs in", func(t *testing.T) {
				if in := signIn(t, d, login); in.Login != login {
					t.Errorf("login: got %q, want %q", in.Login, login)
				}
			})
		}
	}
}

func TestPeopleSignInByMail(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	d := open(t, searching(dir))
	if byMail, byUID := signIn(t, d, "alice@example.org"), signIn(t, d, "alice"); byMail.Subject != byUID.Subject {
		t.Errorf("subject: got %q by mail and %q by uid, want the same", byMail.Subject, byUID.Subject)
	}
}

func TestD16_TheIdentityKeyIsImmutable(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	d := open(t, searching(dir))
	before := signIn(t, d, "alice")
	t.Run("a renamed person keeps the subject", func(t *testing.T) {
		dir.Rename(parts.PersonDN("alice"), "uid=alicia")
		if after := signIn(t, d, "alicia"); after.Subject != before.Subject {
			t.Errorf("subject: got %q, want %q", after.Subject, before.Subject)
		}
		if after := recheck(t, d, before.Subject); after.Login != "alicia" {
			t.Errorf("login at recheck: got %q, want alicia", after.Login)
		}
	})
	t.Run("a new person with the old name and mail is somebody else", func(t *testing.T) {
		dir.Delete(parts.PersonDN("alicia"))
		dir.Add(parts.PersonDN("alice"), parts.Person("alice", "Alice", "Liddell", "alice@example.org"))
		if after := signIn(t, d, "alice"); after.Subject == before.Subject {
			t.Errorf("subject: got %q again, want another", after.Subject)
		}
		_, err := d.Recheck.Recheck(t.Context(), before.Subject, nil)
		wantErr(t, err, drivers.ErrRefused)
	})
}

func TestGroupsAreFoundInEveryShape(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	staff := "cn=staff," + parts.GroupsDN
	for name, c := range map[string]struct {
		groups ldap.Groups
		want   []string
	}{
		"member":                       {ldap.Groups{}, []string{"staff"}},
		"member, walked in a circle":   {ldap.Groups{Nested: "walk"}, []string{"circle", "everyone", "staff"}},
		"member, walked to a depth":    {ldap.Groups{Nested: "walk", Depth: 1}, []string{"everyone", "staff"}},
		"memberOf":                     {ldap.Groups{Member: "memberOf"}, []string{"staff"}},
		"memberOf, walked in a circle": {ldap.Groups{Member: "memberOf", Nested: "walk"}, []string{"circle", "everyone", "staff"}},
		"memberOf, other name":         {ldap.Groups{Member: "memberOf", Name: "description"}, nil},
		"memberUid":                    {ldap.Groups{Member: "memberUid"}, []string{"developers"}},
		"uniqueMember":                 {ldap.Groups{Member: "uniqueMember"}, []string{"coders"}},
		"named by DN":                  {ldap.Groups{Name: "dn"}, []string{staff}},
		"a filter narrows":             {ldap.Groups{Filter: "(cn=nothing)"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for way, cfg := range map[string]ldap.Config{"search": searching(dir), "template": direct(dir)} {
				c.groups.Base = parts.GroupsDN
				cfg.Groups = c.groups
				in := signIn(t, open(t, cfg), "alice")
				if !slices.Equal(in.Groups, c.want) {
					t.Errorf("%s: got %q, want %q", way, in.Groups, c.want)
				}
			}
		})
	}
	t.Run("a comma in a name is part of it", func(t *testing.T) {
		wantGroups(t, signIn(t, open(t, searching(dir)), "bob"), "admins, local")
	})
}

func TestRecheckSeesWhatChanged(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	d := open(t, searching(dir))
	alice, bob := signIn(t, d, "alice"), signIn(t, d, "bob")
	t.Run("nothing changed, the identity is the same", func(t *testing.T) {
		if in := recheck(t, d, alice.Subject); in.Subject != alice.Subject || !slices.Equal(in.Groups, alice.Groups) {
			t.Errorf("got %+v, want %+v", in, alice)
		}
	})
	t.Run("a removed group is gone", func(t *testing.T) {
		dir.Set(parts.GroupDN("staff"), "member", parts.PersonDN("bob"))
		wantGroups(t, recheck(t, d, alice.Subject))
		wantGroups(t, recheck(t, d, bob.Subject), "admins, local", "staff")
	})
	t.Run("a person whom the filter no longer finds is refused", func(t *testing.T) {
		c := searching(dir)
		c.Users.Filter = "(&(uid={login})(description=in))"
		narrow := open(t, c)
		_, err := narrow.Recheck.Recheck(t.Context(), bob.Subject, nil)
		wantErr(t, err, drivers.ErrRefused)
		dir.Set(parts.PersonDN("bob"), "description", "in")
		recheck(t, narrow, bob.Subject)
	})
	t.Run("a subject that was never given is refused", func(t *testing.T) {
		for _, s := range []string{"", "*", ")(uid=*", strings.Repeat("x", 300), "00000000-0000-0000-0000-000000000000"} {
			_, err := d.Recheck.Recheck(t.Context(), s, nil)
			wantErr(t, err, drivers.ErrRefused)
		}
	})
	t.Run("without a service account nobody can be asked about", func(t *testing.T) {
		if d := open(t, direct(dir)); d.Recheck != nil {
			t.Errorf("got a Recheck, want none")
		}
	})
}

func TestDisabledPeopleAreRefused(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	d := open(t, searching(dir))
	bob := signIn(t, d, "bob")
	t.Run("locked by the password policy: neither password works", func(t *testing.T) {
		dir.Set(parts.PolicyDN, "pwdLockout", "TRUE")
		dir.Set(parts.PersonDN("bob"), "pwdAccountLockedTime", "000001010000Z")
		wantErr(t, authenticate(t.Context(), d, "bob", "wrong"), drivers.ErrCredentials)
		wantErr(t, authenticate(t.Context(), d, "bob", parts.PersonPassword), drivers.ErrCredentials)
		_, err := d.Recheck.Recheck(t.Context(), bob.Subject, nil)
		wantErr(t, err, drivers.ErrRefused)
		dir.Set(parts.PersonDN("bob"), "pwdAccountLockedTime")
		recheck(t, d, bob.Subject)
	})
	t.Run("D-31 a password that must be changed is refused once it is right", func(t *testing.T) {
		dir.Set(parts.PolicyDN, "pwdMustChange", "TRUE")
		dir.Set(parts.PersonDN("bob"), "pwdReset", "TRUE")
		for _, cfg := range []ldap.Config{searching(dir), direct(dir), both(dir)} {
			d := open(t, cfg)
			wantErr(t, authenticate(t.Context(), d, "bob", "wrong"), drivers.ErrCredentials)
			wantErr(t, authenticate(t.Context(), d, "bob", parts.PersonPassword), drivers.ErrRefused)
		}
		dir.Set(parts.PersonDN("bob"), "pwdReset")
	})
	t.Run("D-31 a grace login is refused", func(t *testing.T) {
		dir.Set(parts.PolicyDN, "pwdMaxAge", "1")
		dir.Set(parts.PolicyDN, "pwdGraceAuthNLimit", "5")
		dir.Set(parts.PersonDN("alice"), "pwdChangedTime", "20200101000000Z")
		wantErr(t, authenticate(t.Context(), d, "alice", parts.PersonPassword), drivers.ErrRefused)
		dir.Set(parts.PolicyDN, "pwdGraceAuthNLimit", "0")
		wantErr(t, authenticate(t.Context(), d, "alice", parts.PersonPassword), drivers.ErrRefused)
		wantErr(t, authenticate(t.Context(), d, "alice", "wrong"), drivers.ErrCredentials)
	})
}
