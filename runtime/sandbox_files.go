package runtime

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/spec"
)

// makeSandboxFiles makes a sandbox's directories and what its containers share: /dev/shm and the files in /etc.
func (r *Runtime) makeSandboxFiles(s *sandbox) error {
	run := r.opts.sandboxRun(s.id)
	for _, dir := range []string{r.opts.sandboxState(s.id), run} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return fmt.Errorf("making the sandbox's directories: %w", err)
		}
	}
	if s.namespaces().GetIpc() != runtimeapi.NamespaceMode_NODE {
		if err := os.Mkdir(r.shmPath(s.id), 0o755); err != nil {
			return fmt.Errorf("making the pod's shared memory: %w", err)
		}
		if err := unix.Mount("shm", r.shmPath(s.id), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=1777,size=65536k"); err != nil {
			return fmt.Errorf("mounting the pod's shared memory: %w", err)
		}
	}
	config := s.record.Config
	for name, text := range map[string]string{
		"hostname": r.hostname(s) + "\n", "hosts": readFile("/etc/hosts"), "resolv.conf": resolvConf(config.GetDnsConfig()),
	} {
		if err := os.WriteFile(filepath.Join(run, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("writing the pod's /etc/%s: %w", name, err)
		}
	}
	return nil
}

func (r *Runtime) sandboxFiles(s *sandbox) spec.SandboxFiles {
	run := r.opts.sandboxRun(s.id)
	f := spec.SandboxFiles{
		Shm: r.shmPath(s.id), Hosts: filepath.Join(run, "hosts"), Hostname: filepath.Join(run, "hostname"), ResolvConf: filepath.Join(run, "resolv.conf"),
	}
	if s.namespaces().GetIpc() == runtimeapi.NamespaceMode_NODE {
		f.Shm = "/dev/shm"
	}
	return f
}

// hostname is the name that the sandbox sees itself by.
func (r *Runtime) hostname(s *sandbox) string {
	if name := s.record.Config.GetHostname(); name != "" && s.record.Netns != "" {
		return name
	}
	name, _ := os.Hostname()
	return name
}

// resolvConf writes a resolver configuration; without one the pod gets the host's.
func resolvConf(dns *runtimeapi.DNSConfig) string {
	if dns == nil {
		return readFile("/etc/resolv.conf")
	}
	var b strings.Builder
	if len(dns.GetSearches()) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(dns.GetSearches(), " "))
	}
	for _, server := range dns.GetServers() {
		fmt.Fprintf(&b, "nameserver %s\n", server)
	}
	if len(dns.GetOptions()) > 0 {
		fmt.Fprintf(&b, "options %s\n", strings.Join(dns.GetOptions(), " "))
	}
	return b.String()
}

func readFile(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// removeSandboxRun undoes the sandbox's part of the run directory. The network namespace goes with its last user.
func (r *Runtime) removeSandboxRun(s *sandbox) error {
	var errs []error
	for _, path := range []string{r.netnsPath(s.id), r.userPath(s.id), r.shmPath(s.id)} {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil && err != unix.EINVAL && err != unix.ENOENT {
			errs = append(errs, fmt.Errorf("unmounting %s: %w", path, err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...) // never delete through a mount
	}
	return os.RemoveAll(r.opts.sandboxRun(s.id))
}
