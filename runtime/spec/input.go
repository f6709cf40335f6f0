package spec

import (
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
	"argosy.dev/runtime/supervisor/wire"
)

// Input is all that a container's description depends on.
type Input struct {
	Config  *runtimeapi.ContainerConfig
	Sandbox *runtimeapi.PodSandboxConfig
	Image   *imagespec.ImageConfig
	// Root is the host path of the prepared root file system; User who the process runs as, from [ResolveUser].
	Root string
	User User
	// Hostname is the sandbox's, as it sees it itself.
	Hostname string
	Files    SandboxFiles
	Host     Host
	// Devices are the host's devices that Config.Devices name; for a privileged container all that the host has.
	Devices []Device
	// Tasks are the files by which the process joins its v1 cgroups.
	Tasks []string
	// CgroupMounts are the container's own v1 cgroups; on v2 there are none, and CgroupNamespace is wanted.
	CgroupMounts    []cgroup.Mount
	CgroupNamespace bool
	// Seccomp is the filter to load, nil for none.
	Seccomp      []byte
	SeccompFlags uint32
	// Users is the pod's user namespace, nil for the host's.
	Users *Users
	// AppArmor and SELinux are labels that the kernel understands, or empty.
	AppArmor, SELinux string
}

// SandboxFiles are the host paths of what a pod's containers share.
type SandboxFiles struct{ Shm, Hosts, Hostname, ResolvConf string }

// Host is what this process may hand on.
type Host struct {
	// Capabilities that this process has itself.
	Capabilities uint64
	// OOMScore is this process's own oom_score_adj: without CAP_SYS_RESOURCE no child can go below it.
	OOMScore         int
	MayLowerOOMScore bool
	// OpenFiles is the highest limit on open files that can be set.
	OpenFiles uint64
}

// Output is a container's description.
type Output struct {
	Init *wire.Init
	// Devices that the cgroup is to allow; nil means all of them.
	Devices []cgroup.Device
	// Notes say what was asked for and could not be given in full.
	Notes []string
}

// Device is a device of the host, at the path it is to have inside.
type Device struct {
	wire.Node
	// Access is of "rwm".
	Access string
}

func security(c *runtimeapi.ContainerConfig) *runtimeapi.LinuxContainerSecurityContext {
	return c.GetLinux().GetSecurityContext()
}
