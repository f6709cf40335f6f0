package repolint

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// tree parses a repository given as path and source, pairwise.
func tree(t *testing.T, pathsAndSources ...string) []*file {
	t.Helper()
	root := fstest.MapFS{}
	for i := 0; i < len(pathsAndSources); i += 2 {
		root[pathsAndSources[i]] = &fstest.MapFile{Data: []byte(pathsAndSources[i+1])}
	}
	files, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// expect wants exactly the findings whose text contains the wanted pieces, in order.
func expect(t *testing.T, found []finding, want ...string) {
	t.Helper()
	if len(found) != len(want) {
		t.Fatalf("%d findings, want %d: %v", len(found), len(want), found)
	}
	for i, f := range found {
		if !strings.Contains(f.String(), want[i]) {
			t.Errorf("%q does not mention %q", f, want[i])
		}
		if f.where == "" || f.why == "" || f.do == "" {
			t.Errorf("%q lacks where, why or what to do", f)
		}
	}
}

func TestImports(t *testing.T) {
	tests := []struct {
		path, imports string
		want          []string
	}{
		// Floors.
		{"cache/a.go", "argosy.dev/store", nil},
		{"store/embedded/a.go", "argosy.dev/store", nil},
		{"cache/a.go", "argosy.dev/resource", []string{"cache (floor 2) imports resource (floor 3)"}},
		{"cache/a.go", "argosy.dev/kinds", []string{"a room of its own floor (2)"}},
		{"cache/a.go", "argosy.dev/drawer", []string{"not in the house"}},
		{"drawer/a.go", "fmt", []string{`the room "drawer" is not in the house`}},
		{"a.go", "fmt", []string{`the room "" is not in the house`}},
		// Who knows the cluster through client only.
		{"controllers/deployment/a.go", "argosy.dev/client", nil},
		{"scheduler/a.go", "argosy.dev/server", []string{"may know only api, base, facts, client"}},
		{"node/a.go", "argosy.dev/cache", []string{"may know only"}},
		{"node/a.go", "argosy.dev/volume", nil},
		{"node/a.go", "argosy.dev/runtime", []string{"by CRI alone"}},
		{"network/a.go", "argosy.dev/store", []string{"may know only"}},
		{"dashboard/a.go", "argosy.dev/resource", []string{"may know only"}},
		// Fences.
		{"controllers/deployment/a.go", "argosy.dev/controllers/loop", nil},
		{"controllers/deployment/a.go", "argosy.dev/controllers/deployment/plan", nil},
		{"controllers/deployment/a.go", "argosy.dev/controllers/replicaset", []string{"do not know each other"}},
		{"server/a.go", "argosy.dev/kinds", nil},
		{"server/handlers/a.go", "argosy.dev/kinds/core/pod", []string{"never a concrete kind"}},
		{"resource/a.go", "argosy.dev/kinds/catalogue", []string{"must look alike"}},
		{"kinds/apps/deployment/a.go", "argosy.dev/kinds/core/pod", nil},
		{"app/a.go", "argosy.dev/kinds/catalogue", nil},
		{"cmd/argosy/a.go", "argosy.dev/cli", nil},
		{"cli/a.go", "argosy.dev/app", nil},
		{"cli/a.go", "argosy.dev/base/version", []string{"may know only app"}},
		{"test/e2e/a.go", "argosy.dev/cli", []string{"only cmd may import cli"}},
		{"cmd/argosy/a.go", "argosy.dev/app", []string{"only cli may import app"}},
		// Tests may reach up from outside the package, packages for tests may be used by tests only.
		{"kinds/a_test.go", "argosy.dev/resource", []string{"kinds (floor 2) imports resource (floor 3)"}},
		{"kinds/kindtest/a.go", "argosy.dev/resource", nil},
		{"store/embedded/a_test.go", "argosy.dev/store/storetest", nil},
		{"store/embedded/a.go", "argosy.dev/store/storetest", []string{"into the product"}},
		{"store/storetest/a.go", "testing", nil},
		{"store/a.go", "testing", []string{"into the product"}},
		// Bans.
		{"node/a.go", "k8s.io/kubernetes/pkg/kubelet", []string{"written anew"}},
		{"server/a.go", "k8s.io/apiserver/pkg/registry/rest", []string{"what Argosy is"}},
		{"server/a.go", "k8s.io/apiserver/pkg/cel", nil},
		{"test/e2e/a_test.go", "k8s.io/apiserver/pkg/server", []string{"what Argosy is"}},
		{"runtime/a.go", "C", []string{"pure Go"}},
		{"store/a_test.go", "k8s.io/api/core/v1", []string{"bytes only"}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s imports %s", tt.path, tt.imports), func(t *testing.T) {
			files := tree(t, tt.path, fmt.Sprintf("package x\n\nimport %q\n", tt.imports))
			expect(t, checkImports(files), tt.want...)
		})
	}

	t.Run("an external test reaches up", func(t *testing.T) {
		files := tree(t, "kinds/a_test.go", `package kinds_test; import "argosy.dev/server"`)
		expect(t, checkImports(files))
	})
	t.Run("a script is no part of its room", func(t *testing.T) {
		files := tree(t, "kinds/gen.go", "//go:build ignore\n\npackage main\n\nimport \"argosy.dev/server\"\n")
		expect(t, checkImports(files))
	})
	t.Run("a module of its own is left alone", func(t *testing.T) {
		files := tree(t, "test/conformance/go.mod", "module x", "test/conformance/a_test.go", `package x; import "k8s.io/kubernetes/test/e2e"`)
		expect(t, checkImports(files))
	})
	t.Run("blank imports", func(t *testing.T) {
		files := tree(t, "server/a.go", "package server\n\nimport (\n\t_ \"embed\"\n\t_ \"k8s.io/client-go/plugin/pkg/client/auth\"\n)\n")
		expect(t, checkImports(files), "server/a.go:5: imports \"k8s.io/client-go/plugin/pkg/client/auth\" for its side effect")
	})
}

func TestComments(t *testing.T) {
	expect(t, checkComments(tree(t,
		"cache/cache.go", "package cache\n",
		"cache/doc.go", "// Package cache is documented.\npackage cache\n",
		"cache/cache_test.go", "// Package cache is documented in a test as well.\npackage cache\n",
		"cmd/argosy/main.go", "// Command argosy is documented.\npackage main\n",
	)))
	expect(t, checkComments(tree(t, "cache/cache.go", "package cache\n")), "cache has no package comment")
	expect(t, checkComments(tree(t, "cache/cache.go", "// Package cache is documented.\npackage cache\n")), "not in doc.go")
	expect(t, checkComments(tree(t,
		"cache/doc.go", "// Package cache is documented.\npackage cache\n",
		"cache/other.go", "// Licensed to the dogs.\npackage cache\n",
	)), "more than one package comment: cache/doc.go, cache/other.go")
}

func TestNames(t *testing.T) {
	expect(t, checkNames(tree(t,
		"cache/index.go", "package cache",
		"cache/util/strings.go", "package util",
		"cache/util/bytes.go", "package util",
		"server/helpers.go", "package server",
	)), `cache/util: a folder is named "util"`, "server/helpers.go")
}

func TestGenerated(t *testing.T) {
	const header = "// Code generated by gen. DO NOT EDIT.\n\n"
	expect(t, checkGenerated(tree(t,
		"api/zz_deepcopy.go", header+"package api",
		"api/zz_by_hand.go", "package api",
		"api/made.go", header+"package api",
	)), "api/made.go: a generated file", "api/zz_by_hand.go: a zz_ file")
}

func TestInit(t *testing.T) {
	files := tree(t,
		"cache/a.go", "package cache\n\nfunc init() {}\n",
		"cache/b.go", "package cache\n\ntype x int\n\nfunc (x) init() {}\n",
		"cache/zz_c.go", "// Code generated by gen. DO NOT EDIT.\n\npackage cache\n\nfunc init() {}\n",
	)
	expect(t, checkInit(files, nil), "cache/a.go:3: an init function")
	expect(t, checkInit(files, []exception{{path: "cache/a.go"}}))
	expect(t, checkInit(files, []exception{{path: "cache/a.go"}, {path: "cache/b.go"}}), "cache/b.go: does not need its entry in initFunctions")
}

func TestSleeps(t *testing.T) {
	files := tree(t,
		"cache/a.go", "package cache\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n",
		"cache/a_test.go", "package cache\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n",
		"cache/b_test.go", "package cache\n\nimport (\n\"testing\"\n\"testing/synctest\"\n\"time\"\n)\n\nfunc TestF(t *testing.T) {\nsynctest.Test(t, func(t *testing.T) { time.Sleep(1) })\n}\n",
		"cache/cachetest/c.go", "package cachetest\n\nimport tm \"time\"\n\nfunc f() { tm.Sleep(1) }\n",
	)
	expect(t, checkSleeps(files, nil), "cache/a_test.go:5", "cache/cachetest/c.go:5")
	granted := []exception{{path: "cache/a_test.go"}, {path: "cache/cachetest/c.go"}}
	expect(t, checkSleeps(files, granted))
	expect(t, checkSleeps(files, append(granted, exception{path: "cache/b_test.go"})), "cache/b_test.go: does not need")
}

func TestUnfinished(t *testing.T) {
	word := "TO" + "DO"
	expect(t, checkUnfinished(tree(t,
		"cache/a.go", "package cache\n\n// "+word+": all of it.\nfunc f() {}\n",
		"cache/b.go", "package cache\n\nvar s = \""+word+"\" // a string is not a note\n",
	)), "cache/a.go:3")
}

func TestSizes(t *testing.T) {
	lines := func(n int) string { return "package cache\n" + strings.Repeat("//\n", n-1) }
	check := func(exceptions []exception, pathsAndSources ...string) []finding {
		t.Helper()
		found, _ := checkSizes(tree(t, pathsAndSources...), exceptions)
		return found
	}
	small := []string{"cache/a.go", lines(10), "cache/b.go", lines(10), "cache/c.go", lines(10), "cache/d.go", lines(10), "cache/e.go", lines(10),
		"cache/f.go", lines(10), "cache/g.go", lines(10), "cache/h.go", lines(10), "cache/i.go", lines(10), "cache/j.go", lines(10)}

	expect(t, check(nil, small...))
	expect(t, check(nil, append(small, "cache/k.go", lines(800))...))
	expect(t, check(nil, append(small, "cache/k.go", lines(801))...), "801 lines, the hard stop is 800")
	expect(t, check(nil, append(small, "cache/k_test.go", lines(1200))...))
	expect(t, check(nil, append(small, "cache/k_test.go", lines(1201))...), "1201 lines, the hard stop is 1200")
	expect(t, check(nil, append(small, "cache/zz_k.go", "// Code generated by gen. DO NOT EDIT.\n"+lines(2000))...))
	expect(t, check(nil, append(small, "cache/k.go", lines(401), "cache/l.go", lines(401))...), "one file in ten has more than 401 lines")
	expect(t, check(nil, "cache/a.go", lines(151)), "the median file has 151 lines")

	grant := []exception{{path: "cache/k.go", lines: 900}}
	expect(t, check(grant, append(small, "cache/k.go", lines(900))...))
	expect(t, check(grant, append(small, "cache/k.go", lines(901))...), "its exception in longFiles is for 900")
	expect(t, check(grant, append(small, "cache/k.go", lines(800))...), "does not need its entry in longFiles")
	expect(t, check(grant, small...), "does not need its entry in longFiles")
}
