package repolint

import "slices"

// Exceptions are debts. The lists only shrink: an entry that is no longer needed fails the check until it is removed, and a
// file may not grow beyond what its entry says.

type exception struct {
	path  string
	lines int // for longFiles: how long it may be
	why   string
}

// longFiles may be longer than the hard stop, up to lines.
var longFiles = []exception{}

// initFunctions are the files that may have an init function.
var initFunctions = []exception{
	{path: "cli/language/language.go", why: "kubectl's i18n package can only be told before other packages are initialized"},
}

// sleepingTests are the test files that may call time.Sleep outside a synctest bubble.
var sleepingTests = []exception{
	{path: "runtime/cgroup/cgroup_test.go", why: "asks the kernel again and again, up to a deadline, for the CPU time of a process"},
}

// has tells whether the list has an entry for the file.
func has(list []exception, path string) bool {
	return slices.ContainsFunc(list, func(e exception) bool { return e.path == path })
}

// obsolete reports the entries of a list that no file in used needs any more.
func obsolete(list []exception, used map[string]bool, name string) []finding {
	var found []finding
	for _, e := range list {
		if !used[e.path] {
			found = append(found, finding{e.path, "does not need its entry in " + name + " (any more)",
				"the lists of exceptions only shrink", "remove the entry from tools/repolint/exceptions.go"})
		}
	}
	return found
}
