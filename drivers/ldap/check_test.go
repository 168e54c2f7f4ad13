package ldap_test

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

// names are the steps of a report in order.
func names(steps []drivers.Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Name)
	}
	return strings.Join(out, " ")
}

func check(t *testing.T, c ldap.Config, login string) []drivers.Step {
	t.Helper()
	return open(t, c).Check.Check(t.Context(), login)
}

func TestCheckWalksStepByStep(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	t.Run("everything is well", func(t *testing.T) {
		steps := check(t, searching(dir), "alice")
		if got, want := names(steps), "resolve connect TLS bind search groups base person status groups claims"; got != want {
			t.Errorf("steps: got %q, want %q", got, want)
		}
		all := ""
		for _, s := range steps {
			if s.Err != nil || s.Fix != "" {
				t.Errorf("%s: got %v (%s), want no error", s.Name, s.Err, s.Fix)
			}
			all += s.Detail + "\n"
		}
		for _, want := range []string{"TLS 1.3", "CN=localhost", "0 days left", parts.ReaderDN, aliceDN, "staff", dir.UUID(aliceDN), "alice@example.org"} {
			if !strings.Contains(all, want) {
				t.Errorf("details: got %s, want %q in them", all, want)
			}
		}
		if strings.Contains(all, parts.ReaderPassword) {
			t.Errorf("details: got the service account's password in them")
		}
	})
	t.Run("without a login the steps about a person are left out", func(t *testing.T) {
		if got, want := names(check(t, searching(dir), "")), "resolve connect TLS bind search groups base"; got != want {
			t.Errorf("steps: got %q, want %q", got, want)
		}
	})
	t.Run("every server is reached", func(t *testing.T) {
		c := searching(dir)
		c.URLs = []string{dir.URL, dir.URL}
		if got, want := names(check(t, c, "")), "resolve connect TLS bind resolve connect TLS bind search groups base"; got != want {
			t.Errorf("steps: got %q, want %q", got, want)
		}
	})
	t.Run("without a service account nobody is bound", func(t *testing.T) {
		steps := check(t, direct(dir), "alice")
		if last := steps[len(steps)-1]; last.Name != "bind" || !strings.Contains(last.Detail, "not tried") {
			t.Errorf("last step: got %+v, want a bind that was not tried", last)
		}
	})
}

func TestCheckSaysWhatToChange(t *testing.T) {
	dir := parts.Slapd(t, parts.SlapdOptions{})
	stranger := parts.NewAuthority(t)
	two := map[string][]string{"objectClass": {"inetOrgPerson"}, "uid": {"twin"}, "cn": {"Twin"}, "sn": {"T"}, "mail": {"bob"}}
	dir.Add(parts.PersonDN("twin"), two)
	dir.Add("uid=carol,"+parts.PeopleDN, map[string][]string{"objectClass": {"inetOrgPerson", "shadowAccount"},
		"uid": {"carol"}, "cn": {"Carol"}, "sn": {"C"}, "shadowExpire": {"1"}})
	for _, c := range []struct {
		name   string
		change func(*ldap.Config)
		login  string
		step   string
		fix    string
	}{
		{"no such host", func(c *ldap.Config) { c.URLs = []string{"ldap://ldap.invalid"} }, "", "resolve", "host in url"},
		{"nothing listens", func(c *ldap.Config) { c.URLs = []string{"ldap://127.0.0.1:1"} }, "", "connect", "nothing listens"},
		{"another authority", func(c *ldap.Config) { c.CA = stranger.Pool }, "", "TLS", "ca_file"},
		{"ldaps to the port of ldap", func(c *ldap.Config) {
			c.URLs, c.StartTLS = []string{strings.Replace(dir.URL, "ldap:", "ldaps:", 1)}, false
		}, "", "TLS", "this port speaks no TLS: use ldap:// with start_tls: true, or the ldaps port (636)"},
		{"a wrong bind password", func(c *ldap.Config) { c.BindPassword = "wrong" }, "", "bind", "bind_password"},
		{"a bind DN that is not there", func(c *ldap.Config) { c.BindDN = "cn=nobody," + parts.BaseDN }, "", "bind", "bind_dn"},
		{"a base that is not there", func(c *ldap.Config) { c.Users.Base = "ou=staff," + parts.BaseDN }, "", "search", "users.base"},
		{"a groups base that is not there", func(c *ldap.Config) { c.Groups.Base = "ou=teams," + parts.BaseDN }, "", "groups base", "groups.base"},
		{"nobody matches", func(*ldap.Config) {}, "nobody", "person", "nobody matches"},
		{"two match", func(c *ldap.Config) { c.Users.Filter = "(|(uid={login})(mail={login}))" }, "bob", "person", "several people match"},
		{"an account that has expired", func(*ldap.Config) {}, "carol", "status", "in the directory"},
		{"an id that people do not have", func(c *ldap.Config) { c.Users.ID = "employeeNumber" }, "alice", "claims", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := searching(dir)
			c.change(&cfg)
			steps := check(t, cfg, c.login)
			last := steps[len(steps)-1]
			if last.Name != c.step || last.Err == nil || !strings.Contains(last.Fix, c.fix) {
				t.Errorf("last step: got %s, %v, fix %q; want %s to fail with a fix about %q", last.Name, last.Err, last.Fix, c.step, c.fix)
			}
			if last.Fix == "" {
				t.Error("fix: got none, want one")
			}
		})
	}
}

func TestD30_CheckSendsThePasswordNowhereElse(t *testing.T) {
	ca, other := parts.NewAuthority(t), parts.NewAuthority(t)
	h := honest()
	for name, c := range map[string]struct {
		tls *tls.Config
		fix string
	}{
		"StartTLS refused":  {nil, "refuses StartTLS"},
		"another authority": {&tls.Config{Certificates: []tls.Certificate{other.Server(t).TLS}}, "ca_file"},
		"expired": {&tls.Config{Certificates: []tls.Certificate{ca.Server(t, func(c *x509.Certificate) {
			c.NotAfter = time.Now().Add(-time.Minute)
		}).TLS}}, "renew"},
		"another host": {&tls.Config{Certificates: []tls.Certificate{ca.Server(t, func(c *x509.Certificate) {
			c.IPAddresses = nil
		}).TLS}}, "in the certificate"},
	} {
		t.Run("D-30 "+name, func(t *testing.T) {
			h.TLS = c.tls
			s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
			steps := check(t, private(s, ca), "alice")
			last := steps[len(steps)-1]
			if last.Name != "TLS" || last.Err == nil || !strings.Contains(last.Fix, c.fix) {
				t.Errorf("last step: got %s, %v, fix %q; want TLS to fail with a fix about %q", last.Name, last.Err, last.Fix, c.fix)
			}
			wantCount(t, "binds", s.Binds(), 0)
		})
	}
}

func TestCheckTellsAPortWithoutTLS(t *testing.T) {
	ca := parts.NewAuthority(t)
	old := &tls.Config{Certificates: []tls.Certificate{ca.Server(t).TLS}, MaxVersion: tls.VersionTLS11}
	for _, c := range []struct {
		name    string
		options ldaptest.Options
		fix     string
	}{
		{"a server that hangs up without a word speaks no TLS", ldaptest.Options{
			Greet: func(*ldaptest.Session) bool { return false },
		}, "this port speaks no TLS"},
		{"a server that says goodbye in clear text speaks no TLS", ldaptest.Options{
			Greet: func(s *ldaptest.Session) bool { s.Send(ldaptest.Goodbye()); return false },
		}, "this port speaks no TLS"},
		{"a server that answers with an alert does speak TLS", ldaptest.Options{TLS: old}, "correct the server's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ldaptest.Start(t, c.options)
			cfg := private(s, ca)
			cfg.URLs, cfg.StartTLS = []string{"ldaps://" + s.Addr}, false
			steps := check(t, cfg, "")
			last := steps[len(steps)-1]
			if last.Name != "TLS" || last.Err == nil || !strings.Contains(last.Fix, c.fix) {
				t.Errorf("last step: got %s, %v, fix %q; want TLS to fail with a fix about %q", last.Name, last.Err, last.Fix, c.fix)
			}
		})
	}
}
