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

// using are the processes that have to do with a directory: their arguments, their cgroup or what is mounted in their
// namespace names it, or their root or working directory is below it. This process is never among them.
func using(dir string) ([]int, error) {
	// Mounts that everybody in our namespace sees say nothing about a process.
	own, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return nil, err
	}
	var pids []int
	err = each(func(pid int) {
		if pid == os.Getpid() || over(pid) {
			return
		}
		for _, file := range []string{"cmdline", "cgroup"} {
			if text, _ := os.ReadFile(proc(pid, file)); bytes.Contains(text, []byte(key(dir))) {
				pids = append(pids, pid)
				return
			}
		}
		for _, link := range []string{"root", "cwd"} {
			if to, err := os.Readlink(proc(pid, link)); err == nil && strings.HasPrefix(to, dir+"/") {
				pids = append(pids, pid)
				return
			}
		}
		if ns, err := os.Readlink(proc(pid, "ns/mnt")); err == nil && ns != own {
			if mounts, _ := os.ReadFile(proc(pid, "mountinfo")); bytes.Contains(mounts, []byte(key(dir))) {
				pids = append(pids, pid)
			}
		}
	})
	return pids, err
}

// over tells that a process has ended, and only its parent has not asked how. It holds nothing any more; who should ask is in the list
// itself if it is one of the cluster's.
func over(pid int) bool {
	text, err := os.ReadFile(proc(pid, "stat"))
	i := bytes.LastIndexByte(text, ')') // of the program's name, which may hold anything
	return err == nil && i >= 0 && i+2 < len(text) && (text[i+2] == 'Z' || text[i+2] == 'X')
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

// Sweep ends by force every process that has to do with a directory, detaches every mount and removes every cgroup that names
// it, so that it can be removed. It is the way out after a test that failed or killed what would have cleaned up.
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
		return fmt.Errorf("looking for mounts of %s: %w", dir, err)
	}
	for i := len(points) - 1; i >= 0; i-- { // the last mounted first
		if err := syscall.Unmount(points[i], syscall.MNT_DETACH); err != nil {
			return fmt.Errorf("unmounting %s: %w", points[i], err)
		}
	}
	groups, err := cgroups(dir)
	if err != nil {
		return fmt.Errorf("looking for cgroups of %s: %w", dir, err)
	}
	for i := len(groups) - 1; i >= 0; i-- { // children before their parents
		if err := os.Remove(groups[i]); err != nil {
			return fmt.Errorf("removing a cgroup: %w", err)
		}
	}
	rest, err := files(dir)
	if err != nil {
		return fmt.Errorf("looking for files of %s: %w", dir, err)
	}
	for _, path := range rest {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("removing %s: %w", path, err)
		}
	}
	return nil
}

// mountPoints are where the mounts that name a directory are.
func mountPoints(dir string) ([]string, error) {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var points []string
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.Contains(line, key(dir)) {
			points = append(points, fields[4])
		}
	}
	return points, nil
}
