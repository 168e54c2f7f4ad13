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

func TestD10_ReferralsAreNeverFollowed(t *testing.T) {
	h := honest()
	elsewhere := ldaptest.Start(t, ldaptest.Options{Script: yes(h)})
	s := ldaptest.Start(t, ldaptest.Options{})
	personBind := bindsAs(aliceDN)
	for name, c := range map[string]struct {
		which func(ldaptest.PDU) bool
		urls  []string
	}{
		"the service account's bind": {bindsAs(parts.ReaderDN), []string{elsewhere.URL()}},
		"the person's bind":          {personBind, []string{elsewhere.URL()}},
		"the search for the person":  {userSearch, []string{elsewhere.URL()}},
		"the search for groups":      {groupSearch, []string{elsewhere.URL()}},
		"an empty referral":          {personBind, nil},
		"a referral to itself":       {personBind, []string{s.URL()}},
	} {
		t.Run("D-10 "+name, func(t *testing.T) {
			refer := func(s *ldaptest.Session, p ldaptest.PDU) {
				op := byte(0x61)
				if isSearch(p) {
					op = 0x65
				}
				s.Send(ldaptest.Message(p.ID, ldaptest.Result(op, 10, "", ldaptest.Referral(c.urls...))))
			}
			s.Do(except(h, c.which, refer))
			unavailable(t, open(t, plain(s)))
		})
	}
	t.Run("D-10 a reference among the entries is passed over", func(t *testing.T) {
		s.Do(except(h, userSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
			ref := ldaptest.Message(p.ID, ldaptest.Reference(elsewhere.URL()))
			s.Send(ref, ldaptest.Message(p.ID, h.People[1].Encode()), ref, ldaptest.Message(p.ID, ldaptest.TLV(0x73)), ldaptest.Message(p.ID, ldaptest.Done(0)))
		}))
		enters(t, open(t, plain(s)))
	})
	wantCount(t, "connections elsewhere", elsewhere.Accepted(), 0)
}

func TestD07_TheServiceAccount(t *testing.T) {
	t.Run("D-07 a name without a password does not start", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: yes(honest())})
		c := plain(s)
		c.BindPassword = ""
		if _, err := ldap.Open(c); err == nil {
			t.Error("got no error, want one about bind_password")
		}
	})
	t.Run("D-07 a wrong password is no answer about a person", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
		c, now := plain(s), newClock()
		c.BindPassword, c.Now = "wrong", now.Now
		d := open(t, c)
		for range 5 {
			unavailable(t, d)
		}
		_, err := d.Recheck.Recheck(t.Context(), aliceUUID, nil)
		wantErr(t, err, drivers.ErrUnavailable)
		wantCount(t, "searches", s.Count(isSearch), 0)
		wantCount(t, "binds, so that logins do not lock the account", s.Binds(), 1)
		now.advance(ldap.RestAfterRefusal)
		unavailable(t, d)
		wantCount(t, "binds after a rest", s.Binds(), 2)
	})
}

func TestD21_WithoutItsGroupsALoginFails(t *testing.T) {
	h := honest()
	for name, script := range map[string]ldaptest.Script{
		"denied":             reply(ldaptest.Done(50)),
		"timed out there":    reply(ldaptest.Done(3)),
		"base is not there":  reply(ldaptest.Done(32)),
		"busy":               reply(ldaptest.Done(51)),
		"other":              reply(ldaptest.Done(80)),
		"the connection end": func(s *ldaptest.Session, _ ldaptest.PDU) { s.Close() },
		"silence":            func(s *ldaptest.Session, _ ldaptest.PDU) { s.Wait() },
		"only a part": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, h.Groups[0].Encode()), ldaptest.Message(p.ID, ldaptest.Done(4)))
		},
		"a part, then the end": func(s *ldaptest.Session, p ldaptest.PDU) {
			s.Send(ldaptest.Message(p.ID, h.Groups[0].Encode()))
			s.Close()
		},
	} {
		t.Run("D-21 "+name, func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
			for _, c := range []ldap.Config{plain(s), alone(s)} {
				s.Do(h.Serve)
				d := open(t, impatient(c))
				wantGroups(t, enters(t, d), "staff")
				s.Do(except(h, groupSearch, script))
				unavailable(t, d)
				if d.Recheck != nil {
					_, err := d.Recheck.Recheck(t.Context(), aliceUUID, nil)
					wantErr(t, err, drivers.ErrUnavailable)
				}
			}
		})
	}
	t.Run("D-21 memberOf of which the directory keeps a part back", func(t *testing.T) {
		h := honest(ldaptest.Has("memberOf;range=0-0", parts.GroupDN("staff")))
		s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
		c := plain(s)
		c.Groups = ldap.Groups{Member: "memberOf"}
		unavailable(t, open(t, c))
	})
}

// judged is an answer to a person's bind and what comes of it.
type judged struct {
	name     string
	op       []byte
	controls [][]byte
	want     error
	reason   string
}

func judgements() []judged {
	ad := func(data string) []byte {
		return ldaptest.BindResult(49, "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data "+data+", v3839\x00")
	}
	policy := func(parts ...[]byte) []byte {
		return ldaptest.Control("1.3.6.1.4.1.42.2.27.8.5.1", ldaptest.TLV(0x30, parts...))
	}
	grace := ldaptest.TLV(0xa0, ldaptest.TLV(0x81, []byte{3}))
	expiring := ldaptest.TLV(0xa0, ldaptest.TLV(0x80, []byte{100}))
	fault := func(n byte) []byte { return ldaptest.TLV(0x81, []byte{n}) }
	ok, no := ldaptest.BindResult(0, ""), ldaptest.BindResult(49, "")
	return []judged{
		{"AD: wrong password", ad("52e"), nil, drivers.ErrCredentials, "wrong password"},
		{"AD: no such person", ad("525"), nil, drivers.ErrCredentials, "no such person"},
		{"AD: locked", ad("775"), nil, drivers.ErrCredentials, "locked"},
		{"AD: time of day", ad("530"), nil, drivers.ErrRefused, "time of day"},
		{"AD: workstation", ad("531"), nil, drivers.ErrRefused, "workstation"},
		{"AD: password expired", ad("532"), nil, drivers.ErrRefused, "password expired"},
		{"AD: disabled", ad("533"), nil, drivers.ErrRefused, "disabled"},
		{"AD: account expired", ad("701"), nil, drivers.ErrRefused, "account expired"},
		{"AD: must change", ad("773"), nil, drivers.ErrRefused, "must be changed"},
		{"AD: an unknown reason", ad("999"), nil, drivers.ErrCredentials, "999"},
		{"policy: locked", no, [][]byte{policy(fault(1))}, drivers.ErrCredentials, "locked"},
		{"policy: expired", no, [][]byte{policy(fault(0))}, drivers.ErrRefused, "expired"},
		{"policy: must change", ok, [][]byte{policy(fault(2))}, drivers.ErrRefused, "must be changed"},
		{"policy: expired, yet let in", ok, [][]byte{policy(fault(0))}, drivers.ErrRefused, "expired"},
		{"policy: grace login", ok, [][]byte{policy(grace)}, drivers.ErrRefused, "grace"},
		{"policy: it will expire", ok, [][]byte{policy(expiring)}, nil, ""},
		{"policy: nothing to say", ok, [][]byte{policy()}, nil, ""},
		{"policy: unreadable", ok, [][]byte{ldaptest.Control("1.3.6.1.4.1.42.2.27.8.5.1", []byte{0x30, 0x84})}, drivers.ErrUnavailable, ""},
		{"Netscape: must change", ok, [][]byte{ldaptest.Control("2.16.840.1.113730.3.4.4", []byte("0"))}, drivers.ErrRefused, "must be changed"},
		{"389ds: inactivated", ldaptest.BindResult(53, "Account inactivated"), nil, drivers.ErrCredentials, "inactivated"},
		{"389ds: too many tries", ldaptest.BindResult(19, "retry limit"), nil, drivers.ErrCredentials, "retry limit"},
		{"no password to compare with", ldaptest.BindResult(48, ""), nil, drivers.ErrCredentials, ""},
		{"entry gone meanwhile", ldaptest.BindResult(32, ""), nil, drivers.ErrCredentials, ""},
		{"busy", ldaptest.BindResult(51, ""), nil, drivers.ErrUnavailable, ""},
	}
}

func TestD31_ReasonsGoToTheLogOnly(t *testing.T) {
	h := honest()
	for _, c := range judgements() {
		t.Run("D-31 "+c.name, func(t *testing.T) {
			s := ldaptest.Start(t, ldaptest.Options{Script: except(h, bindsAs(aliceDN), reply(c.op, c.controls...))})
			for _, cfg := range []ldap.Config{plain(s), alone(s)} {
				err := authenticate(t.Context(), open(t, cfg), "alice", secret)
				wantOnly(t, err, c.want)
				wantReason(t, err, c.reason)
			}
		})
	}
}

func TestOnlyPeoplesBindsAskForThePasswordPolicy(t *testing.T) {
	for preset, want := range map[string]int{"": 1, "openldap": 1, "lldap": 0} {
		s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
		c := plain(s)
		c.Preset, c.Users.Filter = preset, "(uid={login})"
		enters(t, open(t, c))
		asked := s.Count(func(p ldaptest.PDU) bool { return len(p.Controls) > 0 })
		people := s.Count(func(p ldaptest.PDU) bool { return len(p.Controls) > 0 && p.Name == aliceDN })
		wantCount(t, "requests with controls, preset "+preset, asked, want)
		wantCount(t, "people's binds with controls, preset "+preset, people, want)
	}
}

// wantOnly wants one of the contract's errors and no other, or none for nil.
func wantOnly(t *testing.T, err, want error) {
	t.Helper()
	for _, sentinel := range []error{drivers.ErrCredentials, drivers.ErrRefused, drivers.ErrUnavailable, drivers.ErrReply} {
		if errors.Is(err, sentinel) != (sentinel == want) {
			t.Errorf("got %v, want only %v", err, want)
		}
	}
	if want == nil && err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	if reason != "" && (err == nil || !strings.Contains(err.Error(), reason)) {
		t.Errorf("got %v, want the reason %q in it", err, reason)
	}
}
