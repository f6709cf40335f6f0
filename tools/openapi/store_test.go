package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	documents := map[string][]byte{"v2": []byte(`{"swagger":"2.0"}`), "apis/apps/v1": []byte(`{"openapi":"3.0.0"}`)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := store(dir, documents, true); err == nil {
		t.Error("an empty folder passes the check")
	}
	if _, err := os.Stat(filepath.Join(dir, documentsDir)); err == nil {
		t.Error("the check has written something")
	}
	must(store(dir, documents, false))
	must(store(dir, documents, true))

	// Other compressed bytes of the same document are left alone.
	name := filepath.Join(dir, documentsDir, "apis__apps__v1.json.gz")
	before, err := os.Stat(name)
	must(err)
	must(os.Chtimes(name, before.ModTime().AddDate(-1, 0, 0), before.ModTime().AddDate(-1, 0, 0)))
	must(store(dir, documents, false))
	if after, err := os.Stat(name); err != nil || !after.ModTime().Before(before.ModTime()) {
		t.Error("a document that has not changed was written again")
	}

	documents["apis/apps/v1"] = []byte(`{"openapi":"3.0.1"}`)
	if err := store(dir, documents, true); err == nil || !strings.Contains(err.Error(), "apis__apps__v1") {
		t.Errorf("a changed document: %v", err)
	}
	must(store(dir, documents, false))
	if data, err := inflateFile(name); err != nil || string(data) != `{"openapi":"3.0.1"}` {
		t.Errorf("stored %s: %v", data, err)
	}

	delete(documents, "apis/apps/v1")
	if err := store(dir, documents, true); err == nil {
		t.Error("a document that is no longer made passes the check")
	}
	must(store(dir, documents, false))
	if _, err := os.Stat(name); err == nil {
		t.Error("a document that is no longer made is still there")
	}
	must(store(dir, documents, true))
}

func TestNames(t *testing.T) {
	tests := []struct{ path, file, variable string }{
		{"v2", "v2.json.gz", "embeddedV2"},
		{"api/v1", "api__v1.json.gz", "embeddedApiV1"},
		{"apis/rbac.authorization.k8s.io/v1", "apis__rbac.authorization.k8s.io__v1.json.gz", "embeddedApisRbacAuthorizationK8sIoV1"},
		{".well-known/openid-configuration", "well-known__openid-configuration.json.gz", "embeddedWellKnownOpenidConfiguration"},
	}
	for _, tt := range tests {
		if got := fileName(tt.path); got != tt.file {
			t.Errorf("%s is stored as %s, want %s", tt.path, got, tt.file)
		}
		if got := variable(tt.path); got != tt.variable {
			t.Errorf("%s is held by %s, want %s", tt.path, got, tt.variable)
		}
	}
}
