package runtime

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// makeNamespaces gives the calling thread the sandbox's namespaces, sets them up, and pins the network one.
func (r *Runtime) makeNamespaces(s *sandbox) error {
	ns := s.namespaces()
	flags := 0
	if ns.GetNetwork() != runtimeapi.NamespaceMode_NODE {
		flags |= unix.CLONE_NEWNET | unix.CLONE_NEWUTS // a pod on the host's network has the host's name, too
	}
	if ns.GetIpc() != runtimeapi.NamespaceMode_NODE {
		flags |= unix.CLONE_NEWIPC
	}
	if s.record.UserNS != "" {
		if err := r.enterUsers(s, flags); err != nil {
			return err
		}
	} else if err := unix.Unshare(flags); err != nil {
		return fmt.Errorf("making the sandbox's namespaces: %w", err)
	}
	if flags&unix.CLONE_NEWNET != 0 {
		if err := raiseLoopback(); err != nil {
			return fmt.Errorf("raising the loopback interface: %w", err)
		}
		if err := pin("net", s.record.Netns); err != nil {
			return fmt.Errorf("pinning the network namespace: %w", err)
		}
		if name := s.record.Config.GetHostname(); name != "" {
			if err := unix.Sethostname([]byte(name)); err != nil {
				return fmt.Errorf("setting the host name %q: %w", name, err)
			}
		}
	}
	return setSysctls(s.record.Config, s.record.UserNS != "")
}

// pin keeps the calling thread's namespace alive, at path.
func pin(kind, path string) error { return pinAt("/proc/thread-self/ns/"+kind, path) }

func pinAt(namespace, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o444)
	if err != nil {
		return err
	}
	f.Close()
	return unix.Mount(namespace, path, "", unix.MS_BIND, "")
}

func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr)
}

// usualSysctls are set in every pod that has a network of its own: low ports and ping need no privilege inside it, for
// they harm nobody outside.
var usualSysctls = [...]struct{ name, value string }{
	{"net.ipv4.ip_unprivileged_port_start", "0"}, {"net.ipv4.ping_group_range", "0 2147483647"},
}

// setSysctls sets them in the calling thread's namespaces. Where a user namespace owns these, others than the network's are set inside.
func setSysctls(config *runtimeapi.PodSandboxConfig, owned bool) error {
	wanted := config.GetLinux().GetSysctls()
	if config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() != runtimeapi.NamespaceMode_NODE {
		for _, s := range usualSysctls {
			if _, ok := wanted[s.name]; !ok {
				_ = os.WriteFile(sysctlPath(s.name), []byte(s.value), 0) // a kernel without it needs no such leave
			}
		}
	}
	for name, value := range wanted {
		if owned && !strings.HasPrefix(sysctlPath(name), sysctlPath("net.")) {
			continue
		}
		if err := os.WriteFile(sysctlPath(name), []byte(value), 0); err != nil {
			return fmt.Errorf("setting the sysctl %s to %q: %w", name, value, err)
		}
	}
	return nil
}

// checkSysctls refuses what would change the host: a sysctl must belong to a namespace that the pod has to itself.
func checkSysctls(config *runtimeapi.PodSandboxConfig) error {
	ns := config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	for name := range config.GetLinux().GetSysctls() {
		dotted := strings.ReplaceAll(name, "/", ".")
		own := false
		switch {
		case strings.Contains(name, ".."):
		case strings.HasPrefix(dotted, "net."):
			own = ns.GetNetwork() != runtimeapi.NamespaceMode_NODE
		case strings.HasPrefix(dotted, "kernel.shm"), strings.HasPrefix(dotted, "kernel.msg"), dotted == "kernel.sem", strings.HasPrefix(dotted, "fs.mqueue."):
			own = ns.GetIpc() != runtimeapi.NamespaceMode_NODE
		case dotted == "kernel.domainname":
			own = ns.GetNetwork() != runtimeapi.NamespaceMode_NODE
		}
		if !own {
			return invalid("the sysctl %q does not belong to a namespace of the pod's own", name)
		}
	}
	return nil
}

func sysctlPath(name string) string {
	if !strings.Contains(name, "/") {
		name = strings.ReplaceAll(name, ".", "/")
	}
	return "/proc/sys/" + name
}
