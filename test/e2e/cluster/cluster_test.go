package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A stand-in for argosy: it does what the harness waits for, and misbehaves on request by its last argument.
const standIn = `#!/bin/bash
while [ $# -gt 1 ]; do
	case $1 in
	--data-dir) data=$2 ;;
	--kubeconfig) kubeconfig=$2 ;;
	--listen) listen=${2/%:0/:4711} ;;
	esac
	shift
done
[ "$1" = --fail ] && { echo "no such luck"; exit 1; }
mkdir -p "$data"
printf '{"clusters":[{"name":"c","cluster":{"server":"https://%s"}}],"contexts":[{"name":"c","context":{"cluster":"c"}}],"current-context":"c"}' "$listen" >"$kubeconfig"
[ "$1" = --litter ] && { : >"$data/litter"; tail -f "$data/litter" >/dev/null 2>&1 & disown; }
# Made before anybody interrupts: a shell forgets an interrupt that comes while it waits for a command that ends well.
mkfifo "$data/never" 2>/dev/null
trap '[ "$1" = --rude ] && exit 3; exit 0' INT
echo "listening on $listen"
echo "ready in 1 ms"
while :; do read -t 1 <>"$data/never"; done
`

func useStandIn(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "argosy")
	if err := os.WriteFile(path, []byte(standIn), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ARGOSY_BIN", path)
	t.Setenv("ARGOSY_E2E_OUT", t.TempDir())
}

// recorder is a test whose failure is looked at instead of reported.
type recorder struct {
	testing.TB
	failures []string
	cleanups []func()
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Failed() bool        { return len(r.failures) > 0 }
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Fatal(args ...any)   { r.Fatalf("%s", fmt.Sprint(args...)) }
func (r *recorder) Name() string        { return r.TB.Name() + "/recorded" }
func (r *recorder) Errorf(f string, a ...any) {
	r.failures = append(r.failures, fmt.Sprintf(f, a...))
}

func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	runtime.Goexit()
}

// record runs a test and its cleanups, and returns what they failed with.
func record(t *testing.T, test func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	run := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			f()
		}()
		<-done
	}
	run(func() { test(r) })
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		run(r.cleanups[i])
	}
	return strings.Join(r.failures, "\n")
}

func TestLifeOfACluster(t *testing.T) {
	useStandIn(t)
	var dir string
	failed := record(t, func(t testing.TB) {
		c := Server(t)
		dir = filepath.Dir(c.DataDir)
		if line, ok := c.Line("listening"); !ok || line != "listening on 127.0.0.1:4711" {
			t.Errorf("first start: %q", line)
		}
		first := c.Pid()
		c.Stop(t)
		c.Start(t)
		if c.Pid() == first || strings.Count(c.Output(), "listening on 127.0.0.1:4711") != 2 {
			t.Errorf("second start: %s", c.Output())
		}
		c.Kill(t)
		c.Start(t)
	})
	if failed != "" {
		t.Error(failed)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("its directory is still there: %v", err)
	}
}

func TestFailuresAreSeen(t *testing.T) {
	useStandIn(t)
	for arg, want := range map[string]string{
		"--fail":   "no such luck",
		"--rude":   "exit status 3",
		"--litter": "tail -f",
	} {
		failed := record(t, func(t testing.TB) { Server(t, arg) })
		if !strings.Contains(failed, want) {
			t.Errorf("%s: %q does not mention %q", arg, failed, want)
		}
	}
}
