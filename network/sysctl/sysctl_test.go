package sysctl

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"argosy.dev/network/netns"
)

const forward = "net/ipv4/ip_forward"

func remember(t *testing.T, tree Tree, dir, where string) *Memory {
	t.Helper()
	m, err := Remember(tree, dir, where)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func set(t *testing.T, m *Memory, name, value string) {
	t.Helper()
	if err := m.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

func restore(t *testing.T, m *Memory) {
	t.Helper()
	if err := m.Restore(); err != nil {
		t.Fatal(err)
	}
}

func TestRestoredAlsoByTheNextProcess(t *testing.T) {
	dir, tree := t.TempDir(), Fake{forward: "0", "net/ipv6/conf/all/forwarding": "1"}
	m := remember(t, tree, dir, "boot-1")
	set(t, m, forward, "1")
	set(t, m, "net/ipv6/conf/all/forwarding", "1") // was so before: not ours
	m = remember(t, tree, dir, "boot-1")           // killed, started again
	set(t, m, forward, "1")
	if tree[forward] != "1" {
		t.Fatalf("not set:\n%s", tree)
	}
	restore(t, m)
	if got, want := tree.String(), "net/ipv4/ip_forward = 0\nnet/ipv6/conf/all/forwarding = 1\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "sysctls.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the memory is still there: %v", err)
	}
	restore(t, m)
}

func TestWhatOthersChangedSinceStays(t *testing.T) {
	dir, tree := t.TempDir(), Fake{"x": "0"}
	m := remember(t, tree, dir, "boot-1")
	set(t, m, "x", "1")
	tree["x"] = "2"
	restore(t, m)
	if tree["x"] != "2" {
		t.Errorf("x = %s", tree["x"])
	}
	set(t, m, "x", "1") // what it was before is now 2
	restore(t, m)
	if tree["x"] != "2" {
		t.Errorf("x = %s", tree["x"])
	}
}

func TestAnotherBootIsForgotten(t *testing.T) {
	dir, tree := t.TempDir(), Fake{"x": "0"}
	set(t, remember(t, tree, dir, "boot-1"), "x", "1")
	m := remember(t, tree, dir, "boot-2") // this boot's x is 1 by someone else's will
	set(t, m, "x", "1")
	restore(t, m)
	if tree["x"] != "1" {
		t.Errorf("x = %s", tree["x"])
	}
	if err := os.WriteFile(filepath.Join(dir, "sysctls.json"), []byte("\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	set(t, remember(t, tree, dir, "boot-2"), "x", "3")
}

func TestVanishedAndMissingParameters(t *testing.T) {
	tree := Fake{"net/ipv4/conf/gone/rp_filter": "0"}
	m := remember(t, tree, t.TempDir(), "boot-1")
	if err := m.Set("no/such", "1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	set(t, m, "net/ipv4/conf/gone/rp_filter", "1")
	delete(tree, "net/ipv4/conf/gone/rp_filter")
	restore(t, m)
}

func TestTheKernelsOwnTree(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a network namespace")
	}
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	tree := Kernel{ns}
	outside, err := os.ReadFile("/proc/sys/" + forward)
	if err != nil {
		t.Fatal(err)
	}
	before, err := tree.Read(forward)
	if err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"0": "1", "1": "0"}[before]
	m := remember(t, tree, t.TempDir(), "boot-1")
	set(t, m, forward, other)
	if got, _ := tree.Read(forward); got != other {
		t.Errorf("%s = %s, want %s", forward, got, other)
	}
	restore(t, m)
	if got, _ := tree.Read(forward); got != before {
		t.Errorf("%s = %s, want %s", forward, got, before)
	}
	if now, _ := os.ReadFile("/proc/sys/" + forward); string(now) != string(outside) {
		t.Errorf("the parameter of another namespace changed from %q to %q", outside, now)
	}
	if _, err := tree.Read("net/no/such"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
