package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Resources are limits. A zero field means "leave as it is"; of the memory figures and the quota, -1 means no limit.
type Resources struct {
	CPUShares uint64 // v1 shares, 2 to 262144; on v2 turned into a weight
	CPUQuota  int64  // microseconds each CPUPeriod
	CPUPeriod uint64 // microseconds

	Memory     int64 // bytes
	MemorySwap int64 // bytes of memory and swap together

	CPUs, Mems string // lists such as "0-2,4"

	Pids      int64
	HugePages map[string]uint64 // page size as the kernel writes it ("2MB") -> bytes
	// Unified are v2 files to write as they are; on v1 they are refused.
	Unified map[string]string
}

// ErrUnified: v2 settings were asked for on a machine whose controllers are on v1.
var ErrUnified = errors.New("v2 cgroup settings need the v2 cgroup layout")

// Set puts limits in force. It stops at the first that the kernel refuses.
func (g *Group) Set(r Resources) error {
	steps := []func(Resources) error{g.setCPU, g.setMemory, g.setCPUSet, g.setPids, g.setHugePages, g.setUnified}
	for _, step := range steps {
		if err := step(r); err != nil {
			return fmt.Errorf("limiting the cgroup %s: %w", g.path, err)
		}
	}
	return nil
}

// onV1 reports whether a controller is on v1, and where it is controlled for this group.
func (g *Group) onV1(controller string) (dir string, v1 bool) {
	return g.dir(controller), g.sys.mountOf(controller) != ""
}

func (g *Group) setCPU(r Resources) error {
	dir, v1 := g.onV1("cpu")
	if r.CPUShares != 0 {
		file, value := "cpu.shares", r.CPUShares
		if !v1 {
			file, value = "cpu.weight", Weight(r.CPUShares)
		}
		if err := write(dir, file, strconv.FormatUint(value, 10)); err != nil {
			return err
		}
	}
	if r.CPUQuota == 0 && r.CPUPeriod == 0 {
		return nil
	}
	if !v1 {
		quota := "max"
		if r.CPUQuota > 0 {
			quota = strconv.FormatInt(r.CPUQuota, 10)
		}
		if r.CPUPeriod != 0 {
			quota += " " + strconv.FormatUint(r.CPUPeriod, 10)
		}
		return write(dir, "cpu.max", quota)
	}
	period := func() error {
		if r.CPUPeriod == 0 {
			return nil
		}
		return write(dir, "cpu.cfs_period_us", strconv.FormatUint(r.CPUPeriod, 10))
	}
	quota := func() error {
		if r.CPUQuota == 0 {
			return nil
		}
		return write(dir, "cpu.cfs_quota_us", strconv.FormatInt(r.CPUQuota, 10))
	}
	return eitherOrder(period, quota)
}

func (g *Group) setMemory(r Resources) error {
	dir, v1 := g.onV1("memory")
	if !v1 {
		if r.Memory != 0 {
			if err := write(dir, "memory.max", limit(r.Memory)); err != nil {
				return err
			}
		}
		if r.MemorySwap == 0 {
			return nil
		}
		swap := r.MemorySwap
		if swap > 0 { // v2 counts swap apart
			if swap -= r.Memory; r.Memory <= 0 || swap < 0 {
				return fmt.Errorf("a limit on memory with swap (%d) must not be below the one on memory (%d)", r.MemorySwap, r.Memory)
			}
			return ifThere(write(dir, "memory.swap.max", strconv.FormatInt(swap, 10)))
		}
		return ifThere(write(dir, "memory.swap.max", limit(swap)))
	}
	memory := func() error {
		if r.Memory == 0 {
			return nil
		}
		return write(dir, "memory.limit_in_bytes", strconv.FormatInt(r.Memory, 10))
	}
	swap := func() error {
		if r.MemorySwap == 0 {
			return nil
		}
		return ifThere(write(dir, "memory.memsw.limit_in_bytes", strconv.FormatInt(r.MemorySwap, 10)))
	}
	err := eitherOrder(memory, swap)
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("the memory limit %d is below what is in use: %w", r.Memory, err)
	}
	return err
}

// eitherOrder takes two settings that bound each other: which must come first depends on what is in force.
func eitherOrder(a, b func() error) error {
	err := a()
	if err == nil {
		return b()
	}
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EBUSY) {
		return err
	}
	if berr := b(); berr != nil {
		return err
	}
	return a()
}

// ifThere forgives a file that the kernel was built without.
func ifThere(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

func limit(n int64) string {
	if n < 0 {
		return "max"
	}
	return strconv.FormatInt(n, 10)
}

func (g *Group) setCPUSet(r Resources) error {
	dir, _ := g.onV1("cpuset")
	for _, f := range [...]struct{ file, value string }{{"cpuset.cpus", r.CPUs}, {"cpuset.mems", r.Mems}} {
		if f.value == "" {
			continue
		}
		if err := write(dir, f.file, f.value); err != nil {
			return err
		}
	}
	return nil
}

func (g *Group) setPids(r Resources) error {
	if r.Pids == 0 {
		return nil
	}
	dir, _ := g.onV1("pids")
	return write(dir, "pids.max", limit(r.Pids))
}

func (g *Group) setHugePages(r Resources) error {
	dir, v1 := g.onV1("hugetlb")
	for size, bytes := range r.HugePages {
		file := "hugetlb." + size + ".max"
		if v1 {
			file = "hugetlb." + size + ".limit_in_bytes"
		}
		err := write(dir, file, strconv.FormatUint(bytes, 10))
		if missing(err) && bytes == 0 {
			continue // nothing to forbid: the kernel has no such pages
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Group) setUnified(r Resources) error {
	if len(r.Unified) == 0 {
		return nil
	}
	if !g.sys.V2() {
		return ErrUnified
	}
	for file, value := range r.Unified {
		if file != filepath.Base(file) || !strings.Contains(file, ".") || slices.Contains([]string{"cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.subtree_control"}, file) {
			return fmt.Errorf("%q is not a cgroup setting", file)
		}
		if err := write(g.V2Dir(), file, value); err != nil {
			return err
		}
	}
	return nil
}

// Weight turns v1 CPU shares into a v2 weight, as KEP-2254 lays down: 2..262144 onto 1..10000.
func Weight(shares uint64) uint64 {
	shares = min(max(shares, 2), 262144)
	return 1 + (shares-2)*9999/262142
}
