package repolint

import (
	"go/ast"
	"path"
)

// checkSleeps refuses time.Sleep in tests, unless it is written inside a synctest bubble, where it costs no time and is exact.
func checkSleeps(files []*file, granted []exception) []finding {
	used := map[string]bool{}
	var found []finding
	for _, f := range files {
		timeName, bubbleName := importName(f, "time"), importName(f, "testing/synctest")
		if !f.testing() || timeName == "" {
			continue
		}
		visit := func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if bubbleName != "" && isCall(call, bubbleName, "Test") {
				return false
			}
			if !isCall(call, timeName, "Sleep") {
				return true
			}
			used[f.path] = true
			if !has(granted, f.path) {
				found = append(found, finding{f.at(call.Pos()), "a test sleeps on the wall clock",
					"it is slow on a fast machine and flaky on a slow one",
					"wait for the event itself (a channel, a watch), or run the test in a testing/synctest bubble"})
			}
			return true
		}
		ast.Inspect(f.ast, visit)
	}
	return append(found, obsolete(granted, used, "sleepingTests")...)
}

// importName is the name by which the file knows a package, "" if it does not import it.
func importName(f *file, importPath string) string {
	name := ""
	f.imports(func(spec *ast.ImportSpec, p string) {
		if p != importPath {
			return
		}
		if spec.Name != nil {
			name = spec.Name.Name
			return
		}
		name = path.Base(p)
	})
	return name
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}
