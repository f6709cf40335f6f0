package repolint

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// checkImports holds every import to the floors, the fences and the bans.
func checkImports(files []*file) []finding {
	var found []finding
	for _, f := range files {
		found = append(found, checkRoom(f)...)
		f.imports(func(spec *ast.ImportSpec, importPath string) {
			report := func(what, why, do string) {
				found = append(found, finding{f.at(spec.Pos()), what, why, do})
			}
			checkBans(f, importPath, report)
			checkBlank(f, spec, importPath, report)
			checkTestPackages(f, importPath, report)
			if dir, ok := ours(importPath); ok && bound(f) {
				checkFloors(f, dir, report)
				checkFences(f, dir, report)
			}
		})
	}
	return found
}

// bound tells whether floors and fences bind the file: not what is only linked into tests from outside the package (an
// external test, or a package of test tools, may need a whole server above), nor scripts.
func bound(f *file) bool {
	return !f.external() && !strings.HasSuffix(path.Base(f.dir()), "test") && !f.ignored
}

type reporter func(what, why, do string)

func findRoom(name string) (room, bool) {
	i := slices.IndexFunc(house, func(r room) bool { return r.name == name })
	if i < 0 {
		return room{}, false
	}
	return house[i], true
}

func checkRoom(f *file) []finding {
	if _, ok := findRoom(f.room()); ok {
		return nil
	}
	return []finding{{f.path, fmt.Sprintf("the room %q is not in the house", f.room()),
		"the root listing is the block diagram: every room has its floor",
		"put the file into a room, or give the new room a row in tools/repolint/floors.go with its reason"}}
}

func checkFloors(f *file, dir string, report reporter) {
	from, ok := findRoom(f.room())
	if !ok {
		return
	}
	name, _, _ := strings.Cut(dir, "/")
	if name == from.name {
		return
	}
	to, ok := findRoom(name)
	switch {
	case !ok:
		report(fmt.Sprintf("imports %s, a room that is not in the house", dir),
			"every room has its floor", "give it a row in tools/repolint/floors.go with its reason")
	case to.floor == from.floor:
		report(fmt.Sprintf("%s imports %s, a room of its own floor (%d)", from.name, dir, from.floor),
			fmt.Sprintf("rooms of one floor do not know each other (%s: %s; %s: %s)", from.name, from.why, to.name, to.why),
			"state the small interface that is needed in "+from.name+" and let app hand it in")
	case to.floor > from.floor:
		report(fmt.Sprintf("%s (floor %d) imports %s (floor %d)", from.name, from.floor, dir, to.floor),
			fmt.Sprintf("a room knows lower floors only (%s: %s; %s: %s)", from.name, from.why, to.name, to.why),
			"state the small interface that is needed in "+from.name+" and let app hand it in")
	case from.only != nil && !slices.Contains(from.only, to.name):
		report(fmt.Sprintf("%s imports %s; of our rooms it may know only %s", from.name, dir, strings.Join(from.only, ", ")),
			from.onlyWhy,
			"state the small interface that is needed in "+from.name+" and let app hand it in")
	}
}

func checkFences(f *file, dir string, report reporter) {
	for _, fe := range fences {
		if !within(dir, fe.into) || slices.Contains(fe.keep, dir) || !boundBy(f, fe) {
			continue
		}
		if depth := strings.Count(fe.into, "/"); depth > 0 && sameFolder(f.dir(), dir, depth+1) {
			continue
		}
		report(fmt.Sprintf("imports %s", dir), fe.why, fe.do)
	}
}

func boundBy(f *file, fe fence) bool {
	for _, from := range fe.from {
		if from == "*" {
			return !slices.Contains(excused[fe.into], f.room())
		}
		if within(f.dir(), from) {
			return true
		}
	}
	return false
}

// within tells whether dir is the folder that pattern names, or below it; a * in pattern stands for one part of a path.
func within(dir, pattern string) bool {
	have, want := strings.Split(dir, "/"), strings.Split(pattern, "/")
	if len(have) < len(want) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != have[i] {
			return false
		}
	}
	return true
}

// sameFolder tells whether a and b share their first n parts.
func sameFolder(a, b string, n int) bool {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	return len(as) >= n && len(bs) >= n && slices.Equal(as[:n], bs[:n])
}

func checkBans(f *file, importPath string, report reporter) {
	for _, b := range bans {
		if b.within != "" && b.within != f.room() || !matches(importPath, b.path) {
			continue
		}
		report(fmt.Sprintf("imports %q", importPath), b.why, b.do)
	}
}

func matches(importPath, pattern string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/…"); ok {
		return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
	}
	return importPath == pattern
}

func checkBlank(f *file, spec *ast.ImportSpec, importPath string, report reporter) {
	if spec.Name == nil || spec.Name.Name != "_" || f.testing() || f.room() == "tools" {
		return
	}
	for _, b := range blankImports {
		if b.path == importPath && (b.within == "" || b.within == f.room()) {
			return
		}
	}
	report(fmt.Sprintf("imports %q for its side effect", importPath),
		"wiring is visible: no registration by blank import",
		"call what is needed from app, or give it a row in tools/repolint/bans.go with its reason")
}

func checkTestPackages(f *file, importPath string, report reporter) {
	base := path.Base(importPath)
	if f.testing() || f.room() == "test" || importPath != "testing" && !strings.HasPrefix(importPath, "testing/") && !strings.HasSuffix(base, "test") {
		return
	}
	report(fmt.Sprintf("imports %q into the product", importPath),
		"packages for tests would be linked into the binary, with their flags",
		"import it from _test.go files, or from a package named …test, only")
}
