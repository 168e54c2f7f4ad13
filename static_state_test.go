package signet_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

func trustedHTML(s *source) []ast.Node {
	pkg := s.imported("html/template")
	kinds := []string{"HTML", "HTMLAttr", "JS", "JSStr", "CSS", "URL", "Srcset"}
	return each(s, func(n ast.Node) bool {
		e, ok := n.(*ast.SelectorExpr)
		return ok && slices.ContainsFunc(kinds, func(k string) bool { return selects(e, pkg, k) })
	})
}

func inits(s *source) []ast.Node {
	return each(s, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		return ok && f.Recv == nil && f.Name.Name == "init"
	})
}

func ownContexts(s *source) []ast.Node {
	pkg := s.imported("context")
	return each(s, func(n ast.Node) bool {
		e, ok := n.(*ast.SelectorExpr)
		return ok && !inMain(s) && (selects(e, pkg, "Background") || selects(e, pkg, "TODO"))
	})
}

func exits(s *source) []ast.Node {
	return each(s, func(n ast.Node) bool {
		e, ok := n.(*ast.SelectorExpr)
		if !ok || inMain(s) {
			return false
		}
		log := s.imported("log")
		return selects(e, s.imported("os"), "Exit") || selects(e, log, "Fatal") || selects(e, log, "Fatalf") || selects(e, log, "Fatalln")
	})
}

func inMain(s *source) bool { return strings.HasPrefix(s.path, "cmd/") }

// globals finds variables of a package that are no constant tables, errors or
// guards. A table is a literal or the answer of a function known to make
// something that does not change, and no line of its file writes to it.
func globals(s *source) []ast.Node {
	var found []ast.Node
	for _, d := range s.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			embedded := g.Doc != nil && hasDirective(g.Doc) || v.Doc != nil && hasDirective(v.Doc)
			for i, name := range v.Names {
				if name.Name == "_" || embedded {
					continue
				}
				if len(v.Values) <= i || !unchanging(v.Values[i]) || written(s, name.Name) {
					found = append(found, name)
				}
			}
		}
	}
	return found
}

func hasDirective(doc *ast.CommentGroup) bool {
	return slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// makers are functions whose answer does not change after it was made.
var makers = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "template.Must", "strings.NewReplacer", "netip.MustParsePrefix", "netip.MustParseAddr",
	"http.NewCrossOriginProtection", "slices.Concat", "slices.Sorted", "strings.Fields", "time.Date", "bytes.Repeat", "reflect.TypeFor", "strings.Repeat",
}

func unchanging(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.CompositeLit, *ast.FuncLit, *ast.SelectorExpr:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND && unchanging(e.X)
	case *ast.BinaryExpr:
		return unchanging(e.X) && unchanging(e.Y)
	case *ast.CallExpr:
		if isByteSlice(e.Fun) {
			return true
		}
		fun := e.Fun
		if generic, ok := fun.(*ast.IndexExpr); ok {
			fun = generic.X
		}
		f, ok := fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if f.Sel.Name == "Strict" { // of an encoding: a copy
			return true
		}
		x, ok := f.X.(*ast.Ident)
		return ok && slices.Contains(makers, x.Name+"."+f.Sel.Name)
	}
	return false
}

// written reports whether a file writes to a variable, one of its fields or
// one of its elements.
func written(s *source, name string) bool {
	root := func(e ast.Expr) bool {
		for {
			switch x := e.(type) {
			case *ast.Ident:
				return x.Name == name
			case *ast.IndexExpr:
				e = x.X
			case *ast.SelectorExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			default:
				return false
			}
		}
	}
	return len(each(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			return n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, root)
		case *ast.IncDecStmt:
			return root(n.X)
		case *ast.CallExpr:
			return (nameOf(n.Fun) == "delete" || nameOf(n.Fun) == "clear") && len(n.Args) > 0 && root(n.Args[0])
		}
		return false
	})) > 0
}
