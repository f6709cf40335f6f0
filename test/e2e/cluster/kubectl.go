package cluster

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Tool is a kubectl: the command and its first arguments. Nil is the one inside the binary.
type Tool []string

// UserTool is the user's own kubectl, $KUBECTL or the one on the PATH; the test is skipped if there is none.
func UserTool(t testing.TB) Tool {
	t.Helper()
	if k := os.Getenv("KUBECTL"); k != "" {
		return strings.Fields(k)
	}
	path, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("no kubectl on the PATH, nor named by KUBECTL")
	}
	return Tool{path}
}

// Client is one who uses a cluster through kubectl, in one namespace if it is named.
type Client struct {
	*Cluster
	Tool      Tool
	Namespace string
}

// Client is the administrator with the kubectl inside the binary.
func (c *Cluster) Client() Client { return Client{Cluster: c} }

// With is the same client with another kubectl.
func (c Client) With(tool Tool) Client {
	c.Tool = tool
	return c
}

// Kubectl runs kubectl as the administrator and returns its standard output; its failure fails the test.
func (c *Cluster) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	return c.Client().Kubectl(t, args...)
}

// Kubectl runs kubectl and returns its standard output; its failure fails the test.
func (c Client) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	return must(t, c.Try(t, args...), args)
}

// Try is Kubectl for a test that judges failure itself.
func (c Client) Try(t testing.TB, args ...string) Result {
	t.Helper()
	return c.Host.RunCmd(t, c.Command(t, args...))
}

// Feed is Kubectl with something on standard input.
func (c Client) Feed(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	return must(t, c.TryFeed(t, stdin, args...), args)
}

// TryFeed is Try with something on standard input.
func (c Client) TryFeed(t testing.TB, stdin string, args ...string) Result {
	t.Helper()
	cmd := c.Command(t, args...)
	cmd.Stdin = strings.NewReader(stdin)
	return c.Host.RunCmd(t, cmd)
}

// Apply applies manifests, given as YAML or JSON, and returns what kubectl said.
func (c Client) Apply(t testing.TB, manifests string, args ...string) string {
	t.Helper()
	args = slices.Concat([]string{"apply", "-f", "-"}, args)
	r := c.TryFeed(t, manifests, args...)
	if r.Code != 0 {
		t.Logf("the manifests:\n%s", manifests)
	}
	return must(t, r, args)
}

func must(t testing.TB, r Result, args []string) string {
	t.Helper()
	if r.Code != 0 {
		t.Fatalf("kubectl %s: exit code %d:\n%s%s", strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// Command prepares a kubectl. Where it is started must be the cluster's host ([Network.Do]).
func (c Client) Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	argv := c.Tool
	if argv == nil {
		argv = Tool{Binary(t), "kubectl"}
	}
	if c.Namespace != "" {
		argv = slices.Concat(argv, []string{"--namespace", c.Namespace})
	}
	cmd := exec.Command(argv[0], slices.Concat(argv[1:], args)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig, "KUBECTL_KUBERC=false")
	return cmd
}

// Process is a kubectl that runs beside the test, such as a watch.
type Process struct {
	cmd   *exec.Cmd
	out   *Output
	stdin io.WriteCloser
	ended chan struct{}
}

// Start runs kubectl beside the test. It is ended with the test.
func (c Client) Start(t testing.TB, args ...string) *Process {
	t.Helper()
	return c.Host.Start(t, c.Command(t, args...))
}

// Start runs a command beside the test, within the network. It is ended with the test.
func (n *Network) Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{cmd: cmd, out: newOutput(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := n.Do(cmd.Start); err != nil {
		t.Fatalf("starting %s: %v", strings.Join(cmd.Args, " "), err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.End)
	return p
}
