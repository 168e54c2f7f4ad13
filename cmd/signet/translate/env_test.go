package translate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/signet-sso/signet/cmd/signet/translate"
)

func TestReadEnv(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"bare values end at the line and lose the blanks around them", "A=1\nB =  two words  \n", "A=1|B=two words"},
		{"a # begins a comment, in a line of its own and behind a bare value", "# A=0\n  # B\nA=1 # one\nC=a#b", "A=1|C=a"},
		{"within quotes a # does not", `A="a # b" # c`, "A=a # b"},
		{"each of the three quotes is taken off", "A='1'\nB=\"2\"\nC=`3`", "A=1|B=2|C=3"},
		{"a quoted value may have several lines", "A=\"one\ntwo\"\nB=3", "A=one\ntwo|B=3"},
		{`\n is a line break within " only`, `A="a\nb"` + "\n" + `B='a\nb'`, "A=a\nb|B=a\\nb"},
		{"a quote behind a backslash does not end a value, and stays as it is", `A="a\"b"`, `A=a\"b`},
		{"a value may end in a backslash", `A='C:\dir\'`, `A=C:\dir\`},
		{"export and a colon are taken", "export A=1\n\texport\tB=2\nC: 3", "A=1|B=2|C=3"},
		{"export alone is a name too", "export=1\nexporter=2", "export=1|exporter=2"},
		{"nothing is filled in", "A=1\nB=$A-${A}", "A=1|B=$A-${A}"},
		{"an empty value is one", "A=\nB=\"\"\nC=", "A=|B=|C="},
		{"all assignments to one name are returned", "A=1\nA=2", "A=1|A=2"},
		{"line ends of every system, and a mark at the start", "\ufeffA=1\r\nB=2\rC=3", "A=1|B=2|C=3"},
		{"equals signs are part of the value", "A=b=c==", "A=b=c=="},
		{"nothing at all", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			vars, err := translate.ReadEnv(strings.NewReader(c.text))
			if got := strings.Join(environ(vars), "|"); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestReadEnvSaysWhereItIsWrong(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a line that is none", "A=1\ncanary\n\nB=2\n=canary", "line 2 is no assignment; write NAME=value\nline 5 is no assignment; write NAME=value"},
		{"a quote that is not closed", "A=1\nB=\"canary\nC=2", "line 2 begins a value with a quote that is not closed"},
		{"something behind the quote", "A=\"1\n2\"\nB='1' canary", "line 3 has something behind the quote that closes the value"},
		{"a colon without a blank", "A:canary", "line 1 is no assignment; write NAME=value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := translate.ReadEnv(strings.NewReader(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("no more than a page of complaints", func(t *testing.T) {
		_, err := translate.ReadEnv(strings.NewReader(strings.Repeat("canary\n", 1000)))
		if n := strings.Count(fmt.Sprint(err), "\n") + 1; n != 20 {
			t.Errorf("got %d complaints, want 20", n)
		}
	})
}

func TestReadEnvIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"larger than 1 MiB":        "A=" + strings.Repeat("a", 1<<20),
		"more than 5000 variables": strings.Repeat("A=1\n", 5001),
		"no text in UTF-8":         "A=\xff",
		"no text in UTF-8 (a NUL)": "A=1\x00",
	} {
		t.Run(name, func(t *testing.T) {
			want, _, _ := strings.Cut(name, " (")
			if _, err := translate.ReadEnv(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want that it is %s", err, want)
			}
		})
	}
	t.Run("as much as that is read", func(t *testing.T) {
		vars, err := translate.ReadEnv(strings.NewReader(strings.Repeat("A=1\n", 5000)))
		if err != nil || len(vars) != 5000 {
			t.Errorf("got %d, %v", len(vars), err)
		}
	})
}

// FuzzDirectus wants a configuration that Signet starts with of every
// environment, whatever is in it.
func FuzzDirectus(f *testing.F) {
	f.Add("PUBLIC_URL=https://cms.example.org\nSECRET=rT9vBq2LxWm7Yc4NzHf8Kd1PsGj6AeUoi3rT9v", "okta", "openid", "x")
	drivers := []string{"openid", "oauth2", "ldap", "local", "saml", ""}
	for i, v := range odd {
		f.Add("PUBLIC_URL=https://example.org", "one", drivers[i%3], v)
		f.Add("PUBLIC_URL=http://[::1]:8055/x\nAUTH_DISABLE_DEFAULT=true", v, drivers[i%6], "https://id.example.org/a")
		f.Add("REFRESH_TOKEN_COOKIE_SECURE=true\nEMAIL_TRANSPORT=smtp", "one", drivers[(i+1)%3], v)
	}
	f.Fuzz(func(t *testing.T, text, name, driver, value string) {
		vars, err := translate.ReadEnv(strings.NewReader(text))
		if err != nil || strings.ContainsRune(name+driver+value, 0) || !utf8.ValidString(name+driver+value) {
			return
		}
		prefix := "AUTH_" + strings.ToUpper(name) + "_"
		vars = append(vars, translate.Variable{Name: "AUTH_PROVIDERS", Value: name}, translate.Variable{Name: prefix + "DRIVER", Value: driver})
		for _, k := range suffixes {
			vars = append(vars, translate.Variable{Name: prefix + k, Value: value})
		}
		for _, k := range slices.Concat(keyed, []string{"EMAIL_SMTP_PASSWORD", "ADMIN_PASSWORD"}) {
			if !strings.HasPrefix(k, "AUTH_") && !slices.ContainsFunc(vars, func(v translate.Variable) bool { return v.Name == k }) {
				vars = append(vars, translate.Variable{Name: k, Value: value})
			}
		}
		vars = slices.DeleteFunc(vars, func(v translate.Variable) bool {
			return strings.HasSuffix(v.Name, "_FILE") || strings.HasPrefix(v.Name, "SIGNET_") || strings.Contains(v.Name, "=")
		})
		good(t, translate.Directus(vars), vars)
	})
}

var odd = []string{
	"", " ", "x", "1", "true", "none", "null", "~", "- a", "{a: b}", "[a", "a: b", "#", "'", `"`, `\`, "a\nb", "é", "\u2028", "https://id.example.org/a", "http://id.example.org",
	"https://login.microsoftonline.com/common/v2.0", "https://id.example.org?x", "https://user@id.example.org/", "ldap://ldap", "ldaps://ldap/x", "dc=a", "cn", "private_key_jwt",
	`{"a":"b"}`, `["a"]`, "json:{\"*\":1}", "-1", "99999999999d", "0.5h", "a@b", "...", "Admin", "__Host-x", strings.Repeat("a", 300), "https://{login}", "dc={x}", "dc=a,(b", "a.b.c", "email",
}

// suffixes are the variables of a provider.
var suffixes = strings.Fields(`CLIENT_ID CLIENT_SECRET SCOPE AUTHORIZE_URL ACCESS_URL PROFILE_URL ISSUER_URL IDENTIFIER_KEY EMAIL_KEY FIRST_NAME_KEY
	LAST_NAME_KEY ALLOW_PUBLIC_REGISTRATION REQUIRE_VERIFIED_EMAIL DEFAULT_ROLE_ID SYNC_USER_INFO ROLE_MAPPING GROUP_CLAIM_NAME ICON LABEL MODE PARAMS
	REDIRECT_ALLOW_LIST LOGIN_TIMEOUT PLAIN_CODE_CHALLENGE CLIENT_URL BIND_DN BIND_PASSWORD USER_DN USER_ATTRIBUTE USER_SCOPE MAIL_ATTRIBUTE
	FIRST_NAME_ATTRIBUTE LAST_NAME_ATTRIBUTE GROUP_DN GROUP_ATTRIBUTE GROUP_SCOPE CLIENT_TOKEN_ENDPOINT_AUTH_METHOD CLIENT_HTTP_TIMEOUT`)
