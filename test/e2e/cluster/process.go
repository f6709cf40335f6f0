package cluster

import (
	"os"
	"strings"
	"testing"
	"time"
)

// lineTimeout is how long a process beside the test may take for what the test waits for.
const lineTimeout = 30 * time.Second

// Line waits for a whole line of output that contains text, and returns it.
func (p *Process) Line(t testing.TB, text string) string {
	t.Helper()
	return p.await(t, text, func() (string, bool, <-chan struct{}) { return p.out.find(text) })
}

// Says waits for output that contains text, in whole lines or not.
func (p *Process) Says(t testing.TB, text string) {
	t.Helper()
	p.await(t, text, func() (string, bool, <-chan struct{}) {
		more := p.out.more()
		return "", strings.Contains(p.out.String(), text), more
	})
}

func (p *Process) await(t testing.TB, text string, find func() (string, bool, <-chan struct{})) string {
	t.Helper()
	timeout := time.After(lineTimeout)
	ended := false
	for {
		line, ok, more := find()
		if ok {
			return line
		}
		if ended {
			t.Fatalf("%s ended with %v and never said %q:\n%s", strings.Join(p.cmd.Args, " "), p.cmd.ProcessState, text, p.out.String())
		}
		select {
		case <-more:
		case <-p.ended:
			ended = true // one more look
		case <-timeout:
			t.Fatalf("%s did not say %q within %v:\n%s", strings.Join(p.cmd.Args, " "), text, lineTimeout, p.out.String())
		}
	}
}

// Output is everything said so far.
func (p *Process) Output() string { return p.out.String() }

// Type writes to the process' standard input.
func (p *Process) Type(t testing.TB, text string) {
	t.Helper()
	if _, err := p.stdin.Write([]byte(text)); err != nil {
		t.Fatalf("typing %q: %v", text, err)
	}
}

// CloseInput ends the process' standard input.
func (p *Process) CloseInput() { _ = p.stdin.Close() }

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }

// Wait waits for the process to end by itself, and returns its exit code.
func (p *Process) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(lineTimeout):
		t.Fatalf("%s did not end within %v:\n%s", strings.Join(p.cmd.Args, " "), lineTimeout, p.out.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// End kills the process if it still runs.
func (p *Process) End() {
	_ = p.cmd.Process.Kill()
	_ = p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second): // a child of it holds on to its output
	}
}
