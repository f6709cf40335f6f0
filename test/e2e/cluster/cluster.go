package cluster

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"argosy.dev/test/e2e/leftovers"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// ReadyLine is what "argosy up" and "argosy server" print, within a line, once every part is ready.
const ReadyLine = "ready in"

// How long a cluster may take before the test fails. Far above what it should; the benchmarks hold it to its goals.
const (
	readyTimeout = 30 * time.Second
	stopTimeout  = 60 * time.Second
)

// Cluster is a running, or for the moment stopped, argosy.
type Cluster struct {
	DataDir    string
	Kubeconfig string

	command string // up or server
	args    []string
	listen  string
	before  leftovers.Snapshot

	process *exec.Cmd
	ended   chan struct{} // closed when process has ended
	out     *output       // of every process that this cluster had
}

// Up starts "argosy up" with further arguments, and returns when it is ready. It needs root.
func Up(t testing.TB, args ...string) *Cluster {
	t.Helper()
	NeedRoot(t)
	return start(t, "up", args)
}

// Server starts "argosy server" with further arguments, and returns when it is ready.
func Server(t testing.TB, args ...string) *Cluster {
	t.Helper()
	return start(t, "server", args)
}

func start(t testing.TB, command string, args []string) *Cluster {
	t.Helper()
	// Not t.TempDir: sockets below it must fit into 108 bytes, and what is mounted there must not be removed by accident.
	dir, err := os.MkdirTemp("", "argosy-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{
		DataDir:    filepath.Join(dir, "data"),
		Kubeconfig: filepath.Join(dir, "kubeconfig"),
		command:    command,
		args:       args,
		listen:     "127.0.0.1:0",
		out:        newOutput(),
	}
	if c.before, err = leftovers.Take(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cleanup(t, dir) })
	c.Start(t)
	return c
}

// Start starts the cluster on its data directory, again after Stop or Kill, and returns when it is ready. Further arguments
// replace those of the first start.
func (c *Cluster) Start(t testing.TB, args ...string) {
	t.Helper()
	if c.running() {
		t.Fatal("the cluster runs already")
	}
	if len(args) > 0 {
		c.args = args
	}
	// Readiness is a new line of this process, and a kubeconfig that it has written.
	fresh := newOutput()
	c.process = Command(t, slices.Concat([]string{c.command, "--data-dir", c.DataDir, "--kubeconfig", c.Kubeconfig, "--listen", c.listen}, c.args)...)
	both := tee{fresh, c.out}
	c.process.Stdout, c.process.Stderr = both, both
	c.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the test run is not the cluster's
	if err := c.process.Start(); err != nil {
		t.Fatalf("starting %s: %v", c.process, err)
	}
	ended, process := make(chan struct{}), c.process
	c.ended = ended
	go func() {
		_ = process.Wait()
		close(ended)
	}()
	c.awaitReady(t, fresh)
}

func (c *Cluster) awaitReady(t testing.TB, out *output) {
	t.Helper()
	timeout := time.After(readyTimeout)
	for {
		_, ok, more := out.find(ReadyLine)
		if ok {
			break
		}
		select {
		case <-more:
		case <-c.ended:
			t.Fatalf("argosy %s ended with %v before it was ready:\n%s", c.command, c.process.ProcessState, out.String())
		case <-timeout:
			t.Fatalf("argosy %s printed no %q within %v:\n%s", c.command, ReadyLine, readyTimeout, out.String())
		}
	}
	// The port that it chose stays the cluster's.
	u, err := url.Parse(c.REST(t).Host)
	if err != nil {
		t.Fatal(err)
	}
	c.listen = u.Host
}

// REST is the administrator's client configuration.
func (c *Cluster) REST(t testing.TB) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		t.Fatalf("the kubeconfig of a ready cluster: %v", err)
	}
	return config
}

// Pid is the process id of the running argosy.
func (c *Cluster) Pid() int { return c.process.Process.Pid }

// Output is everything that the cluster's processes have printed so far.
func (c *Cluster) Output() string { return c.out.String() }

// Line returns the first line printed so far that contains text.
func (c *Cluster) Line(text string) (string, bool) {
	line, ok, _ := c.out.find(text)
	return line, ok
}

func (c *Cluster) running() bool {
	if c.process == nil {
		return false
	}
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// Stop interrupts the cluster and wants it to end gracefully, with exit code 0.
func (c *Cluster) Stop(t testing.TB) {
	t.Helper()
	c.signal(t, syscall.SIGINT)
	c.await(t)
	if code := c.process.ProcessState.ExitCode(); code != 0 {
		t.Errorf("a graceful stop ended with %v:\n%s", c.process.ProcessState, c.out.tail(50))
	}
}

// Kill ends the cluster's process with SIGKILL.
func (c *Cluster) Kill(t testing.TB) {
	t.Helper()
	c.signal(t, syscall.SIGKILL)
	c.await(t)
}

func (c *Cluster) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if !c.running() {
		t.Fatalf("the cluster does not run:\n%s", c.out.tail(50))
	}
	if err := c.process.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) await(t testing.TB) {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(stopTimeout):
		_ = c.process.Process.Signal(syscall.SIGQUIT)
		select {
		case <-c.ended:
		case <-time.After(5 * time.Second):
		}
		t.Fatalf("argosy did not end within %v:\n%s", stopTimeout, c.out.tail(400))
	}
}

// AssertNothingLeft wants the kernel to be as it was before the cluster's first start. The cluster must be stopped.
func (c *Cluster) AssertNothingLeft(t testing.TB) {
	t.Helper()
	// Links and cgroups may go a moment after the last process in them, when the kernel gets to it.
	var left leftovers.Snapshot
	deadline := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		now, err := leftovers.Take()
		if err != nil {
			t.Fatal(err)
		}
		left = now.Since(c.before)
		if left["processes of the data directory"], err = leftovers.Using(c.DataDir); err != nil {
			t.Fatal(err)
		}
		if left.Empty() {
			return
		}
		if time.Now().After(deadline) {
			break
		}
		<-tick.C
	}
	t.Errorf("left behind in the kernel:\n%s", left)
}

// cleanup stops what runs, checks that nothing is left, and removes the directory, whatever the test did.
func (c *Cluster) cleanup(t testing.TB, dir string) {
	defer c.sweep(t, dir)
	if !c.running() {
		return
	}
	if t.Failed() {
		c.describe(t)
	}
	c.Stop(t)
	c.AssertNothingLeft(t)
}

// sweep removes by force what a killed or failed cluster left, so that the next test finds a clean machine.
func (c *Cluster) sweep(t testing.TB, dir string) {
	if c.running() {
		_ = syscall.Kill(-c.Pid(), syscall.SIGKILL)
		<-c.ended
	}
	if t.Failed() {
		c.keepOutput(t)
	}
	if err := leftovers.Sweep(dir); err != nil {
		t.Errorf("cleaning up after the test: %v", err)
		return
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Errorf("removing %s: %v", dir, err)
	}
}

// describe logs what the cluster holds, for the reader of a failed test.
func (c *Cluster) describe(t testing.TB) {
	for _, args := range [][]string{
		{"get", "nodes,deployments,replicasets,pods", "-A", "-o", "wide"},
		{"get", "events", "-A", "--sort-by=.lastTimestamp"},
	} {
		cmd := c.kubectl(t, slices.Concat(args, []string{"--request-timeout=5s"})...)
		out, _ := cmd.CombinedOutput()
		t.Logf("kubectl %s:\n%s", strings.Join(args, " "), out)
	}
}

func (c *Cluster) keepOutput(t testing.TB) {
	t.Logf("argosy's last lines:\n%s", c.out.tail(60))
	dir := os.Getenv("ARGOSY_E2E_OUT")
	if dir == "" {
		dir = filepath.Join(repository(t), "out", "e2e")
	}
	name := filepath.Join(dir, strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())+".log")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(c.out.String()), 0o644)
	}
	if err != nil {
		t.Logf("keeping argosy's output: %v", err)
		return
	}
	t.Logf("all of argosy's output: %s", name)
}

// tee writes to both.
type tee struct{ a, b *output }

func (w tee) Write(p []byte) (int, error) {
	_, _ = w.a.Write(p)
	return w.b.Write(p)
}
