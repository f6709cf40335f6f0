package runtime

import (
	"os"
	"strconv"
	"strings"
)

// startTicks is when a process started, in clock ticks since boot; 0 if there is none. Together with its number it names
// a process for good. Field 22 of /proc/PID/stat; the name in field 2 may hold anything.
func startTicks(pid int) uint64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	text := string(b)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return 0
	}
	n, _ := strconv.ParseUint(fields[19], 10, 64)
	return n
}
