package stub

import (
	"strings"

	"golang.org/x/sys/unix"
)

// Hold keeps the namespaces that the process was born into, until nobody writes to its standard input any more. First it reads
// there which sysctls to set, a line each, PATH=VALUE, with a dot after the last: those of an IPC namespace can be set by the
// root of the user namespace that owns it, and by nobody else. It answers with a dot, or with what went wrong.
func Hold() {
	var b [4096]byte
	n := 0
	for n < len(b) && !strings.HasSuffix(string(b[:n]), ".\n") {
		m, err := unix.Read(0, b[n:])
		if err == unix.EINTR {
			continue
		}
		if m <= 0 {
			unix.Exit(0)
		}
		n += m
	}
	answer := "."
	for _, line := range strings.Split(strings.TrimSuffix(string(b[:n]), ".\n"), "\n") {
		if path, value, ok := strings.Cut(line, "="); ok {
			if err := writeFile(path, value); err != nil {
				answer = "setting the sysctl " + path + " to " + value + ": " + err.Error()
			}
		}
	}
	_, _ = unix.Write(1, []byte(answer))
	for {
		if m, err := unix.Read(0, b[:1]); m == 0 || err != nil && err != unix.EINTR {
			unix.Exit(0)
		}
	}
}
