package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keyLine is a key that is commented out: # without a space behind it.
var keyLine = regexp.MustCompile(`(?m)^(\s*)#(\S.*)$`)

// example writes the example into a folder of its own, with every file that it
// names, and returns its path.
func example(t *testing.T, change func(string) string) string {
	t.Helper()
	text, err := os.ReadFile("../providers.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{
		"certs/mail-ca.pem", "certs/ldap-ca.pem", "certs/signet.pem", "certs/signet.key",
		"certs/other-ca.pem", "certs/okta-ca.pem", "secrets/okta", "secrets/apple.p8",
	} {
		writeFile(t, filepath.Join(dir, name), "a value for "+name, 0o600)
	}
	path := filepath.Join(dir, "providers.yaml")
	writeFile(t, path, change(string(text)), 0o600)
	return path
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func asWritten(text string) string { return text }

// uncomment switches every key on; smtp then needs a sender.
func uncomment(text string) string {
	return strings.Replace(keyLine.ReplaceAllString(text, "$1$2"), `from: ""`, "from: sso@example.org", 1)
}

func TestTheExampleIsTheDefaults(t *testing.T) {
	path := example(t, asWritten)
	got, warnings, err := Load(path, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("got problems and warnings, want none:\n%v\n%v", err, warnings)
	}
	empty := filepath.Join(filepath.Dir(path), "empty.yaml")
	writeFile(t, empty, "", 0o600)
	want, _, err := Load(empty, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compareConfigs); diff != "" {
		t.Errorf("the example says something else than the defaults (-defaults +example):\n%s", diff)
	}
}

// compareConfigs treats empty lists as absent ones.
var compareConfigs = cmp.Options{
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.FilterValues(func(a, b []string) bool { return len(a)+len(b) == 0 }, cmp.Ignore()),
	cmp.FilterValues(func(a, b map[string]string) bool { return len(a)+len(b) == 0 }, cmp.Ignore()),
}

func TestTheExampleLoadsWithEveryKeyUncommented(t *testing.T) {
	path := example(t, uncomment)
	c, _, err := Load(path, []string{
		"FIRST_ADMIN_PASSWORD=correct horse battery staple", "SMTP_PASSWORD=p", "LDAP_PASSWORD=p", "GITHUB_SECRET=p",
		"OTHER_SECRET=p", "MICROSOFT_SECRET=p", "SIGNING_SECRET=" + goodSecret, "API_SECRET=" + goodSecret,
	})
	if err != nil {
		t.Fatalf("got problems, want none:\n%v", err)
	}
	if got, want := len(c.Providers), 8; got != want {
		t.Errorf("got %d providers, want %d", got, want)
	}
	corp := c.Providers[1]
	if corp.Groups.Map["cn-admins"] != "admins" || corp.LDAP.Groups.Base != "ou=groups,dc=example,dc=org" {
		t.Errorf("groups.map and groups.base of one provider: got %v and %q", corp.Groups.Map, corp.LDAP.Groups.Base)
	}
}

func TestTheExampleDocumentsEveryKey(t *testing.T) {
	text, err := os.ReadFile(example(t, uncomment))
	if err != nil {
		t.Fatal(err)
	}
	r := newReport("example")
	root := parseYAML(r, string(text), place{"example", 1, 1})
	if root == nil {
		t.Fatal(r.problems)
	}
	wantKeys(t, "", []*node{root}, reflect.ValueOf(defaults()).Elem())
	byDriver := map[string][]*node{}
	for _, p := range root.child("providers").items {
		driver := p.child("driver").text
		byDriver[driver] = append(byDriver[driver], p)
		byDriver["all"] = append(byDriver["all"], p)
	}
	wantKeys(t, "provider", byDriver["all"], reflect.ValueOf(new(Provider)).Elem())
	for _, driver := range driversWithKeys() {
		part, _ := driverOf(new(Provider), driver)
		wantKeys(t, driver, byDriver[driver], part)
	}
}

// wantKeys complains about keys of a struct that are in none of the nodes.
func wantKeys(t *testing.T, path string, nodes []*node, v reflect.Value) {
	t.Helper()
	if v.Kind() == reflect.Pointer {
		v = reflect.New(v.Type().Elem()).Elem()
	}
	for _, f := range fieldsOf(v) {
		var found []*node
		for _, n := range nodes {
			if c := n.child(f.key); c != nil {
				found = append(found, c)
			}
		}
		if len(found) == 0 {
			t.Errorf("%s is not in the example", strings.TrimPrefix(path+"."+f.key, "."))
		}
		if isStruct(f.to[0].Type()) {
			wantKeys(t, path+"."+f.key, found, f.to[0])
		}
	}
}
