package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what some stretch of time cost in CPU.
type usage struct {
	wall, server, client, host time.Duration
}

// others is what everybody but the server and this program used; the kernel's own work is part of it.
func (u usage) others() time.Duration { return max(u.host-u.server-u.client, 0) }

// meter begins at its making.
type meter struct {
	pid    int
	began  time.Time
	server time.Duration
	client time.Duration
	host   time.Duration
}

func newMeter(pid int) *meter {
	return &meter{pid: pid, server: cpuTime(pid), client: cpuTime(os.Getpid()), host: hostCPU(), began: time.Now()}
}

func (m *meter) read() usage {
	return usage{wall: time.Since(m.began), server: cpuTime(m.pid) - m.server, client: cpuTime(os.Getpid()) - m.client, host: hostCPU() - m.host}
}

// cpuTime is what a process has used, all its threads together, by the kernel's clock of it (clock_getcpuclockid(3)).
func cpuTime(pid int) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// hostCPU is what the whole machine has used since it started, by ticks of 10 ms.
func hostCPU() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq …
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7} {
		if i < len(fields) {
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memory is a process's, in bytes.
type memory struct{ resident, proportional, anonymous, peak int64 }

func readMemory(pid int) (memory, error) {
	var m memory
	for file, keys := range map[string]map[string]*int64{
		"status":       {"VmRSS": &m.resident, "RssAnon": &m.anonymous, "VmHWM": &m.peak},
		"smaps_rollup": {"Pss": &m.proportional},
	} {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
		if err != nil {
			return m, fmt.Errorf("reading the memory of a process: %w", err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ":")
			if into := keys[key]; into != nil {
				kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
				if err != nil {
					return m, fmt.Errorf("reading %s of process %d: %w", key, pid, err)
				}
				*into = kib << 10
			}
		}
	}
	return m, nil
}

// processesNamed lists the processes here whose command line begins with name.
func processesNamed(name string) []int {
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, err := os.ReadFile(file)
		first, _, _ := bytes.Cut(line, []byte{0})
		if err != nil || filepath.Base(string(first)) != name {
			continue // it may be gone
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
