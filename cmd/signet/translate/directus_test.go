package translate_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/cmd/signet/translate"
	"github.com/signet-sso/signet/config"
)

var update = flag.Bool("update", false, "write the wanted files of testdata anew")

// canary is a secret of a case: nothing that is printed shows it.
var canary = regexp.MustCompile(`canary[\w-]*`)

// TestDirectus translates each testdata/*.env and compares the outcome with the
// .yaml beside it, which has to be a configuration that Signet starts with.
func TestDirectus(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.env")
	if err != nil || len(cases) < 6 {
		t.Fatalf("got %d cases: %v", len(cases), err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".env"), func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(here, name))
			if err != nil {
				t.Fatal(err)
			}
			vars, err := translate.ReadEnv(strings.NewReader(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			got := translate.Directus(vars)
			inFolder(t, string(text))
			good(t, got, vars)
			if found := canary.FindString(got); found != "" {
				t.Errorf("%s is in it", found)
			}
			want := filepath.Join(here, strings.TrimSuffix(name, ".env")+".yaml")
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			wanted, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(wanted), got); diff != "" {
				t.Errorf("the translation differs (-want +got):\n%s", diff)
			}
			everyVariable(t, got, vars)
		})
	}
}

// inFolder goes into a folder with the files that a case names.
func inFolder(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "# file: ")
		if !ok {
			continue
		}
		name, content, _ := strings.Cut(rest, " ")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// good fails unless Signet would start with a translation.
func good(t *testing.T, text string, vars []translate.Variable) {
	t.Helper()
	if _, _, err := config.Parse("providers.yaml", text, environ(vars)); err != nil {
		t.Errorf("Signet would not start with it: %v\n%s", err, text)
	}
}

func environ(vars []translate.Variable) (all []string) {
	for _, v := range vars {
		all = append(all, v.Name+"="+v.Value)
	}
	return all
}

// keyed are the variables whose values have keys, so that nothing needs to be
// said of the variable.
var keyed = strings.Fields(`HOST PORT PUBLIC_URL LOG_LEVEL LOG_STYLE DB_CLIENT DB_HOST DB_PORT DB_DATABASE DB_USER DB_FILENAME ADMIN_EMAIL
	ACCESS_TOKEN_TTL REFRESH_TOKEN_TTL SESSION_COOKIE_TTL SESSION_REFRESH_GRACE_PERIOD REFRESH_TOKEN_COOKIE_NAME SESSION_COOKIE_NAME
	REFRESH_TOKEN_COOKIE_SECURE SESSION_COOKIE_SECURE REFRESH_TOKEN_COOKIE_SAME_SITE SESSION_COOKIE_SAME_SITE REFRESH_TOKEN_COOKIE_DOMAIN
	SESSION_COOKIE_DOMAIN PASSWORD_RESET_URL_ALLOW_LIST IP_TRUST_PROXY CORS_ENABLED CORS_ORIGIN EMAIL_FROM EMAIL_TRANSPORT EMAIL_SMTP_HOST
	EMAIL_SMTP_PORT EMAIL_SMTP_USER EMAIL_SMTP_SECURE EMAIL_SMTP_IGNORE_TLS AUTH_PROVIDERS AUTH_DISABLE_DEFAULT`)

// everyVariable fails for one that has no key of its own and is not named: it
// would have been dropped in silence.
func everyVariable(t *testing.T, text string, vars []translate.Variable) {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	for _, v := range vars {
		told := strings.Contains(flat, v.Name) || slices.Contains(keyed, v.Name)
		provider := strings.HasPrefix(v.Name, "AUTH_") && !strings.HasPrefix(v.Name, "AUTH_GONE")
		if file, found := strings.CutSuffix(v.Name, "_FILE"); found {
			told = told || strings.Contains(text, "{file: "+v.Value+"}") && file != ""
		}
		if !told && !provider {
			t.Errorf("nothing is said of %s", v.Name)
		}
	}
}
