package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// initCommand makes this program the first process of its namespaces.
const initCommand = "isolated-init"

// isolate runs this program again with args, in a process, mount and network namespace of its own, and removes what it
// wrote. The kernel ends whatever is left in there when the first process of it ends.
func isolate(args []string) (err error) {
	if os.Geteuid() != 0 {
		return errors.New("a node needs root: run \"make bench\" as root")
	}
	dir, err := os.MkdirTemp("", "argosy-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir), sweep(filepath.Base(dir))) }()
	// Not to the terminal's process group: an interrupt reaches this process, which passes it on.
	inner := exec.Command("/proc/self/exe", append([]string{initCommand, "-inside", dir}, args...)...)
	inner.Stdin, inner.Stdout, inner.Stderr = nil, os.Stdout, os.Stderr
	inner.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL, Setpgid: true}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := inner.Start(); err != nil {
		return fmt.Errorf("making namespaces for the benchmarks: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- inner.Wait() }()
	for {
		select {
		case s := <-signals:
			if err := inner.Process.Signal(s); err != nil {
				return err
			}
		case err := <-ended:
			var code *exec.ExitError
			if errors.As(err, &code) && code.ExitCode() > 0 {
				return errors.New("not everything could be measured")
			}
			return err
		}
	}
}

// sweep removes what the namespaces do not take with them when an argosy could not stop gracefully: the cgroups and the run
// directory that carry the name of the run's directory. After a graceful stop there is nothing to do.
func sweep(run string) error {
	var failed error
	for _, pattern := range []string{"/sys/fs/cgroup/argosy-*", "/sys/fs/cgroup/*/argosy-*"} {
		groups, _ := filepath.Glob(pattern + run + "*")
		for _, group := range groups {
			var inside []string
			_ = filepath.WalkDir(group, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					inside = append(inside, path)
				}
				return nil
			})
			// Children first: a cgroup is removed by rmdir, and its files are not there to be deleted.
			for _, path := range slices.Backward(inside) {
				if err := unix.Rmdir(path); err != nil && !errors.Is(err, unix.ENOENT) {
					failed = errors.Join(failed, fmt.Errorf("removing the cgroup %s: %w", path, err))
				}
			}
		}
	}
	left, _ := filepath.Glob("/run/argosy/*" + run + "*")
	for _, path := range left {
		failed = errors.Join(failed, os.RemoveAll(path))
	}
	return failed
}

// reap is the first process of the namespaces: it prepares them, runs the benchmarks, passes signals on, and takes the ends of
// processes whose parents are gone. It returns the exit code of the benchmarks.
func reap(args []string) int {
	if err := prepareNamespaces(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	process, err := os.StartProcess(self, append([]string{self}, args...), &os.ProcAttr{Env: os.Environ(), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for s := range signals {
			_ = process.Signal(s)
		}
	}()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		if err != nil && !errors.Is(err, unix.EINTR) {
			fmt.Fprintln(os.Stderr, "bench: waiting for processes to end:", err)
			return 1
		}
		switch {
		case pid != process.Pid:
		case status.Exited():
			return status.ExitStatus()
		case status.Signaled():
			fmt.Fprintln(os.Stderr, "bench: ended by", status.Signal())
			return 1
		}
	}
}

func prepareNamespaces() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts to ourselves: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting our own /proc: %w", err)
	}
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback interface: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("bringing the loopback interface up: %w", err)
	}
	return nil
}
