package repolint

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// checkComments wants exactly one package comment a package, in doc.go, or for a program in its main.go.
func checkComments(files []*file) []finding {
	type pkg struct {
		program   bool
		commented []string
		first     string
	}
	packages := map[string]*pkg{}
	var order []string
	for _, f := range files {
		if f.test || f.ignored {
			continue
		}
		p := packages[f.dir()]
		if p == nil {
			p = &pkg{first: f.path}
			packages[f.dir()] = p
			order = append(order, f.dir())
		}
		p.program = p.program || f.ast.Name.Name == "main"
		if f.ast.Doc != nil {
			p.commented = append(p.commented, f.path)
		}
	}

	const why = "every package says once what it is for, what flows in and out, what it must never know and what it promises"
	var found []finding
	for _, dir := range order {
		p := packages[dir]
		switch {
		case len(p.commented) == 0:
			found = append(found, finding{p.first, "package " + dir + " has no package comment", why, "write it into " + dir + "/doc.go"})
		case len(p.commented) > 1:
			found = append(found, finding{p.commented[1], "package " + dir + " has more than one package comment: " + strings.Join(p.commented, ", "),
				why, "keep the one in doc.go; leave a blank line before the package clause elsewhere"})
		default:
			name := path.Base(p.commented[0])
			if name != "doc.go" && (!p.program || name != "main.go") {
				found = append(found, finding{p.commented[0], "the package comment of " + dir + " is not in doc.go", why, "move it to " + dir + "/doc.go"})
			}
		}
	}
	return found
}

// checkNames refuses folders and files that are named for being a drawer rather than for an idea.
func checkNames(files []*file) []finding {
	var found []finding
	seen := map[string]bool{}
	for _, f := range files {
		for _, part := range strings.Split(f.dir(), "/") {
			if slices.Contains(folderNames, part) && !seen[f.dir()] {
				seen[f.dir()] = true
				found = append(found, finding{f.dir(), fmt.Sprintf("a folder is named %q", part),
					"such a drawer collects everything and says nothing", "name it for what it does"})
			}
		}
		if slices.Contains(fileNames, path.Base(f.path)) {
			found = append(found, finding{f.path, "the file is named for nothing in it",
				"files are named for ideas", "name it for what it holds, or move each part to where it is used"})
		}
	}
	return found
}

// checkGenerated wants generated files to be recognizable from outside and from inside.
func checkGenerated(files []*file) []finding {
	var found []finding
	for _, f := range files {
		named := strings.HasPrefix(path.Base(f.path), "zz_")
		if named && !f.generated {
			found = append(found, finding{f.path, `a zz_ file has no "// Code generated … DO NOT EDIT." line`,
				"tools recognize generated code by it", "let the generator write it, or rename the file"})
		}
		if !named && f.generated {
			found = append(found, finding{f.path, "a generated file is not named zz_…",
				"make generate and its check for staleness know generated files by their name", "let the generator write zz_… instead"})
		}
	}
	return found
}

// checkInit refuses init functions but those that are granted.
func checkInit(files []*file, granted []exception) []finding {
	used := map[string]bool{}
	var found []finding
	for _, f := range files {
		if f.generated {
			continue
		}
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Name.Name != "init" {
				continue
			}
			used[f.path] = true
			if !has(granted, f.path) {
				found = append(found, finding{f.at(fn.Pos()), "an init function",
					"wiring is explicit, and start-up pays only for what is used", "make it a function that app, or the package's constructor, calls"})
			}
		}
	}
	return append(found, obsolete(granted, used, "initFunctions")...)
}

var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)

// checkUnfinished refuses notes that something is still to be done.
func checkUnfinished(files []*file) []finding {
	var found []finding
	for _, f := range files {
		for _, group := range f.ast.Comments {
			for _, c := range group.List {
				if word := unfinished.FindString(c.Text); word != "" {
					found = append(found, finding{f.at(c.Pos()), "a comment says " + word,
						"the product is finished code: nobody comes after", "do it, or open an issue and say in words what is not there"})
				}
			}
		}
	}
	return found
}
