package repolint

import (
	"os"
	"testing"
)

// The repository itself, rule by rule.
func TestRepository(t *testing.T) {
	files, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files found: is this tools/repolint of the repository?")
	}
	rules := []struct {
		name  string
		check func([]*file) []finding
	}{
		{"imports", checkImports},
		{"package comments", checkComments},
		{"names", checkNames},
		{"generated files", checkGenerated},
		{"init functions", func(files []*file) []finding { return checkInit(files, initFunctions) }},
		{"sleeping tests", func(files []*file) []finding { return checkSleeps(files, sleepingTests) }},
		{"unfinished", checkUnfinished},
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) { report(t, rule.check(files)) })
	}
	t.Run("sizes", func(t *testing.T) {
		found, summary := checkSizes(files, longFiles)
		t.Log(summary)
		report(t, found)
	})
}

func report(t *testing.T, found []finding) {
	t.Helper()
	for _, f := range found {
		t.Errorf("%v", f)
	}
}
