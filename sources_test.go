package signet_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is one Go file of the module.
type source struct {
	path   string // slashes, from the root
	folder string
	text   []string // lines
	fset   *token.FileSet
	file   *ast.File
	// constants are the package's names for constants, of all its files.
	constants map[string]bool
}

// line is the number of the line that a node begins at, from 1.
func (s *source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// imported is the name that a file has for an import, or empty.
func (s *source) imported(path string) string {
	for _, i := range s.file.Imports {
		if strings.Trim(i.Path.Value, `"`) != path {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return path[strings.LastIndex(path, "/")+1:]
	}
	return ""
}

// parse reads one file.
func parse(t *testing.T, fset *token.FileSet, path string, text []byte) *source {
	t.Helper()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	folder, _, _ := cutLast(path, "/")
	return &source{path: path, folder: folder, text: strings.Split(string(text), "\n"), fset: fset, file: file}
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(separator):], true
}

// fabricated is a file that is nowhere.
func fabricated(t *testing.T, text string) *source {
	t.Helper()
	return parse(t, token.NewFileSet(), "web/x.go", []byte(text))
}

// program returns the Go files that the program is made of, or could be: no
// tests and nothing that only tests import.
func program(t *testing.T) []*source {
	t.Helper()
	all := slices.DeleteFunc(everything(t), func(s *source) bool { return forTests(s.folder) })
	shareConstants(all)
	return all
}

// everything returns the Go files of the module that are no tests.
func everything(t *testing.T) []*source {
	t.Helper()
	fset := token.NewFileSet()
	var all []*source
	for _, path := range files(t, ".go") {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(t, fset, path, text))
	}
	return all
}

func shareConstants(all []*source) {
	byFolder := make(map[string]map[string]bool)
	for _, s := range all {
		if byFolder[s.folder] == nil {
			byFolder[s.folder] = make(map[string]bool)
		}
		s.constants = byFolder[s.folder]
		ast.Inspect(s.file, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, spec := range d.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						s.constants[name.Name] = true
					}
				}
			}
			return true
		})
	}
}

// files returns the module's files with a suffix, without what other tools
// bring or leave: hidden folders, node_modules, test data, build output.
func files(t *testing.T, suffix string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != "." && (strings.HasPrefix(name, ".") && name != ".ci" || name == "node_modules" || name == "testdata" || name == "bin" || name == "signet-data") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, suffix) && d.Type().IsRegular() {
			found = append(found, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// lastWord is the last word of a camel-case name, in lower case.
func lastWord(name string) string {
	end := len(name)
	for i := end - 1; i > 0; i-- {
		if name[i] >= 'A' && name[i] <= 'Z' && (name[i-1] < 'A' || name[i-1] > 'Z') {
			return strings.ToLower(name[i:])
		}
	}
	return strings.ToLower(name)
}

// nameOf is the last name in an expression such as a.b.c, or empty.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.ParenExpr:
		return nameOf(e.X)
	case *ast.StarExpr:
		return nameOf(e.X)
	case *ast.IndexExpr:
		return nameOf(e.X)
	case *ast.SliceExpr:
		return nameOf(e.X)
	case *ast.CallExpr:
		// string(secret) is the secret; secret.Reveal() too; Hash(x) is one.
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Reveal" {
			return "secret"
		}
		if len(e.Args) == 1 && (nameOf(e.Fun) == "string" || isByteSlice(e.Fun)) {
			return nameOf(e.Args[0])
		}
		return nameOf(e.Fun)
	}
	return ""
}

func isByteSlice(e ast.Expr) bool {
	a, ok := e.(*ast.ArrayType)
	return ok && a.Len == nil && nameOf(a.Elt) == "byte"
}

// selects reports whether an expression is pkg.name, for a package's name in
// its file.
func selects(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || pkg == "" || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}
