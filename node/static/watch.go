package static

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lookEvery is how often a directory is read though nothing is heard of it.
const lookEvery = 20 * time.Second

// calm is how long a directory must be left alone before it is read: a file is mostly written in several steps.
const calm = 50 * time.Millisecond

// Watch calls look whenever the directory may have changed, until ctx ends.
func Watch(ctx context.Context, dir string, look func()) error {
	changes, stop, err := listen(dir)
	if err != nil {
		return err
	}
	defer stop()
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changes:
			timer.Reset(calm)
		case <-timer.C:
			look()
			timer.Reset(lookEvery)
		}
	}
}

// listen tells of changes in a directory.
func listen(dir string) (changes <-chan struct{}, stop func(), err error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, nil, fmt.Errorf("watching the directory of static pods: %w", err)
	}
	const events = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MODIFY | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_CLOSE_WRITE
	if _, err := unix.InotifyAddWatch(fd, dir, events); err != nil {
		_ = unix.Close(fd)
		return nil, nil, fmt.Errorf("watching the directory of static pods %s: %w", dir, err)
	}
	file := os.NewFile(uintptr(fd), "inotify")
	out := make(chan struct{}, 1)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			if _, err := file.Read(buf); err != nil {
				return // closed
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out, func() { _ = file.Close() }, nil
}
