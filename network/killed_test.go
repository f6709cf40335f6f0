package network

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/netns"
	"argosy.dev/network/nettest"
)

// busyEnv makes the test binary a process that attaches and detaches until it is killed: see TestMain.
const busyEnv = "ARGOSY_TEST_BUSY_NETWORK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(busyEnv); dir != "" {
		fmt.Fprintln(os.Stderr, busy(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const busyPods = 6

// busy runs a network in the namespace that is open as number 3 with pods in those that follow. It returns only on error.
func busy(dir string) error {
	n, err := Open(context.Background(), Config{
		StateDir: dir, NetNS: "/proc/self/fd/3", PodRanges: prefixes("10.244.0.0/27"), Linger: time.Millisecond,
	})
	if err != nil {
		return err
	}
	if _, err := n.Prune(context.Background(), nil); err != nil {
		return err
	}
	fmt.Println("running")
	failed := make(chan error)
	for worker := range busyPods {
		go func() {
			for i := 0; ; i++ {
				p := pod(fmt.Sprintf("%d-%d-%d", os.Getpid(), worker, i))
				p.NetNS = fmt.Sprintf("/proc/self/fd/%d", 4+worker)
				p.Ports = []PortMapping{{HostPort: uint16(1 + worker), ContainerPort: 80}}
				_, err := n.Attach(context.Background(), p)
				if err == nil {
					err = n.forgetSandbox(p.SandboxID) // its namespace stays, and takes the next link only when this one is gone
				}
				if err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

// TestKilledAtAnyPoint kills a process in the middle of its work, again and again. Each time, what it left must be what
// the next one can explain; and in the end nothing must be left.
func TestKilledAtAnyPoint(t *testing.T) {
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	w := newWorld(t)
	before := w.snapshot(t)
	files := []*os.File{os.NewFile(dup(t, w.node), "node")}
	for range busyPods {
		files = append(files, os.NewFile(dup(t, nettest.Namespace(t)), "pod"))
	}
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	random := rand.New(rand.NewPCG(5, 6))
	w.cfg.PodRanges = prefixes("10.244.0.0/27")
	for round := range rounds {
		var complaint strings.Builder
		c := exec.Command("/proc/self/exe")
		c.Env = append(os.Environ(), busyEnv+"="+w.cfg.StateDir)
		c.ExtraFiles = files
		c.Stderr = &complaint
		running, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		if _, err := running.Read(make([]byte, 8)); err != nil {
			t.Fatalf("round %d: %v %s", round, err, &complaint)
		}
		<-time.After(time.Duration(random.IntN(20000)) * time.Microsecond) // anywhere in its work
		must(t, c.Process.Kill())
		_ = c.Wait()
		if complaint.Len() > 0 {
			t.Fatalf("round %d: the process failed: %s", round, &complaint)
		}
		if round%5 != 4 {
			continue // the next process takes over
		}
		n := start(t, w.cfg)
		if state := n.journal.State(); len(state.Released)+len(state.Attached)+len(state.Draining) == 0 {
			t.Errorf("round %d: no process got to attach anything, so this test shows nothing", round)
		}
		found, err := n.kernel.Links.List()
		must(t, err)
		seen := map[string]bool{}
		for _, f := range found {
			for _, a := range f.Routed {
				if seen[a.String()] {
					t.Errorf("round %d: %s is routed twice", round, a)
				}
				seen[a.String()] = true
			}
		}
		prune(t, n)
		if got := n.pools[0].InUse(); got != 0 {
			t.Errorf("round %d: %d addresses in use", round, got)
		}
		must(t, n.Close(t.Context(), false))
		if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
			t.Fatalf("round %d: left behind:\n%s", round, diff)
		}
	}
}

func dup(t *testing.T, ns *netns.Handle) uintptr {
	t.Helper()
	f, err := os.Open("/proc/self/fd/" + strconv.Itoa(ns.Fd()))
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f.Fd()
}

// TestFiftyAtOnce attaches from many goroutines to a real kernel, checks that all are reached, and detaches.
func TestFiftyAtOnce(t *testing.T) {
	w := newWorld(t)
	before := w.snapshot(t)
	n := start(t, w.cfg)
	var spaces [50]*netns.Handle
	for i := range spaces {
		ns, err := netns.New()
		must(t, err)
		spaces[i] = ns
	}
	var all sync.WaitGroup
	began := time.Now()
	for i, ns := range spaces {
		all.Go(func() {
			p := pod(fmt.Sprint(i), mapping("", uint16(8000+i), 80, "TCP"))
			p.NetNS = ns.Path()
			if _, err := n.Attach(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	t.Logf("%d pods attached in %v", len(spaces), time.Since(began))
	for i, ns := range spaces {
		nettest.Serve(t, ns, "tcp", ":80", fmt.Sprint(i))
		nettest.Ask(t, w.elsewhere, "tcp", fmt.Sprintf("%s:%d", nodeIP, 8000+i), fmt.Sprintf("%d sees %s", i, elsewhereIP))
	}
	for i, ns := range spaces {
		all.Go(func() {
			must(t, n.Detach(t.Context(), fmt.Sprint(i), ns.Path()))
			must(t, ns.Close())
		})
	}
	all.Wait()
	must(t, n.Close(t.Context(), false))
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}
