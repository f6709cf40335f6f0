package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// stageEnv tells this program what it is: by default the outer process, which makes the namespaces.
const (
	stageEnv  = "ARGOSY_CONFORMANCE_STAGE"
	stageInit = "init" // their first process
	stageWork = "work" // the one that works in them
)

// The cluster's host has one address, and a default route that leads nowhere.
const (
	hostAddress = "192.0.2.2/24"
	routerIP    = "192.0.2.1"
)

// isolate runs this program again with the same arguments in namespaces of its own, so that its cluster meets no other one of
// this machine. The kernel ends whatever is left in there when the first process of it ends.
func isolate(out string) error {
	if os.Geteuid() != 0 {
		return errors.New("a node needs root, for its namespaces, mounts and cgroups")
	}
	inner := exec.Command("/proc/self/exe", os.Args[1:]...)
	inner.Env = append(os.Environ(), stageEnv+"="+stageInit)
	inner.Stdout, inner.Stderr = os.Stdout, os.Stderr
	inner.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		Pdeathsig: syscall.SIGKILL, Setpgid: true}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := inner.Start(); err != nil {
		return fmt.Errorf("making namespaces for the cluster: %w", err)
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
			return errors.Join(err, sweep(filepath.Join(out, dataDir)))
		}
	}
}

// prepareNamespaces makes a host of the namespaces that this process is the first of.
func prepareNamespaces() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts to ourselves: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting our own /proc: %w", err)
	}
	if err := unix.Sethostname([]byte("conformance")); err != nil {
		return fmt.Errorf("naming the host: %w", err)
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback interface: %w", err)
	}
	// A wire whose other end nobody listens at.
	eth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: "world"}
	world := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "world"}}
	address, err := netlink.ParseAddr(hostAddress)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"loopback up", func() error { return netlink.LinkSetUp(lo) }},
		{"a wire", func() error { return netlink.LinkAdd(eth) }},
		{"its far end up", func() error { return netlink.LinkSetUp(world) }},
		{"its near end up", func() error { return netlink.LinkSetUp(eth) }},
		{"an address", func() error { return netlink.AddrAdd(eth, address) }},
		{"a default route", func() error { return netlink.RouteAdd(&netlink.Route{Gw: net.ParseIP(routerIP)}) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("preparing the host's network: %s: %w", step.what, err)
		}
	}
	return nil
}

// reap is the first process of the namespaces: it prepares them, starts the one that works there, passes signals on to it, and
// takes the ends of processes whose parents are gone. It returns that one's exit code.
func reap() (int, error) {
	if err := prepareNamespaces(); err != nil {
		return 0, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if err := os.Setenv(stageEnv, stageWork); err != nil {
		return 0, err
	}
	process, err := os.StartProcess("/proc/self/exe", os.Args, &os.ProcAttr{Env: os.Environ(), Files: []*os.File{nil, os.Stdout, os.Stderr}})
	if err != nil {
		return 0, fmt.Errorf("starting within the namespaces: %w", err)
	}
	go func() {
		for s := range signals {
			_ = process.Signal(s)
		}
	}()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, fmt.Errorf("waiting for processes to end: %w", err)
		case pid != process.Pid:
		case status.Exited():
			return status.ExitStatus(), nil
		case status.Signaled():
			return 0, fmt.Errorf("ended by %v", status.Signal())
		}
	}
}

// sweep removes what the namespaces do not take with them when the cluster could not stop gracefully: the cgroups and the run
// directory that carry the data directory's name. After a graceful stop there is nothing to do.
func sweep(dir string) error {
	key := "argosy-" + dirKey(dir)
	var failed error
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		groups, _ := filepath.Glob(pattern + key)
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
	return errors.Join(failed, os.RemoveAll("/run/argosy/"+dirKey(dir)), os.RemoveAll(dir))
}
