package leftovers

import (
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSince(t *testing.T) {
	before := Snapshot{"mounts": {"a", "b", "b"}, "links": {"lo", "eth0"}}
	after := Snapshot{"mounts": {"b", "a", "b", "b", "c"}, "links": {"lo"}}
	left := after.Since(before)
	if want := (Snapshot{"mounts": {"+ b", "+ c"}, "links": {"- eth0"}}); !reflect.DeepEqual(left, want) {
		t.Errorf("%v, want %v", left, want)
	}
	if left.Empty() || !before.Since(before).Empty() {
		t.Error("Empty is wrong")
	}
}

func TestTakeSeesProcesses(t *testing.T) {
	dir, err := os.MkdirTemp("", "argosy-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	before, err := Take(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !before.Empty() {
		t.Errorf("an empty directory has left:\n%s", before)
	}
	if err := os.WriteFile(dir+"/litter", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tail := exec.Command("tail", "-f", dir+"/litter")
	if err := tail.Start(); err != nil {
		t.Fatal(err)
	}
	after, err := Take(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if left := after.Since(before)["processes"]; len(left) != 1 || !strings.Contains(left[0], "tail -f") {
		t.Errorf("a process that uses it: %q", left)
	}
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	_ = tail.Wait()
	if after, err = Take(dir, nil); err != nil || !after.Empty() {
		t.Errorf("after sweeping: %v\n%s", err, after)
	}
}

func TestTakeSeesTheNetwork(t *testing.T) {
	s, err := Take("/nonexistent/argosy-e2e-none", func(f func() error) error { return f() })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(s["sysctls"], func(l string) bool { return strings.HasPrefix(l, "/proc/sys/net/ipv4/ip_forward = ") }) {
		t.Errorf("among %d sysctls there is no ip_forward", len(s["sysctls"]))
	}
}
