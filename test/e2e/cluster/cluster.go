package cluster

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"argosy.dev/test/e2e/leftovers"
	"golang.org/x/sys/unix"
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
	// Host is the network that the cluster runs in, and World another one beyond its uplink; both nil for a server without
	// a node, which runs in the test's.
	Host, World *Network
	// Env, if set, is the environment that it is started in.
	Env []string
	// Program, if set, is another build of argosy to start.
	Program string
	// DropCapabilities are those that it starts without, as root though it is.
	DropCapabilities []uintptr

	command string // up or server
	dir     string
	args    []string
	listen  string
	before  leftovers.Snapshot
	disk    bool // the data directory is on a disk of its own

	process *exec.Cmd
	ended   chan struct{} // closed when process has ended
	out     *Output       // of every process that this cluster had
}

// Up starts "argosy up" with further arguments, and returns when it is ready. It needs root.
func Up(t testing.TB, args ...string) *Cluster {
	t.Helper()
	c := New(t)
	c.Start(t, args...)
	return c
}

// Server starts "argosy server" with further arguments, and returns when it is ready.
func Server(t testing.TB, args ...string) *Cluster {
	t.Helper()
	c := NewServer(t)
	c.Start(t, args...)
	return c
}

// NewServer prepares for "argosy server", for what must be there before its first start.
func NewServer(t testing.TB) *Cluster {
	t.Helper()
	return prepare(t, "server")
}

// New prepares a host for "argosy up", for what must be there before its first start. It needs root.
func New(t testing.TB) *Cluster {
	t.Helper()
	NeedRoot(t)
	return prepare(t, "up")
}

func prepare(t testing.TB, command string) *Cluster {
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
		dir:        dir,
		listen:     "127.0.0.1:0",
		out:        newOutput(),
	}
	t.Cleanup(func() { c.cleanup(t) })
	if command == "up" {
		c.makeHost(t)
	}
	if c.before, err = leftovers.Take(dir, c.within()); err != nil {
		t.Fatal(err)
	}
	return c
}

// Start starts the cluster on its data directory, again after Stop or Kill, and returns when it is ready. Further arguments
// replace those of the first start.
func (c *Cluster) Start(t testing.TB, args ...string) {
	t.Helper()
	c.awaitReady(t, c.Launch(t, args...))
}

// Role makes the next start one of "argosy up" or "argosy server", on the same host and data.
func (c *Cluster) Role(t testing.TB, command string) {
	t.Helper()
	if c.running() {
		t.Fatal("the cluster runs")
	}
	c.command = command
}

// Launch is Start that does not wait for anything. Readiness is a line of the output that it returns.
func (c *Cluster) Launch(t testing.TB, args ...string) *Output {
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
	if c.Program != "" {
		c.process.Path, c.process.Args[0] = c.Program, c.Program
	}
	both := tee{fresh, c.out}
	c.process.Stdout, c.process.Stderr = both, both
	c.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the test run is not the cluster's
	c.process.Env = c.Env
	if err := c.Host.Do(c.startProcess); err != nil {
		t.Fatalf("starting %s: %v", c.process, err)
	}
	ended, process := make(chan struct{}), c.process
	c.ended = ended
	go func() {
		_ = process.Wait()
		close(ended)
	}()
	return fresh
}

// startProcess runs on a thread of its own, whose capabilities the process inherits.
func (c *Cluster) startProcess() error {
	for _, capability := range c.DropCapabilities {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
			return fmt.Errorf("dropping capability %d: %w", capability, err)
		}
	}
	return c.process.Start()
}

// Fails launches a cluster that cannot start, and returns how it ended.
func (c *Cluster) Fails(t testing.TB, args ...string) Result {
	t.Helper()
	out := c.Launch(t, args...)
	c.await(t)
	return Result{Code: c.process.ProcessState.ExitCode(), Stderr: out.String()}
}

func (c *Cluster) awaitReady(t testing.TB, out *Output) {
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
	config.QPS = -1
	if c.Host != nil {
		config.Dial = c.Host.Dial
	}
	return config
}

// HTTP is the administrator's client for plain requests.
func (c *Cluster) HTTP(t testing.TB) *http.Client {
	t.Helper()
	client, err := rest.HTTPClientFor(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}
	return client
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

// Interrupt begins a graceful stop and does not wait for it.
func (c *Cluster) Interrupt(t testing.TB) {
	t.Helper()
	c.signal(t, syscall.SIGINT)
}

// InterruptAgain is for a cluster that is stopping; it waits for its end and returns the exit code.
func (c *Cluster) InterruptAgain(t testing.TB) int {
	t.Helper()
	c.signal(t, syscall.SIGINT)
	c.await(t)
	return c.process.ProcessState.ExitCode()
}

// Kill ends the cluster's process with SIGKILL.
func (c *Cluster) Kill(t testing.TB) {
	t.Helper()
	c.signal(t, syscall.SIGKILL)
	c.await(t)
}

// KillAfter ends the cluster's process with SIGKILL a while from now. The channel is closed once it has ended.
func (c *Cluster) KillAfter(d time.Duration) <-chan struct{} {
	process := c.process.Process
	time.AfterFunc(d, func() { _ = process.Kill() })
	return c.ended
}

// KillIfRunning is Kill for a cluster that may have ended by itself.
func (c *Cluster) KillIfRunning(t testing.TB) {
	t.Helper()
	if c.running() {
		_ = c.process.Process.Signal(syscall.SIGKILL)
		c.await(t)
	}
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
		if left = c.Kernel(t); left.Empty() {
			return
		}
		if time.Now().After(deadline) {
			break
		}
		<-tick.C
	}
	t.Errorf("left behind in the kernel:\n%s", left)
}

// Kernel is what there is now of the cluster in the kernel, that was not there before its first start.
func (c *Cluster) Kernel(t testing.TB) leftovers.Snapshot {
	t.Helper()
	now, err := leftovers.Take(c.dir, c.within())
	if err != nil {
		t.Fatal(err)
	}
	return now.Since(c.before)
}

// cleanup stops what runs, checks that nothing is left, and removes the directory, whatever the test did.
func (c *Cluster) cleanup(t testing.TB) {
	defer c.sweep(t)
	if !c.running() {
		return
	}
	if t.Failed() {
		c.describe(t, "--all-namespaces")
	}
	c.Stop(t)
	c.AssertNothingLeft(t)
}

// sweep removes by force what a killed or failed cluster left, so that the next test finds a clean machine.
func (c *Cluster) sweep(t testing.TB) {
	defer c.Host.close()
	defer c.World.close()
	if c.running() {
		_ = syscall.Kill(-c.Pid(), syscall.SIGKILL)
		<-c.ended
	}
	if t.Failed() {
		c.keepOutput(t)
	}
	if err := leftovers.Sweep(c.dir); err != nil {
		t.Errorf("cleaning up after the test: %v", err)
		return
	}
	if err := os.RemoveAll(c.dir); err != nil {
		t.Errorf("removing %s: %v", c.dir, err)
	}
}

// tee writes to both.
type tee struct{ a, b *Output }

func (w tee) Write(p []byte) (int, error) {
	_, _ = w.a.Write(p)
	return w.b.Write(p)
}
