package cluster

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// kubectlCommand is how kubectl is run: $KUBECTL, the user's own, or the one in the binary.
func kubectlCommand(t testing.TB) []string {
	if k := os.Getenv("KUBECTL"); k != "" {
		return strings.Fields(k)
	}
	if path, err := exec.LookPath("kubectl"); err == nil {
		return []string{path}
	}
	return []string{Binary(t), "kubectl"}
}

func (c *Cluster) kubectl(t testing.TB, args ...string) *exec.Cmd {
	argv := slices.Concat(kubectlCommand(t), args)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig)
	return cmd
}

// Kubectl runs kubectl as the administrator and returns its standard output; its failure fails the test.
func (c *Cluster) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	r := c.TryKubectl(t, args...)
	if r.Code != 0 {
		t.Fatalf("kubectl %s: exit code %d:\n%s%s", strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// TryKubectl is Kubectl for a test that judges failure itself.
func (c *Cluster) TryKubectl(t testing.TB, args ...string) Result {
	t.Helper()
	return RunCmd(t, c.kubectl(t, args...))
}

// Apply applies manifests, given as YAML or JSON.
func (c *Cluster) Apply(t testing.TB, manifests string, args ...string) {
	t.Helper()
	cmd := c.kubectl(t, slices.Concat([]string{"apply", "-f", "-"}, args)...)
	cmd.Stdin = strings.NewReader(manifests)
	if r := RunCmd(t, cmd); r.Code != 0 {
		t.Fatalf("kubectl apply: exit code %d:\n%s%s\nof:\n%s", r.Code, r.Stdout, r.Stderr, manifests)
	}
}
