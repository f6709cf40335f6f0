package cluster

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// commandTimeout is how long a one-shot command may take before the test fails.
const commandTimeout = 60 * time.Second

// Result is what a command that has ended said.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Binary is the path of the argosy binary under test; the test fails if there is none.
func Binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("ARGOSY_BIN")
	if path == "" {
		path = filepath.Join(repository(t), "bin", "argosy")
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no argosy binary: %v; run make build, or set ARGOSY_BIN", err)
	}
	return path
}

// repository is the root of the source tree, found from the test's working directory.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the working directory")
	return ""
}

// NeedRoot skips the test, saying why, if it does not run as root.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: a node makes namespaces, mounts and cgroups")
	}
}

// Command prepares a command of the binary.
func Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(Binary(t), args...)
}

// Run runs a command of the binary to its end.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	return RunCmd(t, Command(t, args...))
}

// RunCmd runs a prepared command to its end, which must come within a minute. A failure of the command is in the result,
// for the test to judge; that it could not be started at all fails the test.
func RunCmd(t testing.TB, cmd *exec.Cmd) Result {
	t.Helper()
	return (*Network)(nil).RunCmd(t, cmd)
}

// RunCmd is [RunCmd] within the network.
func (n *Network) RunCmd(t testing.TB, cmd *exec.Cmd) Result {
	t.Helper()
	timeout := time.NewTimer(commandTimeout)
	defer timeout.Stop()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := n.Do(cmd.Start); err != nil {
		t.Fatalf("starting %s: %v", strings.Join(cmd.Args, " "), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	select {
	case err = <-ended:
	case <-timeout.C:
		_ = cmd.Process.Signal(syscall.SIGQUIT) // goroutine traces of a hung Go program
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		t.Fatalf("%s did not end within %v; it said:\n%s%s", strings.Join(cmd.Args, " "), commandTimeout, stdout.String(), stderr.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running %s: %v", strings.Join(cmd.Args, " "), err)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

// Fails wants the result to be a failure with this code that tells each of the wanted things on standard error, without a
// panic.
func (r Result) Fails(t testing.TB, code int, want ...string) {
	t.Helper()
	if r.Code != code {
		t.Errorf("exit code %d, want %d", r.Code, code)
	}
	if strings.Contains(r.Stderr, "goroutine ") {
		t.Errorf("it panicked:\n%s", r.Stderr)
	}
	for _, w := range want {
		if !strings.Contains(r.Stderr, w) {
			t.Errorf("standard error does not mention %q:\n%s", w, r.Stderr)
		}
	}
}

// OK wants the result to be a success, and returns its standard output.
func (r Result) OK(t testing.TB) string {
	t.Helper()
	if r.Code != 0 {
		t.Fatalf("exit code %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// Eventually calls check until it returns nil, several times a second, and fails the test with its last error after the
// timeout. It is for what only polling can see from outside the process, such as kernel state; what the API tells should
// be waited for with kubectl wait or a watch.
func Eventually(t testing.TB, timeout time.Duration, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(timeout)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %v", what, timeout, err)
		}
		<-tick.C
	}
}
