package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

const aKubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: other, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: other, context: {cluster: other}}]
current-context: other
`

func TestKubeconfigForLackOfAny(t *testing.T) {
	write := func(path, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := t.TempDir()
	ours := filepath.Join(data, "kubeconfig")
	write(ours, aKubeconfig)

	tests := []struct {
		name    string
		env     map[string]string
		own     string // content of ~/.kube/config, none if empty
		dataDir string
		want    string
	}{
		{"nothing said", nil, "", data, ours},
		{"KUBECONFIG", map[string]string{"KUBECONFIG": "/elsewhere"}, "", data, ""},
		{"in a Pod", map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "", data, ""},
		{"one's own", nil, aKubeconfig, data, ""},
		{"one's own, empty", nil, "apiVersion: v1\nkind: Config\n", data, ours},
		{"one's own, broken", nil, "{", data, ""},
		{"no data directory", nil, "", filepath.Join(data, "none"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			if tt.own != "" {
				write(filepath.Join(home, ".kube", "config"), tt.own)
			}
			getenv := func(name string) string {
				if name == "HOME" {
					return home
				}
				return tt.env[name]
			}
			if got := kubeconfigForLackOfAny(getenv, tt.dataDir); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestKubectlArgv(t *testing.T) {
	tests := []struct{ argv, want []string }{
		{[]string{"/usr/bin/argosy", "kubectl", "get", "pods"}, []string{"kubectl", "get", "pods"}},
		{[]string{"/usr/local/bin/kubectl", "get", "pods"}, []string{"/usr/local/bin/kubectl", "get", "pods"}},
		{[]string{"kubectl", "kubectl"}, []string{"kubectl", "kubectl"}},
	}
	for _, tt := range tests {
		if got := kubectlArgv(tt.argv); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q gives %q, want %q", tt.argv, got, tt.want)
		}
	}
}
