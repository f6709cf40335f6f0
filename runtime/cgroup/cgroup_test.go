package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/internal/thread"
)

func TestParse(t *testing.T) {
	const hybrid = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/x,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
42 31 0:32 / /elsewhere/memory rw,relatime - cgroup cgroup rw,memory
`
	s, err := parse(hybrid)
	if err != nil {
		t.Fatal(err)
	}
	if s.V2() || s.String() != "hybrid" {
		t.Errorf("layout is %s", s)
	}
	want := []string{"/sys/fs/cgroup/cpu,cpuacct/a/b/tasks", "/sys/fs/cgroup/memory/a/b/tasks"}
	if got := s.Group("a/b").TaskFiles(); !reflect.DeepEqual(got, want) {
		t.Errorf("task files %v, want %v", got, want)
	}
	if got := len(s.Everywhere("/a").TaskFiles()); got != 3 {
		t.Errorf("everywhere is %d v1 hierarchies, want 3", got)
	}
	if got := s.Group("/a").V2Dir(); got != "/sys/fs/cgroup/unified/a" {
		t.Errorf("v2 directory %s", got)
	}
	pure, err := parse("31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n")
	if err != nil {
		t.Fatal(err)
	}
	if !pure.V2() || pure.Group("/x").OOMFile() != "/sys/fs/cgroup/x/memory.events" {
		t.Errorf("pure v2: %s, %s", pure, pure.Group("/x").OOMFile())
	}
	if _, err := parse("1 1 0:1 / / rw - ext4 /dev/vda rw\n"); err == nil {
		t.Error("a machine without cgroups was accepted")
	}
}

func TestWeight(t *testing.T) {
	for shares, want := range map[uint64]uint64{0: 1, 2: 1, 1024: 39, 262144: 10000, 1 << 30: 10000} {
		if got := Weight(shares); got != want {
			t.Errorf("%d shares are weight %d, want %d", shares, got, want)
		}
	}
}

// group makes a group of the test's own and removes it, with what it left in it, at the end.
func group(t *testing.T) *Group {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: makes cgroups")
	}
	s, err := Detect()
	if err != nil {
		t.Fatal(err)
	}
	top := s.Group(fmt.Sprintf("/argosy-test-%d-%s", os.Getpid(), strings.ToLower(t.Name())))
	g := top.Child("inner")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := top.Kill(ctx); err != nil {
			t.Error(err)
		}
		if err := top.Remove(ctx); err != nil {
			t.Error(err)
		}
		if top.Exists() {
			t.Error("the group is still there")
		}
	})
	if err := g.Create(); err != nil {
		t.Fatal(err)
	}
	return g
}

// start runs a command inside the group, the way a supervisor does.
func start(t *testing.T, g *Group, command ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := thread.Run(func() error { return startHere(g, cmd) }); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func startHere(g *Group, cmd *exec.Cmd) error {
	if err := g.JoinThread(); err != nil {
		return err
	}
	cmd.SysProcAttr = &unix.SysProcAttr{}
	if dir := g.V2Dir(); dir != "" {
		f, err := os.Open(dir)
		if err != nil {
			return err
		}
		defer f.Close()
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(f.Fd())
	}
	return cmd.Start()
}

func TestGroupHoldsAndKills(t *testing.T) {
	g := group(t)
	cmd := start(t, g, "sleep", "60")
	if got := g.Processes(); !reflect.DeepEqual(got, []int{cmd.Process.Pid}) {
		t.Errorf("in the group: %v, want %d", got, cmd.Process.Pid)
	}
	where, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(string(where), g.Path()+"\n"), len(g.dirs()); got != want {
		t.Errorf("in %d of %d hierarchies:\n%s", got, want, where)
	}
	mine, _ := os.ReadFile("/proc/self/cgroup")
	if strings.Contains(string(mine), g.Path()) {
		t.Error("the test itself was moved into the group")
	}
	if g.RemoveEmpty() {
		t.Error("a group with a process in it was called removed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := g.Kill(ctx); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.Sys().(syscall.WaitStatus); got.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v, want killed", got)
	}
}

// Whoever makes a group may be killed between its making and its first use. The next one makes it whole.
func TestHalfMadeGroup(t *testing.T) {
	whole := group(t)
	sys := whole.sys
	dir, ok := whole.onV1("cpuset")
	if !ok {
		t.Skip("cpuset is not on a v1 hierarchy here")
	}
	// Groups whose making went no further than the directory, one below the other.
	if err := write(dir, "cgroup.clone_children", "0"); err != nil {
		t.Fatal(err)
	}
	for _, below := range []string{"/half", "/half/made"} {
		if err := os.Mkdir(dir+below, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/half", "/half/made", "/half/made/new"} {
		g := sys.Group(whole.Path() + path)
		if err := g.Create(); err != nil {
			t.Fatal(err)
		}
		cmd := start(t, g, "true")
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestLimits(t *testing.T) {
	g := group(t)
	if err := g.Set(Resources{CPUShares: 512, CPUQuota: 50000, CPUPeriod: 100000, Memory: 64 << 20, MemorySwap: 64 << 20, Pids: 50}); err != nil {
		t.Fatal(err)
	}
	// Shrink and grow: the two memory figures bound each other, so the order matters.
	for _, m := range []int64{32 << 20, 128 << 20} {
		if err := g.Set(Resources{Memory: m, MemorySwap: m}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := g.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if s.MemoryLimit != 128<<20 {
		t.Errorf("memory limit %d", s.MemoryLimit)
	}
	err = g.Set(Resources{Unified: map[string]string{"memory.high": "1"}})
	if !g.sys.V2() && !errors.Is(err, ErrUnified) {
		t.Errorf("a v2 setting on v1: %v", err)
	}
}

func TestStatsOfARunningProcess(t *testing.T) {
	g := group(t)
	cmd := start(t, g, "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 60")
	deadline := time.Now().Add(10 * time.Second)
	for {
		s, err := g.Stats()
		if err != nil {
			t.Fatal(err)
		}
		if s.CPU > 0 && s.Memory > 0 && s.WorkingSet > 0 && s.Pids == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("figures stay at %+v", s)
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func TestDevices(t *testing.T) {
	allowed := []Device{{'c', 1, 3, "rwm"}, {'c', 1, 5, "r"}, {'c', -1, -1, "m"}}
	script := "set -e; cd " + t.TempDir() + `
		echo > /dev/null
		head -c1 /dev/zero > /dev/null
		! { echo > /dev/zero; } 2>/dev/null
		! { head -c1 /dev/urandom > /dev/null; } 2>/dev/null
		rm -f n; mknod n c 1 9
		! { head -c1 n > /dev/null; } 2>/dev/null
		! mknod b b 7 0 2>/dev/null`
	g := group(t)
	if err := g.AllowDevices(allowed); err != nil {
		t.Fatal(err)
	}
	if err := start(t, g, "sh", "-c", script).Wait(); err != nil {
		t.Errorf("with the layout's own means: %v", err)
	}
	// The v2 filter works on the hybrid layout, too, which lets it be tested where v1 is what counts.
	if g.V2Dir() == "" || g.sys.V2() {
		return
	}
	v2 := g.Parent().Child("filtered")
	if err := v2.Create(); err != nil {
		t.Fatal(err)
	}
	if err := v2.allowV2(allowed); err != nil {
		t.Fatal(err)
	}
	if err := start(t, v2, "sh", "-c", script).Wait(); err != nil {
		t.Errorf("with the v2 filter: %v", err)
	}
}

func TestRemoveTakesNestedGroups(t *testing.T) {
	g := group(t)
	if err := g.Child("a").Child("b").Create(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := g.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	for _, dir := range g.dirs() {
		if _, err := os.Stat(filepath.Clean(dir)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", dir)
		}
	}
}
