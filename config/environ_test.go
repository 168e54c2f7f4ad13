package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const corpFile = `
providers:
  - {name: corp, driver: ldap, url: ldaps://x, dn_template: "uid={login},dc=x"}
  - {name: corp__two, driver: ldap, url: ldaps://x, dn_template: "uid={login},dc=x"}
  - {name: a-b_c, driver: oauth2, preset: github, client_id: x, client_secret: y}
`

func TestTheEnvironmentWins(t *testing.T) {
	c := load(t, "tokens: {access_ttl: 1h, audience: [x]}\nlog: {level: warn}\n"+corpFile,
		"SIGNET_TOKENS__ACCESS_TTL=5m",
		"SIGNET_TOKENS__AUDIENCE=a, b",
		"SIGNET_TRUSTED_PROXIES=[10.0.0.0/8, 'fd00::/8']",
		"SIGNET_CORS__ORIGINS=",
		"SIGNET_PERMISSIONS={Family: [node.view], 'b c': x}",
		"SIGNET_REGISTRATION__OPEN=true",
		"SIGNET_COOKIES__SECURE=false",
		"SIGNET_LOCKOUT__ATTEMPTS= 3 ",
		"SIGNET_PASSWORDS__ARGON2__MEMORY=64MiB",
		"SIGNET_MAIL__FROM=a@example.org",
		"SIGNET_MAIL__SMTP__HOST=mail.example.org",
		"SIGNET_PUBLIC_URL=https://sso.example.org",
		"SIGNET_SECRET= "+goodSecret,
		"SIGNET_PROVIDERS__CORP__BIND_DN=cn=r,dc=x",
		"SIGNET_PROVIDERS__CORP__BIND_PASSWORD={literal: braces}",
		"SIGNET_PROVIDERS__CORP__USERS__FILTER=(uid={login})",
		"SIGNET_PROVIDERS__CORP__GROUPS__ONLY=admins,staff",
		"SIGNET_PROVIDERS__CORP__GROUPS__BASE=ou=g,dc=x",
		"SIGNET_PROVIDERS__CORP__TIMEOUTS={total: 9s}",
		"SIGNET_PROVIDERS__CORP__TWO__LABEL=Two",
		"SIGNET_PROVIDERS__A_B_C__CLIENT_SECRET__ENV=OTHER", "OTHER=theirs",
		"SIGNET_CONFIG=x", "SIGNET_TEST_PARTS=all", "PATH=/bin", "NOVALUE",
	)
	corp := c.Providers[0]
	for _, check := range []struct {
		key       string
		got, want any
	}{
		{"a duration", c.Tokens.AccessTTL, 5 * time.Minute},
		{"a list between commas", c.Tokens.Audience, []string{"a", "b"}},
		{"a list as YAML", c.TrustedProxies, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}},
		{"an empty list", len(c.CORS.Origins), 0},
		{"a mapping as YAML", c.Permissions, map[string][]string{"Family": {"node.view"}, "b c": {"x"}}},
		{"true", c.Registration.Open, true},
		{"a word that looks like a boolean", c.Cookies.Secure, "false"},
		{"a number with spaces around it", c.Lockout.Attempts, 3},
		{"a size three levels down", c.Passwords.Argon2.Memory, Size(64 << 20)},
		{"a part that the file does not have", c.Mail.SMTP.Host, "mail.example.org"},
		{"the defaults of that part", c.Mail.SMTP.Port, 587},
		{"an address", c.PublicURL.Host, "sso.example.org"},
		{"a secret exactly as it is", c.Secret.Reveal(), " " + goodSecret},
		{"a secret is never YAML", corp.LDAP.BindPassword.Reveal(), "{literal: braces}"},
		{"a key of a provider's driver", corp.LDAP.BindDN, "cn=r,dc=x"},
		{"a key below it", corp.LDAP.Users.Filter, "(uid={login})"},
		{"groups of every provider", corp.Groups.Only, []string{"admins", "staff"}},
		{"groups of the driver", corp.LDAP.Groups.Base, "ou=g,dc=x"},
		{"a whole mapping of a provider", corp.LDAP.Timeouts.Total, 9 * time.Second},
		{"the longest provider name", c.Providers[1].Label, "Two"},
		{"a reference, and - as _", c.Providers[2].OAuth2.ClientSecret.Reveal(), "theirs"},
		{"what is not mentioned stays", c.Log.Level, "warn"},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("%s: got %v, want %v", check.key, check.got, check.want)
		}
	}
}

func TestAVariableThatTheFileNamesIsNoKey(t *testing.T) {
	c := load(t, "providers: [{name: a, driver: oauth2, preset: github, client_id: x, client_secret: {env: SIGNET_GITHUB}}]",
		"SIGNET_GITHUB=theirs")
	if got := c.Providers[0].OAuth2.ClientSecret.Reveal(); got != "theirs" {
		t.Errorf("got %q, want the variable's value", got)
	}
}

func TestTheWholeListOfProvidersComesFromTheEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	c, _, err := Load("", []string{
		`SIGNET_PROVIDERS=[{name: corp, driver: ldap, url: ldaps://x, dn_template: "uid={login},dc=x"}]`,
		"SIGNET_PROVIDERS__CORP__LABEL=Corporate",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Providers) != 1 || c.Providers[0].Label != "Corporate" {
		t.Errorf("got %+v, want corp with its label", c.Providers)
	}
}

// TestEveryKeyHasAVariable: a variable of every key gets to the key, whatever
// is then said of its value.
func TestEveryKeyHasAVariable(t *testing.T) {
	var walk func(names []string, v reflect.Value)
	walk = func(names []string, v reflect.Value) {
		for _, f := range fieldsOf(v) {
			path := append(slices.Clip(names), strings.ToUpper(f.key))
			if isStruct(f.to[0].Type()) {
				walk(path, partsOf(f.to)[0])
				continue
			}
			name := "SIGNET_" + strings.Join(path, "__")
			for _, p := range problemsOf(t, corpFile, name+"=\x01") {
				if p.File == name && strings.Contains(p.Message, "unknown variable") {
					t.Errorf("%s: %v", name, p)
				}
			}
		}
	}
	walk(nil, reflect.ValueOf(defaults()).Elem())
	for name, driver := range map[string]string{"CORP": DriverLDAP, "A_B_C": DriverOAuth2} {
		part, _ := driverOf(new(Provider), driver)
		walk([]string{"PROVIDERS", name}, part)
		walk([]string{"PROVIDERS", name}, reflect.ValueOf(new(Provider)).Elem())
	}
}

func TestAVariableIsTheFileOfItsProblem(t *testing.T) {
	got := problemsOf(t, "log: {level: info}", "SIGNET_LOG__LEVEL=loud")
	want := Problem{File: "SIGNET_LOG__LEVEL", Path: "log.level", Message: `unknown value "loud"`, Hint: "choose one of debug, info, warn, error"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

func TestVariablesSortBehindFiles(t *testing.T) {
	got := problemsOf(t, "zebra: 1\naardvark: 1", "SIGNET_A=1")
	order := ""
	for _, p := range got {
		order += fmt.Sprint(p.Line) + " "
	}
	if order != "1 2 0 " {
		t.Errorf("got lines %s, want 1 2 and then the variable", order)
	}
}
