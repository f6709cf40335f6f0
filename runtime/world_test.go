package runtime

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// has fails the test unless out has every wanted line.
func has(t *testing.T, what, out string, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if !strings.Contains("\n"+out, "\n"+want+"\n") {
			t.Errorf("%s: no line %q in\n%s", what, want, out)
		}
	}
}

func TestProcess(t *testing.T) {
	b := open(t)
	pod := b.pod()
	env := containerConfig("env")
	env.Envs = []*runtimeapi.KeyValue{{Key: "FROM", Value: []byte("pod")}, {Key: "EMPTY"}}
	has(t, "environment", b.output(pod, env), "PATH=/bin", "FROM=pod", "EMPTY=", "HOSTNAME=web-0", "HOME=/root")

	dir := containerConfig("pwd")
	dir.WorkingDir = "/var/made/for/it"
	has(t, "working directory", b.output(pod, dir), "/var/made/for/it")

	has(t, "host name", b.output(pod, containerConfig("hostname")), "web-0")
	has(t, "host name file", b.output(pod, containerConfig("cat", "/etc/hostname")), "web-0")

	status := b.output(pod, containerConfig("cat", "/proc/self/status"))
	has(t, "status", status, "Pid:\t1", "NoNewPrivs:\t0", "Seccomp:\t2", "CapEff:\t00000000a80425fb", "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000", "Uid:\t0\t0\t0\t0", "Umask:\t0022")
	for line := range strings.Lines(status) {
		if strings.HasPrefix(line, "Sig") && (strings.HasPrefix(line, "SigBlk") || strings.HasPrefix(line, "SigIgn")) && !strings.Contains(line, "0000000000000000") {
			t.Errorf("signals are not as at the start of a process: %s", line)
		}
	}
	// Programs in Go open their own limits by themselves.
	if got := b.output(pod, containerConfig("fds")); !regexp.MustCompile(`^0 /dev/null\n1 pipe:\S+\n2 pipe:\S+\n([34] /sys/fs/cgroup/\S+\n)*$`).MatchString(got) {
		t.Errorf("files leak into the container:\n%s", got)
	}
}

func TestUsers(t *testing.T) {
	b := open(t)
	images := b.opts.Images.(*directories)
	pod := b.pod()
	run := func(f func(sc *runtimeapi.LinuxContainerSecurityContext)) string {
		c := containerConfig("id")
		f(c.Linux.SecurityContext)
		return b.output(pod, c)
	}
	has(t, "root", run(func(*runtimeapi.LinuxContainerSecurityContext) {}), "uid 0 gid 0 groups [0]")
	has(t, "by number", run(func(sc *runtimeapi.LinuxContainerSecurityContext) { sc.RunAsUser = &runtimeapi.Int64Value{Value: 4321} }), "uid 4321 gid 0 groups [0]")
	has(t, "with group", run(func(sc *runtimeapi.LinuxContainerSecurityContext) {
		sc.RunAsUser, sc.RunAsGroup = &runtimeapi.Int64Value{Value: 4321}, &runtimeapi.Int64Value{Value: 77}
		sc.SupplementalGroups = []int64{500, 501}
	}), "uid 4321 gid 77 groups [77 500 501]")
	has(t, "by name", run(func(sc *runtimeapi.LinuxContainerSecurityContext) { sc.RunAsUsername = "app" }), "uid 1000 gid 1001 groups [63 1001]", "name app")
	has(t, "strict groups", run(func(sc *runtimeapi.LinuxContainerSecurityContext) {
		sc.RunAsUsername, sc.SupplementalGroupsPolicy = "app", runtimeapi.SupplementalGroupsPolicy_Strict
		sc.SupplementalGroups = []int64{9}
	}), "uid 1000 gid 1001 groups [9 1001]")
	images.config = func(c *imagespec.ImageConfig) { c.User = "app:audio" }
	has(t, "of the image", run(func(*runtimeapi.LinuxContainerSecurityContext) {}), "uid 1000 gid 63 groups [63]")
	c := containerConfig("env")
	has(t, "home of the image's user", b.output(pod, c), "HOME=/home/app")
	// A user without rights can still open its own output again.
	c = containerConfig("write", "/dev/stdout", "again")
	if got := b.output(pod, c); got != "again" {
		t.Errorf("opening /dev/stdout as a user: %q", got)
	}
}

func TestConfinement(t *testing.T) {
	b := open(t)
	pod := b.pod()
	fails := func(what string, c *runtimeapi.ContainerConfig, why string) {
		t.Helper()
		id := b.run(pod, c)
		if status := b.wait(id); status.ExitCode == 0 || !strings.Contains(b.log(id), why) {
			t.Errorf("%s: code %d, %q; want a failure with %q", what, status.ExitCode, b.log(id), why)
		}
	}
	fails("mount", containerConfig("mount"), "operation not permitted")
	fails("unshare", containerConfig("unshare"), "operation not permitted")
	fails("a read-only path", containerConfig("write", "/proc/sys/kernel/domainname", "x"), "read-only file system")
	fails("sysfs", containerConfig("write", "/sys/kernel/mm/ksm/run", "1"), "read-only file system")
	fails("cgroups", containerConfig("write", "/sys/fs/cgroup/x", "1"), "")
	fails("a device of its own making", containerConfig("cat", "/dev/kvm"), "no such file")

	admin := containerConfig("mount")
	admin.Linux.SecurityContext.Capabilities = &runtimeapi.Capability{AddCapabilities: []string{"SYS_ADMIN"}}
	b.output(pod, admin)

	drop := containerConfig("cat", "/proc/self/status")
	drop.Linux.SecurityContext.Capabilities = &runtimeapi.Capability{DropCapabilities: []string{"ALL"}, AddCapabilities: []string{"CAP_NET_ADMIN"}}
	drop.Linux.SecurityContext.NoNewPrivs = true
	has(t, "dropped", b.output(pod, drop), "CapBnd:\t0000000000001000", "CapEff:\t0000000000001000", "NoNewPrivs:\t1", "Seccomp:\t2")

	ambient := containerConfig("cat", "/proc/self/status")
	ambient.Linux.SecurityContext.RunAsUser = &runtimeapi.Int64Value{Value: 1000}
	ambient.Linux.SecurityContext.Capabilities = &runtimeapi.Capability{AddCapabilities: []string{"NET_BIND_SERVICE"}, AddAmbientCapabilities: []string{"NET_BIND_SERVICE"}}
	has(t, "ambient", b.output(pod, ambient), "CapEff:\t0000000000000400", "CapAmb:\t0000000000000400")

	user := containerConfig("cat", "/proc/self/status")
	user.Linux.SecurityContext.RunAsUser = &runtimeapi.Int64Value{Value: 1000}
	has(t, "a user", b.output(pod, user), "CapEff:\t0000000000000000", "CapBnd:\t00000000a80425fb")

	free := containerConfig("cat", "/proc/self/status")
	free.Linux.SecurityContext.Seccomp = &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Unconfined}
	has(t, "unconfined", b.output(pod, free), "Seccomp:\t0")

	masked := containerConfig("ls", "/sys/firmware")
	if got := b.output(pod, masked); got != "" {
		t.Errorf("a masked directory shows %q", got)
	}
	if got := b.output(pod, containerConfig("cat", "/proc/keys")); got != "" {
		t.Errorf("a masked file shows %q", got)
	}

	profile := filepath.Join(b.opts.SeccompDir, "no-mkdir.json")
	if b.opts.SeccompDir == "" {
		profile = filepath.Join(b.opts.State, "seccomp", "no-mknod.json")
	}
	if err := os.MkdirAll(filepath.Dir(profile), 0o755); err != nil {
		t.Fatal(err)
	}
	text := `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mknod","mknodat"],"action":"SCMP_ACT_ERRNO","errnoRet":37}]}`
	if err := os.WriteFile(profile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	local := containerConfig("mkfifo", "/tmp/f")
	local.Linux.SecurityContext.Seccomp = &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Localhost, LocalhostRef: filepath.Base(profile)}
	fails("a local profile", local, "no locks available")

	readonly := containerConfig("write", "/tmp/x", "y")
	readonly.Linux.SecurityContext.ReadonlyRootfs = true
	fails("a read-only root", readonly, "read-only file system")
	b.opts.Images.(*directories).config = func(c *imagespec.ImageConfig) { c.Volumes = map[string]struct{}{"/tmp": {}, "/var/new": {}} }
	b.output(pod, readonly)
	readonly.Args = []string{"write", "/var/new/x", "y"}
	b.output(pod, readonly)
	readonly.Args = []string{"write", "/var/x", "y"}
	fails("beside a volume of the image", readonly, "read-only file system")
}

func TestDevicesInContainers(t *testing.T) {
	b := open(t)
	pod := b.pod()
	out := b.output(pod, containerConfig("stat", "/dev/null", "/dev/tty", "/dev/fd", "/dev/pts", "/dev/shm", "/dev/core"))
	has(t, "usual", out, "/dev/null 20666 1:3 0/0", "/dev/tty 20666 5:0 0/0")
	id := b.run(pod, containerConfig("mknod", "/tmp/disk", "1", "9"))
	if b.wait(id).ExitCode != 0 {
		t.Errorf("making a node: %s", b.log(id))
	}
	var st unix.Stat_t
	if err := unix.Stat("/dev/loop-control", &st); err == nil {
		c := containerConfig("stat", "/dev/mine")
		c.Devices = []*runtimeapi.Device{{HostPath: "/dev/loop-control", ContainerPath: "/dev/mine", Permissions: "rwm"}}
		has(t, "a named device", b.output(pod, c), fmt.Sprintf("/dev/mine %o 10:237 %d/%d", st.Mode, st.Uid, st.Gid))
	}
	// A node that it makes itself cannot be opened: the cgroup forbids it.
	c := containerConfig()
	c.Command = []string{"/bin/testbox", "mknod", "/tmp/kmsg", "1", "11"}
	b.output(pod, c)
	hold := b.run(pod, containerConfig("hold"))
	if _, _, err := b.ExecSync(context.Background(), hold, []string{"testbox", "mknod", "/tmp/kmsg", "1", "11"}, 0); err != nil {
		t.Fatal(err)
	}
	if _, errOut, err := b.ExecSync(context.Background(), hold, []string{"cat", "/tmp/kmsg"}, 0); err == nil || !strings.Contains(string(errOut), "operation not permitted") {
		t.Errorf("reading the kernel's log: %v, %s", err, errOut)
	}
}

func TestPrivileged(t *testing.T) {
	b := open(t)
	pod := b.pod()
	c := containerConfig("cat", "/proc/self/status")
	c.Linux.SecurityContext.Privileged = true
	has(t, "privileged", b.output(pod, c), "Seccomp:\t0", fmt.Sprintf("CapEff:\t%016x", b.host.Capabilities))
	c = containerConfig("mount")
	c.Linux.SecurityContext.Privileged = true
	b.output(pod, c)
	c = containerConfig("ls", "/dev")
	c.Linux.SecurityContext.Privileged = true
	out := b.output(pod, c)
	has(t, "devices", out, "null", "pts", "shm")
	if _, err := os.Stat("/dev/loop0"); err == nil {
		has(t, "host devices", out, "loop0")
	}
}

func TestMounts(t *testing.T) {
	b := open(t)
	pod := b.pod()
	host := filepath.Join(filepath.Dir(b.opts.State), "volume")
	for _, dir := range []string{"sub", "deep"} {
		if err := os.MkdirAll(filepath.Join(host, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount("inner", filepath.Join(host, "deep"), "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(filepath.Join(host, "deep"), unix.MNT_DETACH)
	file := filepath.Join(host, "file")
	if err := os.WriteFile(file, []byte("from the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	mount := func(args []string, m ...*runtimeapi.Mount) *runtimeapi.ContainerConfig {
		c := containerConfig(args...)
		c.Mounts = m
		return c
	}
	b.output(pod, mount([]string{"write", "/data/sub/new", "x"}, &runtimeapi.Mount{HostPath: host, ContainerPath: "/data"}))
	if got := readFile(filepath.Join(host, "sub", "new")); got != "x" {
		t.Errorf("the host sees %q", got)
	}
	if got := b.output(pod, mount([]string{"cat", "/etc/app.conf"}, &runtimeapi.Mount{HostPath: file, ContainerPath: "/etc/app.conf"})); got != "from the host" {
		t.Errorf("a file shows %q", got)
	}
	try := func(what string, c *runtimeapi.ContainerConfig, ok bool) {
		t.Helper()
		id := b.run(pod, c)
		if got := b.wait(id).ExitCode == 0; got != ok {
			t.Errorf("%s: success %v, want %v: %s", what, got, ok, b.log(id))
		}
	}
	try("read-only", mount([]string{"write", "/data/no", "x"}, &runtimeapi.Mount{HostPath: host, ContainerPath: "/data", Readonly: true}), false)
	try("below read-only", mount([]string{"write", "/data/deep/yes", "x"}, &runtimeapi.Mount{HostPath: host, ContainerPath: "/data", Readonly: true}), true)
	try("below recursively read-only", mount([]string{"write", "/data/deep/no", "x"}, &runtimeapi.Mount{HostPath: host, ContainerPath: "/data", Readonly: true, RecursiveReadOnly: true}), false)
	try("inner before outer", mount([]string{"write", "/data/in/side/x", "x"},
		&runtimeapi.Mount{HostPath: filepath.Join(host, "sub"), ContainerPath: "/data/in/side"},
		&runtimeapi.Mount{HostPath: host, ContainerPath: "/data"}), true)
	try("a missing source is made", mount([]string{"write", "/new/x", "x"}, &runtimeapi.Mount{HostPath: filepath.Join(host, "made"), ContainerPath: "/new"}), true)
	try("in place of a usual mount", mount([]string{"cat", "/etc/resolv.conf"}, &runtimeapi.Mount{HostPath: file, ContainerPath: "/etc/resolv.conf"}), true)
	if _, err := b.CreateContainer(context.Background(), pod, mount(nil, &runtimeapi.Mount{HostPath: host, ContainerPath: "/data", RecursiveReadOnly: true}), nil); err == nil {
		t.Error("recursively read-only without read-only was accepted")
	}
}

func TestPropagation(t *testing.T) {
	b := open(t)
	pod := b.pod()
	host := filepath.Join(filepath.Dir(b.opts.State), "shared")
	if err := os.MkdirAll(filepath.Join(host, "at"), 0o755); err != nil {
		t.Fatal(err)
	}
	private := containerConfig("hold")
	private.Mounts = []*runtimeapi.Mount{{HostPath: host, ContainerPath: "/data", Propagation: runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL}}
	if err := unix.Mount(host, host, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(host, unix.MNT_DETACH)
	if err := unix.Mount("", host, "", unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.CreateContainer(context.Background(), pod, private, nil); err == nil || !strings.Contains(err.Error(), "not a shared mount") {
		t.Errorf("passing on mounts of a private one: %v", err)
	}
	if err := unix.Mount("", host, "", unix.MS_SHARED, ""); err != nil {
		t.Fatal(err)
	}
	follow := containerConfig("hold")
	follow.Mounts = []*runtimeapi.Mount{{HostPath: host, ContainerPath: "/data", Propagation: runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER}}
	follower := b.run(pod, follow)
	giver := containerConfig("hold")
	giver.Mounts, giver.Linux.SecurityContext.Privileged = private.Mounts, true
	give := b.run(pod, giver)
	alone := containerConfig("hold")
	alone.Mounts = []*runtimeapi.Mount{{HostPath: host, ContainerPath: "/data"}}
	deaf := b.run(pod, alone)

	if err := unix.Mount("later", filepath.Join(host, "at"), "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(filepath.Join(host, "at"), unix.MNT_DETACH)
	if err := os.WriteFile(filepath.Join(host, "at", "seen"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{follower: "seen\n", give: "seen\n", deaf: ""} {
		out, _, err := b.ExecSync(context.Background(), id, []string{"testbox", "ls", "/data/at"}, 0)
		if err != nil || string(out) != want {
			t.Errorf("%s sees %q (%v), want %q", b.status(id).Mounts[0].Propagation, out, err, want)
		}
	}
}

// An image must not be able to lead a mount out of its root by links.
func TestLinksInAnImageStayInside(t *testing.T) {
	b := open(t)
	pod := b.pod()
	outside := filepath.Join(filepath.Dir(b.opts.State), "outside")
	source := filepath.Join(filepath.Dir(b.opts.State), "source")
	for _, dir := range []string{outside, source} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	images := &hostile{directories: b.opts.Images.(*directories), links: map[string]string{
		"data": outside, "up": "../../../../../../../../../.." + outside, "etc/hosts": filepath.Join(outside, "hosts"), "dev": outside,
	}}
	b.opts.Images, b.Runtime.opts.Images = images, images
	c := containerConfig("write", "/data/made/x", "x")
	c.Mounts = []*runtimeapi.Mount{{HostPath: source, ContainerPath: "/data/made"}, {HostPath: source, ContainerPath: "/up/made"}}
	b.output(pod, c)
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 0 {
		t.Errorf("the host's directory has %v, %v", entries, err)
	}
	if got := readFile(filepath.Join(source, "x")); got != "x" {
		t.Errorf("the volume has %q", got)
	}
	images.links = map[string]string{"proc": "/tmp"}
	id := b.create(pod, containerConfig("echo"))
	if err := b.StartContainer(context.Background(), id); err == nil || !strings.Contains(err.Error(), "link in the image") {
		t.Errorf("/proc is a link: %v", err)
	}
	images.links = map[string]string{"etc/resolv.conf": "../run/resolve/stub.conf"}
	b.output(pod, containerConfig("cat", "/run/resolve/stub.conf"))
	images.links = map[string]string{"etc/passwd": "/proc/self/environ", "etc/group": "/dev/zero"}
	b.output(pod, containerConfig("echo"))
}

// hostile is an image with links in it.
type hostile struct {
	*directories
	links map[string]string
}

func (h *hostile) Prepare(ctx context.Context, id, image string) (string, error) {
	root, err := h.directories.Prepare(ctx, id, image)
	if err != nil {
		return "", err
	}
	for name, target := range h.links {
		path := filepath.Join(root, name)
		if err := os.RemoveAll(path); err != nil {
			return "", err
		}
		if err := os.Symlink(target, path); err != nil {
			return "", err
		}
	}
	return root, nil
}

func TestNamespaces(t *testing.T) {
	b := open(t)
	pod := b.pod(func(c *runtimeapi.PodSandboxConfig) {
		c.Linux.Sysctls = map[string]string{"kernel.shm_rmid_forced": "1", "net.ipv4.ip_local_port_range": "2000 3000"}
	})
	has(t, "sysctl", b.output(pod, containerConfig("cat", "/proc/sys/kernel/shm_rmid_forced", "/proc/sys/net/ipv4/ip_local_port_range", "/proc/sys/net/ipv4/ip_unprivileged_port_start")), "1", "2000\t3000", "0")
	namespace := func(kind string) string {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	read := func(pod, kind string, c *runtimeapi.ContainerConfig) string {
		// The link's text tells the namespace; stat on the link would not.
		id := b.run(pod, c)
		_, p := mustContainer(t, b, id).snapshot()
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", p.PID, kind))
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	for _, kind := range []string{"net", "ipc", "uts"} {
		first, second := read(pod, kind, containerConfig("hold")), read(pod, kind, containerConfig("hold"))
		if first != second || first == namespace(kind) {
			t.Errorf("%s namespaces: %s and %s, the host's %s", kind, first, second, namespace(kind))
		}
	}
	for _, kind := range []string{"pid", "mnt"} {
		first, second := read(pod, kind, containerConfig("hold")), read(pod, kind, containerConfig("hold"))
		if first == second || first == namespace(kind) {
			t.Errorf("%s namespaces: %s and %s, the host's %s", kind, first, second, namespace(kind))
		}
	}
	// Shared memory is the pod's.
	b.output(pod, containerConfig("write", "/dev/shm/x", "shared"))
	if got := b.output(pod, containerConfig("cat", "/dev/shm/x")); got != "shared" {
		t.Errorf("shared memory has %q", got)
	}

	all := &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Pid: runtimeapi.NamespaceMode_NODE, Ipc: runtimeapi.NamespaceMode_NODE}
	hostPod := b.pod(func(c *runtimeapi.PodSandboxConfig) { c.Linux.SecurityContext.NamespaceOptions = all })
	for _, kind := range []string{"net", "ipc", "uts", "pid"} {
		c := containerConfig("hold")
		c.Linux.SecurityContext.NamespaceOptions = all
		if got := read(hostPod, kind, c); got != namespace(kind) {
			t.Errorf("the host's %s namespace: %s, want %s", kind, got, namespace(kind))
		}
	}
	refused := b.podConfig(func(c *runtimeapi.PodSandboxConfig) {
		c.Linux.SecurityContext.NamespaceOptions = all
		c.Linux.Sysctls = map[string]string{"net.core.somaxconn": "1"}
	})
	if _, err := b.RunPodSandbox(context.Background(), refused, ""); err == nil {
		t.Error("a sysctl of the host's network was set")
	}
	refused = b.podConfig(func(c *runtimeapi.PodSandboxConfig) { c.Linux.Sysctls = map[string]string{"vm.swappiness": "1"} })
	if _, err := b.RunPodSandbox(context.Background(), refused, ""); err == nil {
		t.Error("a sysctl of the machine was set")
	}
}

func mustContainer(t *testing.T, b *bench, id string) *container {
	t.Helper()
	c, err := b.container(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSharedProcessNamespace(t *testing.T) {
	b := open(t)
	shared := &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_POD}
	pod := b.pod(func(c *runtimeapi.PodSandboxConfig) { c.Linux.SecurityContext.NamespaceOptions = shared })
	config := func(args ...string) *runtimeapi.ContainerConfig {
		c := containerConfig(args...)
		c.Linux.SecurityContext.NamespaceOptions = shared
		return c
	}
	first := b.run(pod, config("hold"))
	if got := b.output(pod, config("cat", "/proc/1/comm")); got != "argosy-pause\n" {
		t.Errorf("the first process is %q", got)
	}
	out := b.output(pod, config("ls", "/proc"))
	if numbered := len(regexp.MustCompile(`(?m)^[0-9]+$`).FindAllString(out, -1)); numbered != 3 {
		t.Errorf("there are %d processes, want the first, the other container's and its own", numbered)
	}
	// What a container leaves behind ends with it, here too.
	left := b.run(pod, config("fork"))
	if status := b.wait(left); status.ExitCode != 0 {
		t.Errorf("leaving a process behind: %v, %s", status, b.log(left))
	}
	ctx := context.Background()
	if err := b.RemoveContainer(ctx, left); err != nil {
		t.Error(err)
	}
	target := containerConfig("cat", "/proc/1/cmdline")
	alone := b.pod()
	main := b.run(alone, containerConfig("hold"))
	target.Linux.SecurityContext.NamespaceOptions = &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_TARGET, TargetId: main}
	if got := b.output(alone, target); !strings.Contains(got, "hold") {
		t.Errorf("a debugging container sees %q", got)
	}
	if err := b.StopContainer(ctx, first, 0); err != nil {
		t.Error(err)
	}
}

func TestLimitsInside(t *testing.T) {
	b := open(t)
	pod := b.pod()
	c := containerConfig("hold")
	c.Linux.Resources = &runtimeapi.LinuxContainerResources{CpuShares: 512, CpuQuota: 20000, CpuPeriod: 100000, MemoryLimitInBytes: 64 << 20, OomScoreAdj: 900}
	id := b.run(pod, c)
	ctx := context.Background()
	if !b.cgroups.V2() {
		out, errOut, err := b.ExecSync(ctx, id, []string{"cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/cpu/cpu.shares", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/proc/1/oom_score_adj"}, 0)
		if err != nil || string(out) != "67108864\n512\n20000\n900\n" {
			t.Errorf("inside it sees %q (%v %s)", out, err, errOut)
		}
	}
	update := &runtimeapi.ContainerResources{Linux: &runtimeapi.LinuxContainerResources{MemoryLimitInBytes: 128 << 20, CpuShares: 256}}
	if err := b.UpdateContainerResources(ctx, id, update); err != nil {
		t.Fatal(err)
	}
	stats, err := b.group(mustContainer(t, b, id)).Stats()
	if err != nil || stats.MemoryLimit != 128<<20 {
		t.Errorf("after the update: %+v, %v", stats, err)
	}
	if got := b.status(id).Resources.Linux; got.MemoryLimitInBytes != 128<<20 || got.CpuShares != 256 || got.CpuQuota != 20000 {
		t.Errorf("the status tells %v", got)
	}
	update.Linux.MemoryLimitInBytes = 4096
	if err := b.UpdateContainerResources(ctx, id, update); err == nil {
		t.Error("a limit below what is in use was taken")
	}
	if got := b.status(id).Resources.Linux.MemoryLimitInBytes; got != 128<<20 {
		t.Errorf("after a refused update the status tells %d", got)
	}
	low := containerConfig("cat", "/proc/self/oom_score_adj")
	low.Linux.Resources.OomScoreAdj = -998
	want := "-998\n"
	if !b.host.MayLowerOOMScore {
		want = fmt.Sprintf("%d\n", b.host.OOMScore)
		if len(b.Warnings()) == 0 {
			t.Error("nobody is told that the score is clamped")
		}
	}
	if got := b.output(pod, low); got != want {
		t.Errorf("oom_score_adj %q, want %q", got, want)
	}
	if got := strings.TrimSpace(b.output(pod, containerConfig("limits"))); got != fmt.Sprintf("%d %d", b.host.OpenFiles, b.host.OpenFiles) {
		t.Errorf("open files: %s", got)
	}
}

func mustSandbox(t *testing.T, b *bench, id string) *sandbox {
	t.Helper()
	s, err := b.sandbox(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCgroupParent(t *testing.T) {
	b := open(t)
	burstable := testCgroup + "-kubepods/burstable"
	parent := func(name string) func(*runtimeapi.PodSandboxConfig) {
		return func(c *runtimeapi.PodSandboxConfig) { c.Linux.CgroupParent = burstable + "/" + name }
	}
	first, second := b.pod(parent("one")), b.pod(parent("two"))
	id := b.run(second, containerConfig("hold"))
	_, p := mustContainer(t, b, id).snapshot()
	if where := readText(fmt.Sprintf("/proc/%d/cgroup", p.PID)); !strings.Contains(where, burstable+"/two/"+id) {
		t.Errorf("it is in\n%s", where)
	}
	ctx := context.Background()
	if err := b.RemovePodSandbox(ctx, first); err != nil {
		t.Fatal(err)
	}
	if b.cgroups.Group(burstable + "/one").Exists() {
		t.Error("the pod's cgroup is left")
	}
	// The first pod made what the second still needs: the second removes it.
	if err := b.RemovePodSandbox(ctx, second); err != nil {
		t.Fatal(err)
	}
	if b.cgroups.Group(burstable).Exists() {
		t.Error("the pods' common cgroup is left")
	}
	// What the agent made is the agent's to remove.
	own := b.cgroups.Group(burstable + "/three")
	if err := own.Create(); err != nil {
		t.Fatal(err)
	}
	third := b.pod(parent("three"))
	if err := b.RemovePodSandbox(ctx, third); err != nil {
		t.Fatal(err)
	}
	if !own.Exists() {
		t.Error("a cgroup of the agent's was removed")
	}
	if !own.RemoveEmpty() || !own.Parent().RemoveEmpty() || !own.Parent().Parent().RemoveEmpty() {
		t.Error("it cannot be removed")
	}
}
