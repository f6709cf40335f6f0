package cpus

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Topology is how the machine's processors belong together.
type Topology struct {
	All Set
	// Cores are the threads of each core, Memories the processors near each part of the memory (NUMA node). Empty where it is not known.
	Cores, Memories []Set
}

// Read asks the kernel; sys is its /sys.
func Read(sys string) (Topology, error) {
	var t Topology
	online, err := os.ReadFile(filepath.Join(sys, "devices/system/cpu/online"))
	if err != nil {
		return t, fmt.Errorf("asking for the machine's CPUs: %w", err)
	}
	if t.All, err = Parse(string(online)); err != nil {
		return t, fmt.Errorf("asking for the machine's CPUs: %w", err)
	}
	seen := map[string]bool{}
	for _, n := range t.All {
		siblings, err := os.ReadFile(filepath.Join(sys, fmt.Sprintf("devices/system/cpu/cpu%d/topology/thread_siblings_list", n)))
		if err != nil {
			t.Cores = nil // a machine that does not tell: nothing is known of it
			break
		}
		if seen[string(siblings)] {
			continue
		}
		seen[string(siblings)] = true
		core, err := Parse(string(siblings))
		if err != nil {
			return t, fmt.Errorf("asking for the threads of CPU %d: %w", n, err)
		}
		t.Cores = append(t.Cores, core.both(t.All))
	}
	nodes, err := filepath.Glob(filepath.Join(sys, "devices/system/node/node[0-9]*/cpulist"))
	if err != nil {
		return t, err
	}
	for _, path := range nodes {
		list, err := os.ReadFile(path)
		if err != nil {
			return t, fmt.Errorf("asking which CPUs are near which memory: %w", err)
		}
		near, err := Parse(string(list))
		if err != nil {
			return t, fmt.Errorf("asking which CPUs are near %s: %w", strings.TrimSuffix(path, "/cpulist"), err)
		}
		if near = near.both(t.All); len(near) > 0 {
			t.Memories = append(t.Memories, near)
		}
	}
	return t, nil
}

// threads is how many threads a core has.
func (t Topology) threads() int {
	most := 1
	for _, c := range t.Cores {
		most = max(most, len(c))
	}
	return most
}
