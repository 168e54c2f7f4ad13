package signet_test

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

// Each rule finds what it is there for, and leaves its neighbour alone.
func TestV06_RulesFindWhatTheyAreFor(t *testing.T) {
	for _, c := range []struct {
		rule, imports, bad, good string
	}{
		{"switches a protection off", "crypto/tls", "var _ = tls.Config{InsecureSkipVerify: on}", "var _ = tls.Config{MinVersion: tls.VersionTLS13}"},
		{"switches a protection off", "", "func f(c conn) { c.UnauthenticatedBind(dn) }", "func f(c conn) { c.Bind(dn, password) }"},
		{"switches a protection off", "", "var _ = request{AllowEmptyPassword: true}", "var _ = request{Password: p}"},
		{"switches a protection off", "", "var _ = oidc.Config{SkipIssuerCheck: true}", "var _ = oidc.Config{ClientID: id}"},
		{"switches a protection off", "", "var _ = oidc.Config{SkipClientIDCheck: true}", "var _ = oidc.Config{ClientID: id}"},
		{"switches a protection off", "", "var _ = oidc.Config{InsecureSkipSignatureCheck: true}", "var _ = oidc.Config{ClientID: id}"},
		{"imports what is not for a server", "math/rand", "", ""},
		{"imports what is not for a server", "math/rand/v2", "", ""},
		{"imports what is not for a server", "text/template", "", ""},
		{"takes a token without checking it", "", "func f() { jwt.Parse(b, jwt.WithVerify(false)) }", "func f() { jwt.Parse(b, jwt.WithKeySet(s)) }"},
		{"takes a token without checking it", "", "func f() { jwt.ParseInsecure(b) }", "func f() { jwt.Parse(b) }"},
		{"uses a default of net/http", "net/http", "var _ = http.DefaultClient", "var _ = http.StatusOK"},
		{"uses a default of net/http", "net/http", "func f() { http.Get(u) }", "func f() { c.Get(u) }"},
		{"uses a default of net/http", "net/http", "func f() { http.HandleFunc(p, h) }", "func f() { m.HandleFunc(p, h) }"},
		{"reads without a bound", "io", "func f() { io.ReadAll(r.Body) }", "func f() { io.ReadAll(io.LimitReader(r.Body, 9)) }"},
		{"reads without a bound", "io", "func f() { io.Copy(w, r) }", "func f() { io.Copy(w, http.MaxBytesReader(w, r, 9)) }"},
		{"builds SQL from values", "fmt", `func f() { fmt.Sprintf("SELECT a FROM b WHERE c = '%s'", c) }`, `func f() { fmt.Sprintf("pick one of %s", many) }`},
		{"builds SQL from values", "", `func f() { q("DELETE FROM b WHERE c = " + c) }`, "const c = `x`\nfunc f() { q(`DELETE FROM b WHERE c = ` + c) }"},
		{"builds SQL from values", "", `func f() { q("UPDATE b" + " SET c = 1 WHERE d = " + d + " LIMIT 1") }`, `func f() { q("UPDATE b" + " SET c = 1") }`},
		{"compares a secret", "", "func f() bool { return got == s.clientSecret }", `func f() bool { return s.clientSecret == "" }`},
		{"compares a secret", "", "func f() bool { return refreshToken != want }", "func f() bool { return tokenType != want }"},
		{"compares a secret", "bytes", "func f() bool { return bytes.Equal(mac, want) }", "func f() bool { return hmac.Equal(mac, want) }"},
		{"compares a secret", "", "func f() bool { return string(hash) == string(want) }", "func f() bool { return len(hash) == size }"},
		{"compares a secret", "", "func f() bool { return a.Password.Reveal() == b }", "func f() bool { return a.Password.IsZero() == b }"},
		{"takes text as HTML", "html/template", "var _ = template.HTML(s)", "var _ = template.HTMLEscapeString(s)"},
		{"takes text as HTML", "html/template", "var _ = template.URL(s)", "var _ = template.URLQueryEscaper(s)"},
		{"does something on import", "", "func init() {}", "func (t thing) init() {}"},
		{"has a variable", "", "var cache map[string]string", `var names = map[string]string{"a": "b"}`},
		{"has a variable", "", "var names = map[string]string{}\nfunc f() { names[a] = b }", "func f() { names := map[string]string{}; names[a] = b }"},
		{"has a variable", "", "var seen = []int{}\nfunc f() { seen = append(seen, 1) }", "var _ I = (*T)(nil)"},
		{"has a variable", "", "var count = 0\nfunc f() { count++ }", `var ErrNone = errors.New("none")`},
		{"has a variable", "sync", "var mu sync.Mutex", "type t struct { mu sync.Mutex }"},
		{"has a variable", "", "var db = open()", `var clean = regexp.MustCompile("a")`},
		{"has a variable", "", "var assets embed.FS", "//go:embed page.html\nvar assets embed.FS"},
		{"makes a context", "context", "var _ = context.Background()", "var _ = context.WithoutCancel(ctx)"},
		{"ends the process", "os", "func f() { os.Exit(1) }", "func f() { os.Getenv(n) }"},
	} {
		name := c.rule + ": " + c.bad + c.imports
		t.Run(name, func(t *testing.T) {
			if got := rulesBrokenBy(t, "web/x.go", c.imports, c.bad); !slices.ContainsFunc(got, func(r string) bool { return strings.HasPrefix(r, c.rule) }) {
				t.Errorf("the rule does not find it; found are %q", got)
			}
			if c.good == "" {
				return
			}
			if got := rulesBrokenBy(t, "web/x.go", c.imports, c.good); len(got) > 0 {
				t.Errorf("%q is fine, but breaks %q", c.good, got)
			}
		})
	}
	t.Run("the program itself may make a context and end", func(t *testing.T) {
		for imported, text := range map[string]string{"context": "var _ = context.Background", "os": "func f() { os.Exit(1) }"} {
			if got := rulesBrokenBy(t, "cmd/signet/main.go", imported, text); len(got) > 0 {
				t.Errorf("%s breaks %q", text, got)
			}
		}
	})
	t.Run("another name for a package hides nothing", func(t *testing.T) {
		s := parse(t, token.NewFileSet(), "web/x.go", []byte("package x\nimport web \"net/http\"\nvar _ = web.DefaultClient\n"))
		if got := check([]*source{s}); len(got) != 1 {
			t.Errorf("got %v, want one finding", got)
		}
	})
}

func rulesBrokenBy(t *testing.T, path, imported, text string) []string {
	t.Helper()
	if imported != "" {
		text = "import \"" + imported + "\"\n" + text
	}
	s := parse(t, token.NewFileSet(), path, []byte("package x\n"+text+"\n"))
	shareConstants([]*source{s})
	var broken []string
	for _, f := range check([]*source{s}) {
		broken = append(broken, f.rule)
	}
	return broken
}

func TestV06_AnAllowanceCoversItsLineOnly(t *testing.T) {
	a := allowance{"compares a secret", "web/x.go", "state", "why"}
	f := finding{rule: "compares a secret in a time that tells about it (K-10)", path: "web/x.go", text: "if k.state == state {"}
	if !a.covers(f) {
		t.Error("its own line is not covered")
	}
	for what, other := range map[string]finding{
		"another file": {f.rule, "web/y.go", 1, f.text},
		"another rule": {"reads without a bound", f.path, 1, f.text},
		"another line": {f.rule, f.path, 1, "if secret == given {"},
	} {
		if a.covers(other) {
			t.Errorf("%s is covered too", what)
		}
	}
	for _, a := range allowed {
		if a.because == "" || a.part == "" {
			t.Errorf("%+v says no reason or no part", a)
		}
	}
}
