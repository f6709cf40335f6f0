package thread

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Run calls f on a thread that nothing else ever runs on, before or after its end, and returns what f returned.
func Run(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The first thread never ends, and /proc/PID is about it. Holding it makes f run on another.
			defer runtime.UnlockOSThread()
			result <- Run(f)
			return
		}
		result <- f() // the goroutine ends locked, and the thread with it
	}()
	return <-result
}
