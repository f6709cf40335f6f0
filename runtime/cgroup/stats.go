package cgroup

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stats are a group's figures at one moment. A pointer is nil where the kernel does not say.
type Stats struct {
	Time time.Time

	CPU time.Duration // processor time used, in all

	Memory      uint64 // bytes in use, page cache included
	MemoryLimit uint64 // 0: none
	// WorkingSet is Memory less the inactive part of the page cache: what cannot easily be taken away.
	WorkingSet  uint64
	RSS         uint64
	Faults      uint64
	MajorFaults uint64
	Swap        *uint64
	SwapLimit   uint64 // 0: none

	Pids uint64

	CPUPressure, MemoryPressure, IOPressure *Pressure
}

// Pressure is how much time was lost for want of a resource: by some tasks, and by all at once.
type Pressure struct{ Some, Full PressureLine }

// PressureLine holds averages in percent over 10, 60 and 300 seconds, and a total in microseconds.
type PressureLine struct {
	Avg10, Avg60, Avg300 float64
	Total                uint64
}

// noLimit is what v1 shows where there is none: the largest page-aligned number.
const noLimit = 1 << 62

// Stats reads the group's figures.
func (g *Group) Stats() (Stats, error) {
	s := Stats{Time: time.Now()}
	var err error
	if dir, v1 := g.onV1("cpuacct"); v1 {
		var ns uint64
		ns, err = number(dir + "/cpuacct.usage")
		s.CPU = time.Duration(ns)
	} else {
		var stat map[string]uint64
		stat, err = table(dir + "/cpu.stat")
		s.CPU = time.Duration(stat["usage_usec"]) * time.Microsecond
	}
	if err != nil {
		return s, fmt.Errorf("measuring the cgroup %s: %w", g.path, err)
	}
	if err := g.memoryStats(&s); err != nil {
		return s, fmt.Errorf("measuring the cgroup %s: %w", g.path, err)
	}
	dir, _ := g.onV1("pids")
	s.Pids, _ = number(dir + "/pids.current")
	if dir := g.V2Dir(); dir != "" {
		s.CPUPressure, s.MemoryPressure, s.IOPressure = pressure(dir+"/cpu.pressure"), pressure(dir+"/memory.pressure"), pressure(dir+"/io.pressure")
	}
	return s, nil
}

func (g *Group) memoryStats(s *Stats) error {
	dir, v1 := g.onV1("memory")
	stat, err := table(dir + "/memory.stat")
	if err != nil {
		return err
	}
	var inactive uint64
	if v1 {
		if s.Memory, err = number(dir + "/memory.usage_in_bytes"); err != nil {
			return err
		}
		s.MemoryLimit = bounded(number(dir + "/memory.limit_in_bytes"))
		inactive, s.RSS, s.Faults, s.MajorFaults = stat["total_inactive_file"], stat["total_rss"], stat["total_pgfault"], stat["total_pgmajfault"]
		if both, err := number(dir + "/memory.memsw.usage_in_bytes"); err == nil {
			swap := both - min(both, s.Memory)
			s.Swap = &swap
			if limit := bounded(number(dir + "/memory.memsw.limit_in_bytes")); limit > s.MemoryLimit {
				s.SwapLimit = limit - s.MemoryLimit
			}
		}
	} else {
		if s.Memory, err = number(dir + "/memory.current"); err != nil {
			return err
		}
		s.MemoryLimit = bounded(number(dir + "/memory.max"))
		inactive, s.RSS, s.Faults, s.MajorFaults = stat["inactive_file"], stat["anon"], stat["pgfault"], stat["pgmajfault"]
		if swap, err := number(dir + "/memory.swap.current"); err == nil {
			s.Swap, s.SwapLimit = &swap, bounded(number(dir+"/memory.swap.max"))
		}
	}
	s.WorkingSet = s.Memory - min(inactive, s.Memory)
	return nil
}

func bounded(n uint64, err error) uint64 {
	if err != nil || n >= noLimit {
		return 0
	}
	return n
}

func number(path string) (uint64, error) {
	text, err := readFile(path)
	if err != nil {
		return 0, err
	}
	text = strings.TrimSpace(text)
	if text == "max" {
		return noLimit, nil
	}
	return strconv.ParseUint(text, 10, 64)
}

func table(path string) (map[string]uint64, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	m := make(map[string]uint64, 48)
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			m[key] = n
		}
	}
	return m, nil
}

func pressure(path string) *Pressure {
	text, err := readFile(path)
	if err != nil {
		return nil // the kernel was built or booted without pressure figures
	}
	p := &Pressure{}
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		to := &p.Some
		if kind == "full" {
			to = &p.Full
		}
		for _, field := range strings.Fields(rest) {
			key, value, _ := strings.Cut(field, "=")
			switch key {
			case "avg10":
				to.Avg10, _ = strconv.ParseFloat(value, 64)
			case "avg60":
				to.Avg60, _ = strconv.ParseFloat(value, 64)
			case "avg300":
				to.Avg300, _ = strconv.ParseFloat(value, 64)
			case "total":
				to.Total, _ = strconv.ParseUint(value, 10, 64)
			}
		}
	}
	return p
}

// readFile reads a kernel file in one go; they are all smaller than its buffer.
func readFile(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("opening %s: %w", path, err)
	}
	defer unix.Close(fd)
	b := make([]byte, 8192)
	n, err := unix.Read(fd, b)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return string(b[:n]), nil
}
