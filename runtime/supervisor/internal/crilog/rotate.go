package crilog

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// rotate moves the file to PATH.TIME, starts a fresh one and removes the oldest rotated files beyond the number to keep.
// Where a step fails, logging goes on in the file that there is.
func (l *Log) rotate() {
	suffix := l.now().UTC().Format("20060102-150405.000000000")
	if unix.Rename(l.path, l.path+"."+suffix) != nil {
		return
	}
	if l.Reopen(l.path) != nil {
		_ = unix.Rename(l.path+"."+suffix, l.path)
		return
	}
	cut := strings.LastIndexByte(l.path, '/')
	dir, base := l.path[:cut+1], l.path[cut+1:]
	old := rotated(dir, base+".")
	for len(old) > l.files {
		_ = unix.Unlink(dir + old[0])
		old = old[1:]
	}
}

// rotated lists a log's rotated files, oldest first: their names end in the time.
func rotated(dir, prefix string) []string {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var names []string
	buf := make([]byte, 4096)
	for {
		n, err := unix.ReadDirent(fd, buf)
		if err != nil || n <= 0 {
			break
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		rest, ok := strings.CutPrefix(n, prefix)
		return !ok || rest == "" || rest[0] < '0' || rest[0] > '9'
	})
	slices.Sort(names)
	return names
}
