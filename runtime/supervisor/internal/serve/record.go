package serve

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// record puts what is known of a container on disk, whole or not at all. It is not flushed: what it tells of does not
// survive a power cut either.
func (p *proc) record() {
	if p.spec.ExitFile == "" {
		return
	}
	part := p.spec.ExitFile + ".part"
	fd, err := unix.Open(part, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return // a full disk; the agent hears of it over the socket as long as this process lives
	}
	b := p.state.AppendRecord(nil)
	n, err := unix.Write(fd, b)
	_ = unix.Close(fd)
	if err == nil && n == len(b) {
		_ = unix.Rename(part, p.spec.ExitFile)
	}
}

// unrecord takes back the record of a start that failed.
func (p *proc) unrecord() {
	if p.spec.ExitFile != "" {
		_ = unix.Unlink(p.spec.ExitFile)
	}
}

// oomKilled looks for "oom_kill N" with N > 0.
func oomKilled(path string) bool {
	for line := range bytes.Lines(readAll(path)) {
		if value, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("oom_kill ")); ok {
			return string(value) != "0"
		}
	}
	return false
}

// startTicks is field 22 of /proc/PID/stat; the name in field 2 may hold anything.
func startTicks(pid int) uint64 {
	text := string(readAll("/proc/" + strconv.Itoa(pid) + "/stat"))
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return 0
	}
	n, _ := strconv.ParseUint(fields[19], 10, 64)
	return n
}

// readAll reads a small file of the kernel's; nil if it cannot.
func readAll(path string) []byte {
	if path == "" {
		return nil
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	b := make([]byte, 4096)
	n, err := unix.Read(fd, b)
	if err != nil {
		return nil
	}
	return b[:n]
}
