package ldap_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

func TestD02_ALoginCannotChangeTheDN(t *testing.T) {
	for login, rdn := range map[string]string{
		"alice,ou=admins": `uid=alice\,ou=admins`,
		"alice+cn=root":   `uid=alice\+cn=root`,
		"#alice":          `uid=\#alice`,
		" alice":          `uid=\ alice`,
		"alice ":          `uid=alice\ `,
		`a\,b`:            `uid=a\\\,b`,
		`a"b`:             `uid=a\"b`,
		"a;b":             `uid=a\;b`,
		"a<b":             `uid=a\<b`,
		"a>b":             `uid=a\>b`,
		`\2c`:             `uid=\\2c`,
		"{login}":         `uid={login}`,
	} {
		t.Run("D-02 "+login+" stays one value on the wire", func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
			err := authenticate(t.Context(), open(t, alone(s)), login, secret)
			wantErr(t, err, drivers.ErrCredentials)
			log := s.Log()
			if want := rdn + "," + parts.PeopleDN; len(log) != 1 || log[0].Name != want {
				t.Errorf("requests: got %+v, want one bind as %s", log, want)
			}
		})
	}
	for _, login := range []string{"a\x00b", "a\nb", "\xff", ""} {
		t.Run("D-02 what cannot be represented is refused unasked", func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
			wantErr(t, authenticate(t.Context(), open(t, alone(s)), login, secret), drivers.ErrCredentials)
			wantCount(t, "connections", s.Accepted(), 0)
		})
	}
}

func TestD02_ALoginCannotChangeTheFilter(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
	d := open(t, plain(s))
	for login, filter := range map[string]string{
		"*":                    `(uid=\2a)`,
		"alice)(uid=*":         `(uid=alice\29\28uid=\2a)`,
		"*)(|(objectClass=*))": `(uid=\2a\29\28|\28objectClass=\2a\29\29)`,
		`al\69ce`:              `(uid=al\5c69ce)`,
	} {
		before := s.Count(userSearch)
		wantErr(t, authenticate(t.Context(), d, login, secret), drivers.ErrCredentials)
		wantCount(t, "searches for "+login, s.Count(userSearch), before+1)
		wantCount(t, filter, s.Count(func(p ldaptest.PDU) bool { return p.Filter == filter }), 1)
	}
}

func TestD02_ATemplateThatIsNoDN(t *testing.T) {
	upn := func(s *ldaptest.Server) ldap.Config {
		c := alone(s)
		c.DNTemplate = "{login}@example.org"
		return c
	}
	h := honest()
	h.People = append(h.People, ldaptest.Entry{DN: "alice@example.org", Password: secret})
	t.Run("the entry found is proven as well", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
		enters(t, open(t, upn(s)))
		wantCount(t, "binds as the entry", s.Count(bindsAs(aliceDN)), 1)
	})
	t.Run("a name that stands for somebody else's entry proves nobody", func(t *testing.T) {
		h.People = append(h.People, ldaptest.Entry{DN: "mallory@example.org", Password: "secret of mallory"})
		s := ldaptest.Start(t, ldaptest.Options{Script: except(h, userSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, h.People[1].Encode()), ldaptest.Message(p.ID, ldaptest.Done(0)))
		})})
		wantErr(t, authenticate(t.Context(), open(t, upn(s)), "mallory", "secret of mallory"), drivers.ErrCredentials)
	})
	t.Run("signs that would change the name are refused unasked", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
		for _, login := range []string{`CORP\alice`, "alice@evil.example", `a"b`, "a/b"} {
			wantErr(t, authenticate(t.Context(), open(t, upn(s)), login, secret), drivers.ErrCredentials)
		}
		wantCount(t, "connections", s.Accepted(), 0)
	})
}

// yes answers success to every bind, also to anonymous ones.
func yes(h *ldaptest.Honest) ldaptest.Script {
	return except(h, func(p ldaptest.PDU) bool { return p.Op == ldaptest.Bind }, reply(ldaptest.BindResult(0, "")))
}

func TestD05_AnEmptyPasswordNeverReachesTheNetwork(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.Options{Script: yes(honest())})
	for name, cfg := range map[string]ldap.Config{"search": plain(s), "template": alone(s)} {
		t.Run("D-05 "+name, func(t *testing.T) {
			in, err := open(t, cfg).Password.Authenticate(t.Context(), "alice", "")
			wantErr(t, err, drivers.ErrCredentials)
			if in.Subject != "" {
				t.Errorf("got identity %+v, want none", in)
			}
			wantCount(t, "connections", s.Accepted(), 0)
		})
	}
}

func TestD06_OddPasswords(t *testing.T) {
	for name, password := range map[string]string{
		"NUL": "\x00", "NUL in front": "\x00abc", "NUL behind": secret + "\x00", "a megabyte": strings.Repeat("x", 1<<20),
	} {
		t.Run("D-06 "+name+" is refused with no request", func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: yes(honest())})
			wantErr(t, authenticate(t.Context(), open(t, plain(s)), "alice", password), drivers.ErrCredentials)
			wantCount(t, "connections", s.Accepted(), 0)
		})
	}
	for _, password := range []string{"   ", " x ", "\t", "pässwörd", "\xff\xfe", "(*)"} {
		t.Run("D-06 other passwords are sent as they are", func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
			wantErr(t, authenticate(t.Context(), open(t, plain(s)), "alice", password), drivers.ErrCredentials)
			n := s.Count(func(p ldaptest.PDU) bool { return p.Name == aliceDN && p.Password == password })
			wantCount(t, "binds with that password", n, 1)
		})
	}
}

func TestAnUnknownPersonTakesTheRequestsOfAWrongPassword(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.Options{Script: yes(honest())})
	d := open(t, plain(s))
	enters(t, d)
	before := len(s.Log())
	wantErr(t, authenticate(t.Context(), d, "nobody", secret), drivers.ErrCredentials)
	var ops []byte
	for _, p := range s.Log()[before:] {
		ops = append(ops, p.Op)
	}
	if string(ops) != string([]byte{ldaptest.Search, ldaptest.Bind}) {
		t.Errorf("requests: got %x, want a search and a bind", ops)
	}
}

func TestD09_AnEntryOutsideTheBaseIsNobody(t *testing.T) {
	for name, dn := range map[string]string{
		"elsewhere":              "uid=alice,ou=admins," + parts.BaseDN,
		"the base as a value":    `uid=alice\,` + strings.ReplaceAll(parts.PeopleDN, ",", `\,`) + ",dc=evil",
		"the base as a suffix":   "uid=alice,ou=morepeople,dc=example,dc=org",
		"the same text, escaped": `uid=alice,x\,ou=people,dc=example,dc=org`,
		"no DN at all":           "alice",
		"empty":                  "",
	} {
		t.Run("D-09 "+name, func(t *testing.T) {
			h := honest()
			outside := h.People[1]
			outside.DN = dn
			s := ldaptest.Start(t, ldaptest.Options{Script: except(h, userSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
				s.Send(ldaptest.Message(p.ID, outside.Encode()), ldaptest.Message(p.ID, ldaptest.Done(0)))
			})})
			d := open(t, plain(s))
			wantErr(t, authenticate(t.Context(), d, "alice", secret), drivers.ErrCredentials)
			wantCount(t, "binds as that entry", s.Count(bindsAs(dn)), 0)
			_, err := d.Recheck.Recheck(t.Context(), aliceUUID, nil)
			wantErr(t, err, drivers.ErrRefused)
		})
	}
	t.Run("D-09 in template mode another entry than the one asked for is refused", func(t *testing.T) {
		h := honest()
		other := h.People[1]
		other.DN = "uid=bob," + parts.PeopleDN
		s := ldaptest.Start(t, ldaptest.Options{Script: except(h, isSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, other.Encode()), ldaptest.Message(p.ID, ldaptest.Done(0)))
		})})
		wantErr(t, authenticate(t.Context(), open(t, alone(s)), "alice", secret), drivers.ErrRefused)
	})
}

func TestSeveralMatchesAreNobody(t *testing.T) {
	h := honest()
	s := ldaptest.Start(t, ldaptest.Options{})
	two := func(s *ldaptest.Session, p ldaptest.PDU) {
		e := ldaptest.Message(p.ID, h.People[1].Encode())
		s.Send(e, e, ldaptest.Message(p.ID, ldaptest.Done(0)))
	}
	cut := func(s *ldaptest.Session, p ldaptest.PDU) {
		s.Send(ldaptest.Message(p.ID, h.People[1].Encode()), ldaptest.Message(p.ID, ldaptest.Done(4)))
	}
	for name, script := range map[string]ldaptest.Script{"two entries": two, "cut at the size limit": cut} {
		t.Run(name, func(t *testing.T) {
			s.Do(except(h, userSearch, script))
			err := authenticate(t.Context(), open(t, plain(s)), "alice", secret)
			if !errors.Is(err, drivers.ErrCredentials) || !strings.Contains(err.Error(), "several") {
				t.Errorf("got %v, want ErrCredentials for several matches", err)
			}
		})
	}
}
