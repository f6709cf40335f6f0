package leftovers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processes are those that run a program called argosy….
func processes() ([]string, error) {
	var lines []string
	err := each(func(pid int) {
		exe, err := os.Readlink(proc(pid, "exe"))
		if err != nil || !strings.HasPrefix(filepath.Base(exe), "argosy") {
			return
		}
		lines = append(lines, describe(pid))
	})
	return lines, err
}

// using are the processes that have to do with a directory: it is in their arguments, or something below it is mounted in
// their namespace, or their root or working directory is below it. This process is never among them.
func using(dir string) ([]int, error) {
	// Mounts that everybody in our namespace sees say nothing about a process.
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return nil, err
	}
	var pids []int
	err = each(func(pid int) {
		if pid == os.Getpid() {
			return
		}
		cmdline, _ := os.ReadFile(proc(pid, "cmdline"))
		if bytes.Contains(cmdline, []byte(dir)) {
			pids = append(pids, pid)
			return
		}
		for _, link := range []string{"root", "cwd"} {
			if to, err := os.Readlink(proc(pid, link)); err == nil && strings.HasPrefix(to, dir+"/") {
				pids = append(pids, pid)
				return
			}
		}
		if ns, err := os.Readlink(proc(pid, "ns/mnt")); err == nil && ns != own {
			if mounts, _ := os.ReadFile(proc(pid, "mountinfo")); bytes.Contains(mounts, []byte(dir+"/")) {
				pids = append(pids, pid)
			}
		}
	})
	return pids, err
}

func each(visit func(pid int)) error {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			visit(pid)
		}
	}
	return nil
}

func proc(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}

func describe(pid int) string {
	cmdline, _ := os.ReadFile(proc(pid, "cmdline"))
	return fmt.Sprintf("%d %s", pid, strings.TrimSpace(string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '}))))
}

// Using describes the processes that have to do with a directory: programs that run from it, in it, or on mounts of it.
func Using(dir string) ([]string, error) {
	pids, err := using(dir)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, pid := range pids {
		lines = append(lines, describe(pid))
	}
	return lines, nil
}

// Sweep ends by force every process that has to do with a directory, and detaches every mount below it, so that it can be
// removed. It is the way out after a test that failed or killed what would have cleaned up.
func Sweep(dir string) error {
	for range 50 { // a supervisor's children show up once it is gone
		pids, err := using(dir)
		if err != nil {
			return fmt.Errorf("looking for processes that use %s: %w", dir, err)
		}
		if len(pids) == 0 {
			break
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		<-time.After(20 * time.Millisecond)
	}
	points, err := mountPoints(dir)
	if err != nil {
		return fmt.Errorf("looking for mounts below %s: %w", dir, err)
	}
	for i := len(points) - 1; i >= 0; i-- { // the last mounted first
		if err := syscall.Unmount(points[i], syscall.MNT_DETACH); err != nil {
			return fmt.Errorf("unmounting %s: %w", points[i], err)
		}
	}
	return nil
}

func mountPoints(dir string) ([]string, error) {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var points []string
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], dir+"/") {
			points = append(points, fields[4])
		}
	}
	return points, nil
}
