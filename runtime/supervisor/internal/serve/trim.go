package serve

import (
	"bytes"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// trimEvery is how many forks are let pass before a trim while there is no rest.
	trimEvery = 32
	// trimAfter is how long it must have been quiet for a trim, in milliseconds.
	trimAfter = 1000
)

type mapping struct{ start, size uintptr }

// trim keeps the process small between bursts of work: it collects garbage, of which forks leave more than the
// collector's own schedule minds, and lets go of the program's own pages, most of which only a start needs. Those come
// back from the memory file when they are used.
func (s *server) trim() {
	s.forks = 0
	runtime.GC()
	for _, m := range s.program {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.start, m.size, unix.MADV_DONTNEED)
	}
}

// programPages finds this program's read-only mappings. Writable ones must stay as they are.
func programPages() []mapping {
	maps := readAll("/proc/self/maps")
	var list []mapping
	for line := range bytes.Lines(maps) {
		// 00400000-004b4000 r-xp 00000000 00:01 7715   /memfd:argosy-supervisor (deleted)
		f := bytes.Fields(line)
		if len(f) < 6 || !bytes.HasPrefix(f[5], []byte("/memfd:argosy-supervisor")) || bytes.IndexByte(f[1], 'w') >= 0 {
			continue
		}
		from, to, _ := bytes.Cut(f[0], []byte("-"))
		start, err1 := strconv.ParseUint(string(from), 16, 64)
		end, err2 := strconv.ParseUint(string(to), 16, 64)
		if err1 == nil && err2 == nil && end > start {
			list = append(list, mapping{uintptr(start), uintptr(end - start)})
		}
	}
	return list
}
