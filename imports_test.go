package signet_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// room is a folder and what its code may import besides the standard library.
// Patterns are path.Match ones; one that ends in "..." takes all below too.
type room struct {
	folder  string
	own     []string // folders of this module
	others  []string // other modules' packages; nil for any
	because string
}

var none = []string{}

// rooms are tried from the top; the first whose folder matches counts.
var rooms = []room{
	{"", nil, nil, "the root holds only tests"},
	{"cmd/signet", []string{"..."}, nil, "the program wires everything"},
	{"cmd/signet/proxy", nil, none, "files for other programs are made from plain values"},
	{"cmd/signet/translate", []string{"config"}, none, "settings of other systems become a text, which the configuration judges"},
	{"cmd/signet/attack", none, none, "who attacks a set-up knows nothing of how it is made"},
	{"e2e/...", []string{"..."}, nil, "tests with real servers may use everything"},
	{"bench/...", []string{"..."}, nil, "measurements may use everything"},

	{"config", nil, []string{"github.com/goccy/go-yaml/...", "github.com/robfig/cron/v3"}, "values are checked without knowing who uses them"},

	{"drivers", nil, none, "the contract imports none of those who keep it"},
	{"drivers/drivertest", []string{"drivers"}, []string{"github.com/google/go-cmp/..."}, "a suite for every driver knows none of them"},
	{"drivers/local", []string{"drivers"}, []string{"golang.org/x/crypto/...", "golang.org/x/text/..."}, "a driver knows the contract and its field, never the broker or another driver"},
	{"drivers/ldap", []string{"drivers"}, []string{"github.com/go-ldap/ldap/...", "github.com/go-asn1-ber/asn1-ber", "golang.org/x/text/..."}, "a driver knows the contract and its field, never the broker or another driver"},
	{"drivers/outbound", nil, none, "how a driver calls a provider knows no driver"},
	{"drivers/bearer", []string{"drivers", "drivers/outbound"}, []string{"github.com/go-json-experiment/json/..."}, "what drivers know of access tokens knows no driver"},
	{"drivers/oauth2", []string{"drivers", "drivers/bearer", "drivers/outbound"}, []string{"github.com/markbates/goth/...", "golang.org/x/oauth2/..."}, "a driver knows the contract and its field, never the broker or another driver"},
	{"drivers/openid", []string{"drivers", "drivers/bearer", "drivers/outbound"}, []string{"github.com/coreos/go-oidc/...", "golang.org/x/oauth2/...", "github.com/go-jose/go-jose/...", "github.com/go-json-experiment/json/..."}, "a driver knows the contract and its field, never the broker or another driver"},
	{"drivers/*/*test", []string{"drivers", "drivers/*"}, nil, "what only tests import may use more libraries"},

	{"sessions", nil, []string{"github.com/alexedwards/scs/..."}, "sessions are values and rules, and know nobody"},
	{"broker", []string{"drivers", "sessions", "broker/token", "broker/factor"}, []string{"github.com/google/uuid", "golang.org/x/text/...", "golang.org/x/sync/..."}, "the one door knows contracts, never a concrete driver, a store, the configuration or the web"},
	{"broker/factor", nil, []string{"github.com/pquerna/otp/..."}, "second factors know nobody, and their library stays in here"},
	{"broker/token", nil, []string{"github.com/lestrrat-go/jwx/..."}, "tokens know nobody, and the JOSE library stays in here"},
	{"broker/token/*test", []string{"broker/token"}, nil, "what only tests import may use more libraries"},

	{"mail", []string{"broker", "broker/token"}, []string{"github.com/wneessen/go-mail/...", "golang.org/x/net/idna"}, "letters leave here; who wrote them and where they wait is not its affair"},
	{"mail/*test", none, nil, "a mail server for tests knows nobody"},

	{"store", []string{"broker", "broker/token", "sessions", "drivers", "drivers/local"}, []string{"github.com/pressly/goose/...", "github.com/alexedwards/scs/...", "github.com/google/uuid", "golang.org/x/sync/..."}, "SQL knows the types it keeps, and no engine"},
	{"store/sqlite", []string{"store"}, []string{"modernc.org/sqlite/...", "github.com/pressly/goose/..."}, "an engine is opened and migrated, no more"},
	{"store/postgres", []string{"store"}, []string{"github.com/jackc/pgx/...", "github.com/pressly/goose/..."}, "an engine is opened and migrated, no more"},
	{"store/legacy", []string{"broker"}, []string{"github.com/google/uuid"}, "whoever reads another system's people knows neither an engine nor our own tables"},
	{"store/*test", []string{"store", "broker", "broker/token", "sessions", "drivers", "drivers/local"}, nil, "a suite for both engines knows neither"},

	{"web", []string{"web/...", "broker", "broker/token", "sessions"}, nil, "the web sees the broker's answers, never a driver, a store or the configuration"},
	{"web/wire", []string{"broker", "broker/token", "sessions"}, nil, "what all profiles share knows none of them"},
	{"web/compat/compattest", []string{"..."}, nil, "the whole is tested with real parts"},
	{"web/compat/*", []string{"web/wire", "broker", "broker/token", "sessions"}, nil, "a profile can be taken out: no other one uses it"},
	{"web/*", []string{"web/wire", "broker", "broker/token", "sessions"}, nil, "a profile can be taken out: no other one uses it"},
	{"web/*/*test", []string{"web/*", "broker", "broker/token...", "sessions", "drivers"}, nil, "what only tests import may use more"},
}

// unwanted are names of folders that say nothing about what is in them.
var unwanted = []string{"internal", "pkg", "util", "utils", "models", "common", "helpers", "lib"}

// onlyIn are libraries that belong to one folder, whoever may use others.
var onlyIn = []struct{ library, folder, because string }{
	{"github.com/lestrrat-go/...", "broker/token...", "so that another JOSE library is a change of one package"},
	{"github.com/pquerna/otp/...", "broker/factor", "one place makes and checks codes"},
	{"github.com/wneessen/go-mail/...", "mail", "one place speaks to mail servers"},
	{"github.com/graph-gophers/graphql-go/...", "web/graphql", "its types appear nowhere else"},
	{"github.com/getkin/kin-openapi/...", "web/openapi/openapitest", "answers are held against the document in one place"},
	{"github.com/swaggest/swgui/...", "web/openapi", "one page shows the document"},
	{"github.com/go-ldap/ldap/...", "drivers/ldap...", "names are escaped and time is bounded in one place"},
	{"github.com/coreos/go-oidc/...", "drivers/openid...", "its types appear in no signature outside its driver"},
	{"github.com/markbates/goth/...", "drivers/oauth2...", "its types appear in no signature outside its driver"},
	{"golang.org/x/oauth2/...", "drivers...", "its types appear in no signature outside its drivers"},
	{"github.com/jackc/pgx/...", "store/postgres", "one text of SQL for both engines"},
	{"modernc.org/sqlite/...", "store/sqlite", "one text of SQL for both engines"},
}

func TestImports(t *testing.T) {
	for _, complaint := range checkImports(packages(t)) {
		t.Error(complaint)
	}
}

// checkImports returns what breaks the rules, in whole sentences.
func checkImports(all []listed) []string {
	var complaints []string
	for _, p := range all {
		folder := inside(p.ImportPath)
		for _, part := range strings.Split(folder, "/") {
			if slices.Contains(unwanted, part) {
				complaints = append(complaints, fmt.Sprintf("folder %s: %q does not say what is in it", folder, part))
			}
		}
		i := slices.IndexFunc(rooms, func(r room) bool { return matches(r.folder, folder) })
		if i < 0 {
			complaints = append(complaints, fmt.Sprintf("folder %s has no line in the table of rooms", folder))
			continue
		}
		for _, imported := range p.Imports {
			complaints = append(complaints, rooms[i].check(folder, imported)...)
		}
	}
	return complaints
}

// check returns what is wrong with a folder's import.
func (r room) check(folder, imported string) []string {
	var complaints []string
	say := func(because string) {
		complaints = append(complaints, fmt.Sprintf("%s must not import %s: %s", folder, imported, because))
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case imported == module || strings.HasPrefix(imported, module+"/"):
		if !oneOf(r.own, inside(imported)) && !below(folder, inside(imported)) {
			say(r.because)
		}
	case strings.Contains(first, "."):
		if r.others != nil && !oneOf(r.others, imported) {
			say(r.because)
		}
		for _, o := range onlyIn {
			if matches(o.library, imported) && !matches(o.folder, folder) && !forTests(folder) {
				say(o.because)
			}
		}
	case imported == "testing" || strings.HasPrefix(imported, "testing/"), imported == "net/http/httptest":
		if !forTests(folder) {
			say("the program has no use for it")
		}
	}
	return complaints
}

// below reports whether imported is a part of folder itself that is not for
// tests.
func below(folder, imported string) bool {
	return strings.HasPrefix(imported, folder+"/") && strings.HasPrefix(folder, "drivers/") && !forTests(imported)
}

// forTests reports whether a folder is never part of the program.
func forTests(folder string) bool {
	return strings.HasPrefix(folder, "e2e") || strings.HasPrefix(folder, "bench") || strings.HasSuffix(folder, "test")
}

func inside(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func oneOf(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

func matches(pattern, name string) bool {
	if stem, ok := strings.CutSuffix(pattern, "..."); ok {
		stem = strings.TrimSuffix(stem, "/")
		return stem == "" || name == stem || strings.HasPrefix(name, stem+"/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func TestCheckImports(t *testing.T) {
	for _, c := range []struct {
		name, folder, imported string
		want                   string // empty: fine
	}{
		{"the program may import a concrete driver", "cmd/signet", module + "/drivers/ldap", ""},
		{"the broker may import the contract", "broker", module + "/drivers", ""},
		{"the broker may not import a driver", "broker", module + "/drivers/ldap", "never a concrete driver"},
		{"the broker may not import the web", "broker", module + "/web", "never a concrete driver, a store, the configuration or the web"},
		{"a driver may not import the broker", "drivers/local", module + "/broker", "never the broker"},
		{"a driver may not import another", "drivers/ldap", module + "/drivers/local", "or another driver"},
		{"a driver may import a part of its own", "drivers/oauth2", module + "/drivers/oauth2/preset", ""},
		{"a driver may not import a test helper", "drivers/ldap", module + "/drivers/ldap/ldaptest", "another driver"},
		{"the store may import the local driver's row", "store", module + "/drivers/local", ""},
		{"the store may not import another driver", "store", module + "/drivers/ldap", "no engine"},
		{"nobody but the program imports the store", "web", module + "/store", "a store"},
		{"nobody but the program imports the configuration", "web/api", module + "/config", "taken out"},
		{"a profile may import what all share", "web/compat/papermerge", module + "/web/wire", ""},
		{"a profile may not import another", "web/compat/papermerge", module + "/web/compat/ethics", "no other one uses it"},
		{"the native interface may not import the pages", "web/api", module + "/web/pages", "no other one uses it"},
		{"the web may import the token's claims", "web/api", module + "/broker/token", ""},
		{"the web may not import the contract of drivers", "web/api", module + "/drivers", "taken out"},
		{"the JOSE library stays in its package", "web", "github.com/lestrrat-go/jwx/v2/jwt", "one package"},
		{"its package may import it", "broker/token", "github.com/lestrrat-go/jwx/v2/jws", ""},
		{"a driver has its own field's library", "drivers/ldap", "github.com/go-ldap/ldap/v3", ""},
		{"a driver has no other", "drivers/ldap", "github.com/gorilla/mux", "its field"},
		{"a redirect driver has its libraries", "drivers/openid", "github.com/coreos/go-oidc/v3/oidc", ""},
		{"the program does not see them", "cmd/signet", "golang.org/x/oauth2", "no signature"},
		{"nor those of profiles", "cmd/signet", "github.com/markbates/goth", "no signature"},
		{"the contract has no library", "drivers", "github.com/google/uuid", "none of those who keep it"},
		{"SQL has no engine", "store", "github.com/jackc/pgx/v5", "no engine"},
		{"the standard library is for all", "drivers", "crypto/tls", ""},
		{"the program has no use for testing", "broker", "testing", "no use"},
		{"a suite has", "drivers/drivertest", "testing", ""},
		{"tests with real servers may import everything", "e2e/parts", module + "/store/postgres", ""},
		{"a folder's name says something", "web/util", "fmt", "does not say"},
		{"there is no internal", "internal/clock", "fmt", "does not say"},
		{"a new folder needs a line", "cache", "fmt", "no line in the table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(checkImports([]listed{{ImportPath: module + "/" + c.folder, Imports: []string{c.imported}}}), "\n")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q in it", got, c.want)
			}
		})
	}
}

// The names of this module's folders are read from go list and not from the
// tree, so this is what go list must see at the least.
func TestImportsAreThoseOfThisModule(t *testing.T) {
	var got []string
	for _, p := range packages(t) {
		if folder := inside(p.ImportPath); slices.Contains([]string{"broker", "config", "drivers", "sessions", "store", "web"}, folder) {
			got = append(got, folder)
		}
	}
	if d := cmp.Diff([]string{"broker", "config", "drivers", "sessions", "store", "web"}, got); d != "" {
		t.Errorf("rooms that go list sees (-want +got):\n%s", d)
	}
}
