package e2e

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// directoryConfig is a configuration with a directory reached as transport
// says, asked again at every refresh.
func directoryConfig(d *parts.Directory, transport, how string) string {
	reach := map[string]string{
		"ldaps":    fmt.Sprintf("url: %s\n    ca_file: %s", d.URLS, d.CAFile),
		"starttls": fmt.Sprintf("url: %s\n    start_tls: true\n    ca_file: %s", d.URL, d.CAFile),
		"plain":    fmt.Sprintf("url: %s\n    insecure: true", d.URL),
	}[transport]
	find := map[string]string{
		"search":   fmt.Sprintf("bind_dn: %s\n    bind_password: %s", parts.ReaderDN, parts.ReaderPassword),
		"template": fmt.Sprintf("dn_template: \"uid={login},%s\"", parts.PeopleDN),
	}[how]
	return fmt.Sprintf(`
tokens: {recheck: 0s}
permissions: {staff: [doc.read], everyone: [doc.list]}
providers:
  - {name: local, driver: local}
  - name: corp
    driver: ldap
    %s
    %s
    users: {base: %q, filter: "(|(uid={login})(mail={login}))"}
    groups: {base: %q, member: member, nested: walk}
`, reach, find, parts.PeopleDN, parts.GroupsDN)
}

func TestSignInWithTheDirectoryPassword(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	for _, transport := range []string{"ldaps", "starttls", "plain"} {
		for _, how := range []string{"search", "template"} {
			t.Run(transport+" by "+how, func(t *testing.T) {
				s := serve(t, directoryConfig(d, transport, how))
				people := []string{"alice", "müller (x)", "o'brien", "a#b", "müller, jörg"}
				if how == "search" {
					people = append(people, "alice@example.org", "mueller.x@example.org")
				}
				for _, who := range people {
					if a := login(t, s, "corp", who, parts.PersonPassword); a.status != http.StatusOK {
						t.Errorf("%s: got %d %s, want tokens", who, a.status, a.body)
					}
					if a := login(t, s, "corp", who, "wrong"); a.status != http.StatusUnauthorized || a.code() != "INVALID_CREDENTIALS" {
						t.Errorf("%s with a wrong password: got %d %s, want 401", who, a.status, a.body)
					}
				}
				c := claims(t, login(t, s, "corp", "alice", parts.PersonPassword).tokens(t).Access)
				if how == "search" && names(c["groups"]) != "circle everyone staff" {
					t.Errorf("got groups %q, want the direct and the nested ones", names(c["groups"]))
				}
				if c["idp"] != "corp" || c["name"] != "Alice Liddell" || c["email"] != "alice@example.org" {
					t.Errorf("got %v, want alice's profile from corp", c)
				}
			})
		}
	}
	t.Run("plain text is refused unless it is allowed by name", func(t *testing.T) {
		config := strings.Replace(directoryConfig(d, "plain", "search"), "insecure: true", "insecure: false", 1)
		r := parts.Run(t, parts.Launch{Args: []string{"check", "--config", "/dev/stdin"}, Stdin: config})
		if r.Code != 1 || !strings.Contains(r.Stderr, "insecure") {
			t.Errorf("got exit %d, %s; want 1 and a hint at insecure", r.Code, r.Stderr)
		}
	})
}

func TestTokensOfBothDriversAreAlike(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	s := serve(t, directoryConfig(d, "ldaps", "search"))
	a := claims(t, login(t, s, "", "admin", adminPassword).tokens(t).Access)
	b := claims(t, login(t, s, "corp", "alice", parts.PersonPassword).tokens(t).Access)
	types := func(c map[string]any) map[string]reflect.Kind {
		kinds := map[string]reflect.Kind{}
		for name, v := range c {
			kinds[name] = reflect.ValueOf(v).Kind()
		}
		return kinds
	}
	if !reflect.DeepEqual(types(a), types(b)) {
		t.Errorf("got claims %v from local and %v from the directory", types(a), types(b))
	}
}

func TestPeopleOfADirectoryChange(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	s := serve(t, directoryConfig(d, "starttls", "search"))
	in := func(who string) (tokens, map[string]any) {
		t.Helper()
		l := login(t, s, "corp", who, parts.PersonPassword).tokens(t)
		return l, claims(t, l.Access)
	}

	t.Run("D-16 a renamed person keeps the account, a new one with the old name gets another", func(t *testing.T) {
		d.Add(parts.PersonDN("carol"), parts.Person("carol", "Carol", "One", "carol@example.org"))
		_, before := in("carol")
		d.Rename(parts.PersonDN("carol"), "uid=caroline")
		_, renamed := in("caroline")
		if renamed["sub"] != before["sub"] || renamed["preferred_username"] != "caroline" {
			t.Errorf("got %v as %v, want the account %v under the new name", renamed["sub"], renamed["preferred_username"], before["sub"])
		}
		d.Delete(parts.PersonDN("caroline"))
		d.Add(parts.PersonDN("caroline"), parts.Person("caroline", "Other", "Person", "carol@example.org"))
		if _, reborn := in("caroline"); reborn["sub"] == before["sub"] {
			t.Errorf("somebody new entered the account %v", before["sub"])
		}
	})
	t.Run("T-28 a removed group is gone at the next refresh", func(t *testing.T) {
		l, c := in("alice")
		if got := names(c["scopes"]); got != "doc.list doc.read" {
			t.Fatalf("got scopes %q, want those of staff and everyone", got)
		}
		d.Set(parts.GroupDN("staff"), "member", parts.PersonDN("müller, jörg"))
		c = claims(t, refresh(t, s, l.Refresh).tokens(t).Access)
		if names(c["groups"]) != "" || names(c["scopes"]) != "" {
			t.Errorf("got groups %q and scopes %q, want none", names(c["groups"]), names(c["scopes"]))
		}
	})
	t.Run("the session of a disabled person ends", func(t *testing.T) {
		l, _ := in("bob")
		d.Set(parts.PersonDN("bob"), "pwdAccountLockedTime", "000001010000Z")
		if a := refresh(t, s, l.Refresh); a.status != http.StatusUnauthorized {
			t.Errorf("refresh: got %d %s, want 401", a.status, a.body)
		}
		if a := get(t, s.URL+"/auth/me", l.Access); a.status != http.StatusUnauthorized {
			t.Errorf("the access token: got %d %s, want 401", a.status, a.body)
		}
		if a := login(t, s, "corp", "bob", parts.PersonPassword); a.code() != "INVALID_CREDENTIALS" {
			t.Errorf("sign-in: got %d %s, want INVALID_CREDENTIALS", a.status, a.body)
		}
	})
	t.Run("the session of a deleted person ends", func(t *testing.T) {
		l, _ := in("o'brien")
		d.Delete(parts.PersonDN("o'brien"))
		if a := refresh(t, s, l.Refresh); a.status != http.StatusUnauthorized {
			t.Errorf("got %d %s, want 401", a.status, a.body)
		}
	})
}

func TestD23ADirectoryThatIsDown(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	d.Stop()
	s := serve(t, directoryConfig(d, "ldaps", "search")) // start unaffected
	for _, who := range []string{"alice", "nobody"} {
		begin := time.Now()
		a := login(t, s, "corp", who, parts.PersonPassword)
		if a.status != http.StatusServiceUnavailable || a.code() != "SERVICE_UNAVAILABLE" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d %s, want 503 with Retry-After", who, a.status, a.body)
		}
		if took := time.Since(begin); took > 6*time.Second {
			t.Errorf("%s: answered after %s, want about 5 seconds at most", who, took)
		}
	}
	if a := login(t, s, "", "admin", adminPassword); a.status != http.StatusOK {
		t.Errorf("local sign-in: got %d %s, want tokens", a.status, a.body)
	}
	if a := get(t, s.URL+"/auth", ""); !strings.Contains(a.body, `"name":"corp","driver":"ldap","label":"corp","url":"`+s.URL+`/login?provider=corp","status":"down"`) {
		t.Errorf("got %s, want corp shown as down", a.body)
	}
	d.Start()
	eventually(t, "sign-in after the directory is back", func() bool {
		return login(t, s, "corp", "alice", parts.PersonPassword).status == http.StatusOK
	})
	for range 3 {
		if a := login(t, s, "corp", "alice", parts.PersonPassword); a.status != http.StatusOK {
			t.Errorf("got %d %s, want nothing counted against alice", a.status, a.body)
		}
	}
}

func TestProviderTest(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	run := func(config string, args ...string) parts.Result {
		t.Helper()
		return parts.Run(t, parts.Launch{
			Args: append([]string{"provider", "test", "corp", "--config", "/dev/stdin"}, args...), Stdin: config,
			Env: []string{"SIGNET_SECRET=" + masterKey},
		})
	}
	good := directoryConfig(d, "ldaps", "search")
	t.Run("prints each step and ends with 0", func(t *testing.T) {
		r := run(good, "--login", "alice")
		if r.Code != 0 || !strings.Contains(r.Stdout, "corp works") || !strings.Contains(r.Stdout, "staff") {
			t.Errorf("got exit %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
		}
	})
	for name, c := range map[string]struct{ from, to string }{
		"a wrong bind password":    {parts.ReaderPassword, "wrong"},
		"a wrong CA":               {"ca_file: " + d.CAFile, ""},
		"a base that is not there": {`base: "` + parts.PeopleDN, `base: "ou=nowhere,dc=example,dc=org`},
	} {
		t.Run("says what to change for "+name, func(t *testing.T) {
			r := run(strings.Replace(good, c.from, c.to, 1), "--login", "alice")
			if r.Code != 1 || !strings.Contains(r.Stdout, "FAILED") || !strings.Contains(r.Stdout, "what to change:") {
				t.Errorf("got exit %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
			if strings.Contains(r.Stdout+r.Stderr, parts.ReaderPassword) {
				t.Errorf("K-01 the bind password is printed:\n%s%s", r.Stdout, r.Stderr)
			}
		})
	}
}
