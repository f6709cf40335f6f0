package measure

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is what the whole machine uses. Sizes are in bytes.
type Machine struct {
	Boot time.Time
	CPU  time.Duration // processor time used since boot, all processors together

	Memory, Free, InactiveFile, Anonymous uint64
	Swap, SwapFree                        uint64
	Faults, MajorFaults                   uint64

	Processes, MaxPID int64
	Interfaces        []Interface
	Disk              Disk
}

// Disk is a file system. Sizes are in bytes.
type Disk struct{ Capacity, Available, Used, Inodes, InodesFree uint64 }

// Interface is a network interface.
type Interface struct {
	Name                                 string
	RxBytes, RxErrors, TxBytes, TxErrors uint64
}

// ticks is the unit of /proc/stat: the kernel shows hundredths of a second on every architecture.
const ticks = 10 * time.Millisecond

// Everything reads the machine's figures under proc, "" for the kernel's own. dir is where pods write.
func Everything(proc, dir string) (m Machine, err error) {
	proc = cmp.Or(proc, "/proc")
	for _, part := range [...]part{
		{"stat", (*Machine).stat}, {"meminfo", (*Machine).meminfo}, {"vmstat", (*Machine).vmstat}, {"net/dev", (*Machine).network},
		{"loadavg", (*Machine).load}, {"sys/kernel/pid_max", (*Machine).pids},
	} {
		if err := part.into(proc, &m); err != nil {
			return m, err
		}
	}
	m.Disk, err = DiskOf(dir)
	return m, err
}

// DiskOf measures the file system of a directory.
func DiskOf(dir string) (Disk, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return Disk{}, fmt.Errorf("measuring the disk of %s: %w", dir, err)
	}
	size := uint64(fs.Bsize)
	return Disk{Capacity: fs.Blocks * size, Available: fs.Bavail * size, Used: (fs.Blocks - fs.Bfree) * size, Inodes: fs.Files, InodesFree: fs.Ffree}, nil
}

// Bottlenecks reads only what a machine runs short of, under proc, "" for the kernel's own: memory and process ids.
func Bottlenecks(proc string) (m Machine, err error) {
	proc = cmp.Or(proc, "/proc")
	for _, part := range [...]part{{"meminfo", (*Machine).meminfo}, {"loadavg", (*Machine).load}, {"sys/kernel/pid_max", (*Machine).pids}} {
		if err := part.into(proc, &m); err != nil {
			return m, err
		}
	}
	return m, nil
}

// part is a file of the kernel's, and who reads its lines.
type part struct {
	file string
	read func(m *Machine, fields []string) error
}

func (p part) into(proc string, m *Machine) error {
	if err := eachLine(filepath.Join(proc, p.file), func(fields []string) error { return p.read(m, fields) }); err != nil {
		return fmt.Errorf("measuring the machine: %w", err)
	}
	return nil
}

func eachLine(path string, read func(fields []string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if err := read(fields); err != nil {
			return fmt.Errorf("%s: %q: %w", path, lines.Text(), err)
		}
	}
	return lines.Err()
}

// stat reads "cpu user nice system idle iowait irq softirq steal ..." and "btime SECONDS".
func (m *Machine) stat(fields []string) error {
	switch {
	case fields[0] == "btime" && len(fields) == 2:
		s, err := strconv.ParseInt(fields[1], 10, 64)
		m.Boot = time.Unix(s, 0)
		return err
	case fields[0] == "cpu" && len(fields) >= 9:
		for i, field := range fields[1:9] {
			n, err := strconv.ParseUint(field, 10, 64)
			if err != nil {
				return err
			}
			if idle, waiting := i == 3, i == 4; !idle && !waiting {
				m.CPU += time.Duration(n) * ticks
			}
		}
	}
	return nil
}

func (m *Machine) meminfo(fields []string) error {
	to, ok := map[string]*uint64{
		"MemTotal:": &m.Memory, "MemFree:": &m.Free, "Inactive(file):": &m.InactiveFile, "AnonPages:": &m.Anonymous,
		"SwapTotal:": &m.Swap, "SwapFree:": &m.SwapFree,
	}[fields[0]]
	if !ok || len(fields) < 2 {
		return nil
	}
	n, err := strconv.ParseUint(fields[1], 10, 64)
	*to = n << 10
	return err
}

func (m *Machine) vmstat(fields []string) (err error) {
	if len(fields) != 2 {
		return nil
	}
	switch fields[0] {
	case "pgfault":
		m.Faults, err = strconv.ParseUint(fields[1], 10, 64)
	case "pgmajfault":
		m.MajorFaults, err = strconv.ParseUint(fields[1], 10, 64)
	}
	return err
}

// network reads "NAME: bytes packets errs drop fifo frame compressed multicast bytes packets errs ...". The loopback and the pods' own ends
// are left out.
func (m *Machine) network(fields []string) error {
	name, isInterface := strings.CutSuffix(fields[0], ":")
	if !isInterface || len(fields) < 12 || name == "lo" || strings.HasPrefix(name, "veth") || strings.HasPrefix(name, "arg") {
		return nil
	}
	i := Interface{Name: name}
	for at, to := range map[int]*uint64{1: &i.RxBytes, 3: &i.RxErrors, 9: &i.TxBytes, 11: &i.TxErrors} {
		var err error
		if *to, err = strconv.ParseUint(fields[at], 10, 64); err != nil {
			return err
		}
	}
	m.Interfaces = append(m.Interfaces, i)
	return nil
}

// load reads "0.1 0.2 0.3 RUNNING/PROCESSES LAST".
func (m *Machine) load(fields []string) (err error) {
	if len(fields) < 4 {
		return fmt.Errorf("four fields are expected")
	}
	_, all, _ := strings.Cut(fields[3], "/")
	m.Processes, err = strconv.ParseInt(all, 10, 64)
	return err
}

func (m *Machine) pids(fields []string) (err error) {
	m.MaxPID, err = strconv.ParseInt(fields[0], 10, 64)
	return err
}

// Usage is the memory in use, page cache included; WorkingSet is it less what the kernel can easily take back.
func (m *Machine) Usage() uint64 { return m.Memory - min(m.Free, m.Memory) }

// WorkingSet is like Usage.
func (m *Machine) WorkingSet() uint64 { return m.Usage() - min(m.InactiveFile, m.Usage()) }
