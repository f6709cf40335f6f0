package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// run executes one argosy command line in process.
func run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = execute(context.Background(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestWrongUsage(t *testing.T) {
	tests := []struct {
		args string
		want []string
	}{
		{"upp", []string{`unknown command "upp"`, `did you mean "up"?`, "argosy --help"}},
		{"up --lisen x", []string{"unknown flag: --lisen", "argosy up --help"}},
		{"up now", []string{`unexpected argument "now"`}},
		{"up --listen nowhere", []string{`--listen "nowhere"`, "HOST:PORT"}},
		{"up --api-only", []string{"unknown flag: --api-only"}},
		{"up --node-monitor-grace-period=fast", []string{"--node-monitor-grace-period", `"fast"`}},
		{"server --api-only --demo", []string{"--demo", "--api-only"}},
		{"version -o xml", []string{`--output "xml"`, "json"}},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			code, out, errOut := run(t, strings.Fields(tt.args)...)
			if code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			if out != "" {
				t.Errorf("standard output: %q", out)
			}
			for _, want := range tt.want {
				if !strings.Contains(errOut, want) {
					t.Errorf("%q does not mention %q", errOut, want)
				}
			}
		})
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	code, out, errOut := run(t)
	if code != exitDone || errOut != "" {
		t.Fatalf("exit code %d, %s", code, errOut)
	}
	for _, c := range newRoot().Commands() {
		if c.Short == "" {
			t.Errorf("%s has no short description", c.Name())
		}
		if !strings.Contains(out, "\n  "+c.Name()) {
			t.Errorf("help does not list %s", c.Name())
		}
	}
}

func TestVersionAsJSON(t *testing.T) {
	code, out, _ := run(t, "version", "-o", "json")
	if code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	var v struct{ GitVersion, GoVersion, Platform string }
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if !strings.HasPrefix(v.GitVersion, "v1.36.") || v.GoVersion == "" || v.Platform == "" {
		t.Errorf("%+v", v)
	}
}
