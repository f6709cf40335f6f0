package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every folder kinds/<group>/<kind> that has a kind.go is listed exactly once.
func TestEveryFolderIsListedOnce(t *testing.T) {
	files, err := filepath.Glob("../*/*/kind.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no kinds: %v", err)
	}
	calls := listed(t)
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		if calls[name] != 1 {
			t.Errorf("%s is listed %d times in catalogue.go, want once", filepath.Dir(file), calls[name])
		}
	}
	if len(All()) != len(files) {
		t.Errorf("%d kinds are listed, but there are %d folders", len(All()), len(files))
	}
}

// listed counts the calls of <package>.Kind() in catalogue.go.
func listed(t *testing.T) map[string]int {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "catalogue.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]int{}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Kind" {
				if pkg, ok := sel.X.(*ast.Ident); ok {
					calls[pkg.Name]++
				}
			}
		}
		return true
	})
	return calls
}

// Names by which kubectl finds a kind, and keys by which the store does, belong to one kind each.
func TestNamesAreUnique(t *testing.T) {
	prefixes, resources := map[string]string{}, map[string]string{}
	for _, k := range All() {
		id := k.GroupResource().String()
		if other, ok := resources[id]; ok {
			t.Errorf("%s is the resource of %s and %s", id, other, k.GVK)
		}
		resources[id] = k.GVK.String()
		if !k.Stored() {
			continue
		}
		for prefix, other := range prefixes {
			if strings.HasPrefix(prefix, k.Prefix()) || strings.HasPrefix(k.Prefix(), prefix) {
				t.Errorf("the keys of %s and %s overlap: %s, %s", other, id, prefix, k.Prefix())
			}
		}
		prefixes[k.Prefix()] = id
	}
}

func BenchmarkAll(b *testing.B) {
	for b.Loop() {
		All()
	}
}
