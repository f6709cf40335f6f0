package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

func TestVersion(t *testing.T) {
	out := cluster.Run(t, "version").OK(t)
	if !strings.HasPrefix(out, "argosy v1.36.") || !strings.Contains(out, "linux/") {
		t.Errorf("version says %q", out)
	}
	var v map[string]string
	out = cluster.Run(t, "version", "-o", "json").OK(t)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("version -o json says %q: %v", out, err)
	}
	for _, field := range []string{"gitVersion", "gitCommit", "buildDate", "goVersion", "platform"} {
		if v[field] == "" {
			t.Errorf("version -o json has no %s: %v", field, v)
		}
	}
}

// The binary is kubectl behind "argosy kubectl", and when it is called by that name.
func TestKubectlByName(t *testing.T) {
	type clientVersion struct {
		ClientVersion struct{ Major, Minor, GitVersion string }
	}
	parse := func(out string) clientVersion {
		t.Helper()
		var v clientVersion
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		return v
	}
	behind := parse(cluster.Run(t, "kubectl", "version", "--client", "-o", "json").OK(t))
	if v := behind.ClientVersion; v.Major != "1" || v.Minor != "36" || !strings.Contains(v.GitVersion, "+argosy") {
		t.Errorf("argosy kubectl reports %+v", v)
	}

	link := filepath.Join(t.TempDir(), "kubectl")
	if err := os.Symlink(cluster.Binary(t), link); err != nil {
		t.Fatal(err)
	}
	cmd := cluster.Command(t, "version", "--client", "-o", "json")
	cmd.Path, cmd.Args[0] = link, link
	if byName := parse(cluster.RunCmd(t, cmd).OK(t)); byName != behind {
		t.Errorf("by name it reports %+v, behind argosy %+v", byName, behind)
	}
}

func TestKubectlPlugin(t *testing.T) {
	dir := t.TempDir()
	plugin := "#!/bin/sh\necho \"ahoy $*\"\n"
	if err := os.WriteFile(filepath.Join(dir, "kubectl-hail"), []byte(plugin), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := cluster.Command(t, "kubectl", "hail", "--who", "world")
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out := cluster.RunCmd(t, cmd).OK(t); out != "ahoy --who world\n" {
		t.Errorf("the plugin said %q", out)
	}
}

func TestBadFlags(t *testing.T) {
	tests := []struct {
		args string
		want []string
	}{
		{"upp", []string{`unknown command "upp"`, `did you mean "up"?`}},
		{"up --lisen=x", []string{"unknown flag: --lisen", "argosy up --help"}},
		{"up --listen=here", []string{"--listen", "HOST:PORT"}},
		{"up --node-name=Not_A_Name", []string{"--node-name", "RFC 1123"}},
		{"up extra", []string{`unexpected argument "extra"`}},
		{"server --api-only --demo", []string{"--demo", "--api-only"}},
		{"server --node-monitor-grace-period=-1s", []string{"--node-monitor-grace-period"}},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			cluster.Run(t, strings.Fields(tt.args)...).Fails(t, 2, tt.want...)
		})
	}
}
