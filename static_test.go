package signet_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// finding is a place that breaks a rule.
type finding struct {
	rule, path string
	line       int
	text       string // of the line
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.path, f.line, f.rule, strings.TrimSpace(f.text))
}

// look is a rule: it returns the nodes of a file that break it.
type look func(s *source) []ast.Node

// staticRules are what no file of the program may do. Each is a guess from
// the text alone; where it is wrong, a line in allowed says why.
var staticRules = []struct {
	name string
	look look
}{
	{"switches a protection off", bannedNames},
	{"imports what is not for a server", bannedImports},
	{"takes a token without checking it", uncheckedTokens},
	{"uses a default of net/http, which has no deadline and is everybody's", httpDefaults},
	{"reads without a bound", unboundedReads},
	{"builds SQL from values", builtSQL},
	{"compares a secret in a time that tells about it (K-10)", secretCompares},
	{"takes text as HTML that is safe", trustedHTML},
	{"does something on import", inits},
	{"has a variable that everybody may change", globals},
	{"makes a context of its own below main", ownContexts},
	{"ends the process below main", exits},
}

func TestV06_StaticRules(t *testing.T) {
	used := make(map[int]bool)
	for _, f := range check(program(t)) {
		i := slices.IndexFunc(allowed, func(a allowance) bool { return a.covers(f) })
		if i < 0 {
			t.Error(f)
			continue
		}
		used[i] = true
	}
	for i, a := range allowed {
		if !used[i] {
			t.Errorf("nothing needs the allowance for %s in %s any more: take it out", a.part, a.path)
		}
	}
}

func check(all []*source) []finding {
	var found []finding
	for _, s := range all {
		for _, r := range staticRules {
			for _, n := range r.look(s) {
				line := s.line(n)
				found = append(found, finding{r.name, s.path, line, s.text[line-1]})
			}
		}
	}
	return found
}

// each returns the nodes of a file that fn picks.
func each(s *source, fn func(ast.Node) bool) []ast.Node {
	var picked []ast.Node
	ast.Inspect(s.file, func(n ast.Node) bool {
		if n != nil && fn(n) {
			picked = append(picked, n)
		}
		return true
	})
	return picked
}

func bannedNames(s *source) []ast.Node {
	banned := []string{
		"InsecureSkipVerify", "UnauthenticatedBind", "AllowEmptyPassword", "InsecureSkipSignatureCheck",
		"SkipIssuerCheck", "SkipClientIDCheck", "SkipExpiryCheck", "InsecureIssuerURLContext",
	}
	return each(s, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && slices.Contains(banned, id.Name)
	})
}

func bannedImports(s *source) []ast.Node {
	banned := []string{"math/rand", "math/rand/v2", "net/http/pprof", "expvar", "unsafe", "text/template", "crypto/md5", "crypto/rc4", "crypto/des"}
	return each(s, func(n ast.Node) bool {
		i, ok := n.(*ast.ImportSpec)
		return ok && slices.Contains(banned, strings.Trim(i.Path.Value, `"`))
	})
}

func uncheckedTokens(s *source) []ast.Node {
	banned := []string{"ParseInsecure", "ParseUnverified", "UnsafeClaimsWithoutVerification", "UnsafePayloadWithoutVerification", "WithInsecureNoSignature"}
	return each(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return slices.Contains(banned, n.Sel.Name)
		case *ast.CallExpr:
			name := nameOf(n.Fun)
			return (name == "WithVerify" || name == "WithValidate") && len(n.Args) > 0 && nameOf(n.Args[0]) == "false"
		}
		return false
	})
}

func httpDefaults(s *source) []ast.Node {
	pkg := s.imported("net/http")
	banned := []string{"DefaultClient", "DefaultTransport", "DefaultServeMux", "Get", "Head", "Post", "PostForm", "Handle", "HandleFunc", "ListenAndServe", "ListenAndServeTLS", "Serve"}
	return each(s, func(n ast.Node) bool {
		e, ok := n.(*ast.SelectorExpr)
		return ok && slices.ContainsFunc(banned, func(name string) bool { return selects(e, pkg, name) })
	})
}

// unboundedReads finds io.ReadAll of anything but an io.LimitReader made on
// the spot, and io.Copy from anything but one.
func unboundedReads(s *source) []ast.Node {
	pkg := s.imported("io")
	return each(s, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || !selects(c.Fun, pkg, "ReadAll") && !selects(c.Fun, pkg, "Copy") {
			return false
		}
		from, ok := c.Args[len(c.Args)-1].(*ast.CallExpr)
		return !ok || !selects(from.Fun, pkg, "LimitReader") && nameOf(from.Fun) != "MaxBytesReader"
	})
}

var sqlText = regexp.MustCompile(`(?i)\b(select\s.*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(create|alter|drop)\s+(table|index|database|role)|pragma\s+\w|where\s+\S+\s*=)`)

// builtSQL finds SQL that a format or a plus puts together from what is no
// constant.
func builtSQL(s *source) []ast.Node {
	pkg := s.imported("fmt")
	inner := make(map[ast.Node]bool)
	return each(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			format := selects(n.Fun, pkg, "Sprintf") || selects(n.Fun, pkg, "Sprint") || selects(n.Fun, pkg, "Fprintf") || selects(n.Fun, pkg, "Appendf")
			return format && slices.ContainsFunc(n.Args, isSQL)
		case *ast.BinaryExpr:
			if n.Op != token.ADD || inner[n] {
				return false
			}
			parts := operands(n, inner)
			return slices.ContainsFunc(parts, isSQL) && slices.ContainsFunc(parts, func(e ast.Expr) bool { return !s.constant(e) })
		}
		return false
	})
}

func isSQL(e ast.Expr) bool {
	l, ok := e.(*ast.BasicLit)
	return ok && l.Kind == token.STRING && sqlText.MatchString(l.Value)
}

// operands are all that a chain of plusses puts together.
func operands(e ast.Expr, inner map[ast.Node]bool) []ast.Expr {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.ADD {
		return []ast.Expr{e}
	}
	inner[b.X], inner[b.Y] = true, true
	return append(operands(b.X, inner), operands(b.Y, inner)...)
}

// constant reports whether an expression is a literal or a constant of the
// package.
func (s *source) constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return s.constants[e.Name]
	}
	return false
}

// secretWords are the last words of names that hold what must not leak.
var secretWords = []string{
	"secret", "secrets", "token", "tokens", "password", "passwd", "mac", "hmac", "hash", "digest", "sum",
	"signature", "sig", "nonce", "csrf", "verifier", "otp", "proof", "state", "passphrase",
}

// secretCompares finds == and friends on names that sound secret. Comparing
// with nothing, a number or a constant is no search for a secret.
func secretCompares(s *source) []ast.Node {
	secret := func(e ast.Expr) bool { return slices.Contains(secretWords, lastWord(nameOf(e))) }
	plain := func(e ast.Expr) bool {
		_, other := e.(*ast.SelectorExpr)
		return s.constant(e) || nameOf(e) == "nil" || isConstantName(e) && other
	}
	return each(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op != token.EQL && n.Op != token.NEQ || plain(n.X) || plain(n.Y) {
				return false
			}
			return secret(n.X) || secret(n.Y)
		case *ast.CallExpr:
			compares := selects(n.Fun, s.imported("bytes"), "Equal") || selects(n.Fun, s.imported("bytes"), "Compare") ||
				selects(n.Fun, s.imported("slices"), "Equal") || selects(n.Fun, s.imported("reflect"), "DeepEqual") ||
				selects(n.Fun, s.imported("strings"), "EqualFold")
			return compares && slices.ContainsFunc(n.Args, secret)
		}
		return false
	})
}

// isConstantName guesses that pkg.Name is a constant: of another package, and
// exported.
func isConstantName(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && (x.Name == "http" || x.Name == "crypto" || x.Name == "drivers") && ast.IsExported(sel.Sel.Name)
}
