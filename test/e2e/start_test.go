package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"argosy.dev/test/e2e/cluster"
)

// Without a capability that a node cannot do without, it says which step failed and why, and leaves nothing behind.
func TestWithoutCapabilities(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		capability uintptr
		says       []string
	}{
		"net_admin": {unix.CAP_NET_ADMIN, []string{"network", "not permitted"}},
		"sys_admin": {unix.CAP_SYS_ADMIN, []string{"not permitted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cluster.New(t)
			c.DropCapabilities = []uintptr{tt.capability}
			c.Fails(t).Fails(t, 1, tt.says...)
			c.AssertNothingLeft(t)
		})
	}
}

// One host has one node: the second is refused, and the first does not notice.
func TestSecondNodeOnAHost(t *testing.T) {
	t.Parallel()
	c := cluster.Up(t, "--demo")
	awaitDemo(t, c)
	pids := containerPids(t, c, "default")
	second := cluster.New(t)
	second.Host = c.Host
	second.Fails(t).Fails(t, 1, "another argosy", fmt.Sprint(c.Pid()))
	second.Host = nil // it is the first one's to close
	samePids(t, pids, containerPids(t, c, "default"))
}

// Two clusters on one machine, each in its own network: stopping one leaves the other alone.
func TestTwoClustersOnAMachine(t *testing.T) {
	t.Parallel()
	one, other := cluster.Up(t, "--demo"), cluster.Up(t, "--demo")
	awaitDemo(t, one)
	awaitDemo(t, other)
	pids := containerPids(t, one, "default")
	other.Stop(t)
	other.AssertNothingLeft(t)
	samePids(t, pids, containerPids(t, one, "default"))
	for _, ip := range podIPs(t, one) {
		contains(t, "its pod", get(t, one.Host, "http://"+ip+":8080"), "demo-")
	}
}

// A second interrupt ends it at once; what is left behind then is found and taken up at the next start.
func TestSecondInterrupt(t *testing.T) {
	t.Parallel()
	c := upWithTool(t)
	client := inDefault(t, c)
	client.Kubectl(t, "run", "stubborn", "--image", toolImage, "--command", "--", "/bin/ignore-term")
	cluster.AwaitPod(t, client, "stubborn", cluster.Running)
	c.Interrupt(t)
	cluster.Eventually(t, awaitTimeout, "it says that it stops", func() error {
		if _, ok := c.Line("stopping"); !ok {
			return errNotYet
		}
		return nil
	})
	if code := c.InterruptAgain(t); code != 130 {
		t.Errorf("a second interrupt ended with %d", code)
	}
	c.Start(t)
	cluster.AwaitPod(t, client, "stubborn", cluster.Running)
	c.Stop(t)
	c.AssertNothingLeft(t)
}

// Without --kubeconfig, the context argosy joins the user's own file, and nothing there is overwritten.
func TestUsersKubeconfig(t *testing.T) {
	t.Parallel()
	c := cluster.NewServer(t)
	home := t.TempDir()
	users := filepath.Join(home, ".kube", "config")
	if err := os.Mkdir(filepath.Dir(users), 0o755); err != nil {
		t.Fatal(err)
	}
	const before = `apiVersion: v1
kind: Config
current-context: work
contexts: [{name: work, context: {cluster: work, user: me}}]
clusters: [{name: work, cluster: {server: "https://work.example"}}]
users: [{name: me, user: {token: secret}}]
`
	if err := os.WriteFile(users, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	c.Kubeconfig = filepath.Join(c.DataDir, "kubeconfig")
	c.Start(t, "--api-only", "--kubeconfig=")

	kubectl := func(args ...string) string {
		t.Helper()
		cmd := cluster.Command(t, append([]string{"kubectl"}, args...)...)
		cmd.Env = c.Env
		return cluster.RunCmd(t, cmd).OK(t)
	}
	equal(t, "what was there", kubectl("config", "view", "--raw", "-o", `jsonpath={.contexts[?(@.name=="work")].context.user} {.users[?(@.name=="me")].user.token}`), "me secret")
	contains(t, "contexts", kubectl("config", "get-contexts", "-o", "name"), "work", "argosy")
	equal(t, "the context in use", kubectl("config", "current-context"), "work")
	contains(t, "the new context", kubectl("--context", "argosy", "get", "namespaces"), "kube-system")
	contains(t, "the server's own file", kubectl("--kubeconfig", c.Kubeconfig, "get", "namespaces"), "kube-system")
	if info, err := os.Stat(c.Kubeconfig); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the administrator's kubeconfig has the mode %v, %v", info.Mode(), err)
	}
}

// A data directory that belongs to somebody else.
func TestUnreadableDataDir(t *testing.T) {
	cluster.NeedRoot(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for parent := dir; parent != "/"; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(parent, info.Mode()|0o055); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(filepath.Base(parent), "TestUnreadable") {
			break
		}
	}
	cmd := asUser(t, cluster.Command(t, "server", "--data-dir", data, "--listen", "127.0.0.1:0"), 65534)
	cluster.RunCmd(t, cmd).Fails(t, 1, data, "permission denied")
}
