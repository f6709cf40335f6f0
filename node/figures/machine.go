package figures

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine is what the whole machine uses. Sizes are in bytes.
type machine struct {
	boot time.Time
	cpu  time.Duration // processor time used since boot, all processors together

	memory, free, inactiveFile, anonymous uint64
	swap, swapFree                        uint64
	faults, majorFaults                   uint64

	processes, maxPID int64
	interfaces        []networkInterface
	disk              disk
}

type disk struct{ capacity, available, used, inodes, inodesFree uint64 }

type networkInterface struct {
	name                                 string
	rxBytes, rxErrors, txBytes, txErrors uint64
}

// ticks is the unit of /proc/stat: the kernel shows hundredths of a second on every architecture.
const ticks = 10 * time.Millisecond

// measure reads the machine's figures. dir is where pods write.
func measure(proc, dir string) (m machine, err error) {
	for _, part := range []struct {
		file string
		read func(m *machine, fields []string) error
	}{
		{"stat", (*machine).stat},
		{"meminfo", (*machine).meminfo},
		{"vmstat", (*machine).vmstat},
		{"net/dev", (*machine).network},
		{"loadavg", (*machine).load},
		{"sys/kernel/pid_max", func(m *machine, f []string) (err error) { m.maxPID, err = strconv.ParseInt(f[0], 10, 64); return err }},
	} {
		if err := eachLine(filepath.Join(proc, part.file), func(fields []string) error { return part.read(&m, fields) }); err != nil {
			return m, fmt.Errorf("measuring the machine: %w", err)
		}
	}
	m.disk, err = measureDisk(dir)
	return m, err
}

func measureDisk(dir string) (disk, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return disk{}, fmt.Errorf("measuring the disk of %s: %w", dir, err)
	}
	size := uint64(fs.Bsize)
	return disk{capacity: fs.Blocks * size, available: fs.Bavail * size, used: (fs.Blocks - fs.Bfree) * size, inodes: fs.Files, inodesFree: fs.Ffree}, nil
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
func (m *machine) stat(fields []string) error {
	switch {
	case fields[0] == "btime" && len(fields) == 2:
		s, err := strconv.ParseInt(fields[1], 10, 64)
		m.boot = time.Unix(s, 0)
		return err
	case fields[0] == "cpu" && len(fields) >= 9:
		for i, field := range fields[1:9] {
			n, err := strconv.ParseUint(field, 10, 64)
			if err != nil {
				return err
			}
			if idle, waiting := i == 3, i == 4; !idle && !waiting {
				m.cpu += time.Duration(n) * ticks
			}
		}
	}
	return nil
}

func (m *machine) meminfo(fields []string) error {
	to, ok := map[string]*uint64{
		"MemTotal:": &m.memory, "MemFree:": &m.free, "Inactive(file):": &m.inactiveFile, "AnonPages:": &m.anonymous,
		"SwapTotal:": &m.swap, "SwapFree:": &m.swapFree,
	}[fields[0]]
	if !ok || len(fields) < 2 {
		return nil
	}
	n, err := strconv.ParseUint(fields[1], 10, 64)
	*to = n << 10
	return err
}

func (m *machine) vmstat(fields []string) (err error) {
	if len(fields) != 2 {
		return nil
	}
	switch fields[0] {
	case "pgfault":
		m.faults, err = strconv.ParseUint(fields[1], 10, 64)
	case "pgmajfault":
		m.majorFaults, err = strconv.ParseUint(fields[1], 10, 64)
	}
	return err
}

// network reads "NAME: bytes packets errs drop fifo frame compressed multicast bytes packets errs ...". The loopback and the pods' own ends
// are left out.
func (m *machine) network(fields []string) error {
	name, isInterface := strings.CutSuffix(fields[0], ":")
	if !isInterface || len(fields) < 12 || name == "lo" || strings.HasPrefix(name, "veth") || strings.HasPrefix(name, "arg") {
		return nil
	}
	i := networkInterface{name: name}
	for at, to := range map[int]*uint64{1: &i.rxBytes, 3: &i.rxErrors, 9: &i.txBytes, 11: &i.txErrors} {
		var err error
		if *to, err = strconv.ParseUint(fields[at], 10, 64); err != nil {
			return err
		}
	}
	m.interfaces = append(m.interfaces, i)
	return nil
}

// load reads "0.1 0.2 0.3 RUNNING/PROCESSES LAST".
func (m *machine) load(fields []string) (err error) {
	if len(fields) < 4 {
		return fmt.Errorf("four fields are expected")
	}
	_, all, _ := strings.Cut(fields[3], "/")
	m.processes, err = strconv.ParseInt(all, 10, 64)
	return err
}

// usage is the memory in use, page cache included; workingSet is it less what the kernel can easily take back.
func (m *machine) usage() uint64 { return m.memory - min(m.free, m.memory) }

func (m *machine) workingSet() uint64 { return m.usage() - min(m.inactiveFile, m.usage()) }
