package kubeconfig

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

func TestMergeLeavesOthersAlone(t *testing.T) {
	c := creds()
	another := creds()
	another.DataDir, another.CA = "/srv/another", []byte("ca of another")
	ours := func(t *testing.T, path string, change func(*api.Config)) {
		put(t, path, others)
		if err := Merge([]string{path}, c); err != nil {
			t.Fatal(err)
		}
		config := parse(t, path)
		change(config)
		if err := clientcmd.WriteToFile(*config, path); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, path string)
		says    string
	}{
		{"another's context", func(t *testing.T, path string) {
			put(t, path, "contexts: [{name: argosy, context: {cluster: other, user: other}}]")
		}, "another cluster"},
		{"another's cluster alone", func(t *testing.T, path string) {
			put(t, path, "clusters: [{name: argosy, cluster: {server: 'https://other'}}]")
		}, "another cluster"},
		{"another's user alone", func(t *testing.T, path string) { put(t, path, "users: [{name: argosy, user: {token: t}}]") }, "another cluster"},
		{"made for another data directory", func(t *testing.T, path string) {
			if err := Merge([]string{path}, another); err != nil {
				t.Fatal(err)
			}
		}, "another cluster"},
		{"our context, made to point elsewhere", func(t *testing.T, path string) {
			ours(t, path, func(config *api.Config) { config.Contexts[Name].Cluster = "work" })
		}, "another cluster"},
		{"our cluster, replaced", func(t *testing.T, path string) {
			ours(t, path, func(config *api.Config) { config.Clusters[Name] = &api.Cluster{Server: "https://other"} })
		}, "another cluster"},
		{"odd extension", func(t *testing.T, path string) {
			put(t, path, "contexts: [{name: argosy, context: {cluster: argosy, user: argosy, extensions: [{name: argosy.dev, extension: [1]}]}}]")
		}, "another cluster"},
		{"malformed", func(t *testing.T, path string) { put(t, path, "contexts: [") }, "malformed"},
		{"not a kubeconfig", func(t *testing.T, path string) { put(t, path, "hello\n") }, "malformed"},
		{"a field of the future", func(t *testing.T, path string) {
			put(t, path, "clusters: [{name: a, cluster: {server: 'https://a', tls-magic: {deep: yes}}}]")
		}, ".clusters[0].cluster.tls-magic.deep"},
		{"two of one name", func(t *testing.T, path string) {
			put(t, path, "users: [{name: a, user: {token: hush}}, {name: a, user: {token: hush}}]")
		}, "duplicate name \"a\""},
		{"being written", func(t *testing.T, path string) { put(t, path, others); put(t, path+".lock", "") }, ".lock"},
		{"a directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not a file"},
		{"a pipe", func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			tt.prepare(t, path)
			before, _ := os.Lstat(path)
			err := Merge([]string{path}, creds())
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want %q in it", err, tt.says)
			} else if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error gives a secret away: %v", err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
				t.Error("the file was changed")
			}
		})
	}
	if err := Merge(nil, c); err == nil {
		t.Error("no error where there is no file")
	}
}

func TestForgottenLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	put(t, path+".lock", "")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path+".lock", old, old); err != nil {
		t.Fatal(err)
	}
	if err := Merge([]string{path}, creds()); err != nil {
		t.Error(err)
	}
}
