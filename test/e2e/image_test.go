package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// Images go in and out without a node and without a registry.
func TestImages(t *testing.T) {
	cluster.NeedRoot(t)
	dir := t.TempDir()
	data, archive := filepath.Join(dir, "data"), filepath.Join(dir, "hello.tar")
	program := filepath.Join(dir, "hello")
	if err := os.WriteFile(program, []byte("#!/bin/true\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	image := func(args ...string) cluster.Result {
		t.Helper()
		return cluster.Run(t, append(append([]string{"image"}, args...), "--data-dir", data)...)
	}
	names := func() string {
		t.Helper()
		return strings.TrimSpace(image("list", "-o", "name").OK(t))
	}
	const name = "docker.io/library/hello:1"

	image("build", "-t", "hello:1", "--add", program+":/hello", "--entrypoint", "/hello").OK(t)
	if got := names(); got != name {
		t.Fatalf("after build: %q", got)
	}
	var built []struct {
		ID   string
		Size int64
	}
	if err := json.Unmarshal([]byte(image("list", "-o", "json").OK(t)), &built); err != nil || len(built) != 1 || built[0].Size == 0 {
		t.Fatalf("as JSON: %+v, %v", built, err)
	}

	image("export", "-o", archive, "hello:1").OK(t)
	image("rm", "hello:1").OK(t)
	if got := names(); got != "" {
		t.Fatalf("after rm: %q", got)
	}
	if got := image("load", archive).OK(t); strings.TrimSpace(got) != name {
		t.Errorf("load said %q", got)
	}
	if out := image("list").OK(t); !strings.Contains(out, strings.TrimPrefix(built[0].ID, "sha256:")[:12]) {
		t.Errorf("the image came back as another:\n%s", out)
	}

	image("rm", "none:1").Fails(t, 1, "docker.io/library/none:1")
	image("load", program).Fails(t, 1, program)
	image("build", "-t", "Not a name", "--add", program+":/x").Fails(t, 1, "Not a name")
	image("build", "-t", "x:1", "--add", filepath.Join(dir, "none")+":/x").Fails(t, 1, filepath.Join(dir, "none"))
}
