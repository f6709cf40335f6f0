package app

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"argosy.dev/network/cni"
	"argosy.dev/node"
	"argosy.dev/node/cpus"
	"argosy.dev/node/pressure"
	"argosy.dev/node/unused"
	"argosy.dev/runtime/remote"
)

// Defaults of [Options], shown by the command line's help.
const (
	DefaultDataDir                = "/var/lib/argosy"
	DefaultListen                 = "127.0.0.1:6443"
	DefaultShutdownGracePeriod    = 5 * time.Second
	DefaultNodeMonitorGracePeriod = 50 * time.Second // kube-controller-manager's --node-monitor-grace-period
)

// Options say what [Run] starts. The zero value is not valid; take [DefaultOptions] and change what differs.
type Options struct {
	// DataDir holds everything that must survive a restart: store, keys, images, containers. One process at a time.
	DataDir string
	// Listen is the API server's address, HOST:PORT; port 0 asks for a free one.
	Listen string
	// Kubeconfig is where the administrator's credentials are written. Empty: DATA-DIR/kubeconfig, and a context named
	// argosy is merged into the user's own kubeconfig.
	Kubeconfig string
	// NodeName is this machine's name in the cluster. Empty: the host name in lower case.
	NodeName string

	// Node runs a node in this process; it needs root.
	Node bool
	// Demo adds a sample Deployment whose image is inside the binary.
	Demo bool
	// KeepPods leaves the node's containers running at a graceful stop, to be adopted at the next start.
	KeepPods bool
	// APIOnly runs neither controllers nor scheduler.
	APIOnly bool

	// ContainerRuntimeEndpoint is the socket of the container runtime, unix:///PATH. Empty: the embedded runtime.
	ContainerRuntimeEndpoint string
	// CNIBinDir and CNIConfDir are where that runtime looks for network plugins and their configuration.
	CNIBinDir, CNIConfDir string
	// PodManifests is the directory of the node's static pods. Empty: DATA-DIR/manifests.
	PodManifests string
	// MaxPods bounds the node's pods.
	MaxPods int
	// UnsafeSysctls may be set by the node's pods beside the safe ones: names, or beginnings of names with a star.
	UnsafeSysctls []string
	// Eviction is when the node's pods end because the machine is short of something, Unused which of its images and ended containers go.
	Eviction pressure.Flags
	Unused   unused.Policy
	// RootDir is where plugins of the node have their sockets. Empty: /var/lib/kubelet, where they look for it, or with a data directory of one's own
	// DATA-DIR/kubelet.
	RootDir string
	// CPUs is which of the node's containers have processors of their own.
	CPUs cpus.Flags
	// ShutdownGracePeriod is how long the node's pods are given, in all, when it stops; ShutdownGracePeriodCriticalPods the part of it that is kept
	// for pods that are critical to the node, which stop last.
	ShutdownGracePeriod, ShutdownGracePeriodCriticalPods time.Duration

	// NodeMonitorGracePeriod is how long a node may be silent before it counts as not ready.
	NodeMonitorGracePeriod time.Duration
}

// DefaultOptions are the options of a plain server without a node.
func DefaultOptions() Options {
	return Options{
		DataDir:                DefaultDataDir,
		Listen:                 DefaultListen,
		CNIBinDir:              cni.DefaultBinDir,
		CNIConfDir:             cni.DefaultConfigDir,
		NodeMonitorGracePeriod: DefaultNodeMonitorGracePeriod,
		ShutdownGracePeriod:    DefaultShutdownGracePeriod,
		MaxPods:                node.DefaultMaxPods,
		Eviction:               pressure.Defaults(),
		Unused:                 unused.Default(),
		CPUs:                   cpus.Defaults(),
	}
}

// KubeconfigPath is where the administrator's credentials are, given or by default.
func (o Options) KubeconfigPath() string {
	if o.Kubeconfig != "" {
		return o.Kubeconfig
	}
	return filepath.Join(o.DataDir, "kubeconfig")
}

// rootDir is RootDir, given or by default.
func (o Options) rootDir() string {
	switch {
	case o.RootDir != "":
		return o.RootDir
	case filepath.Clean(o.DataDir) == DefaultDataDir:
		return "/var/lib/kubelet"
	}
	return filepath.Join(o.DataDir, "kubelet")
}

// Validate reports everything that is wrong with the options themselves, each fault naming its flag, joined into one error.
// It looks at nothing outside them: whether the port is free or the directory writable is found out by [Run].
func (o Options) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	if o.DataDir == "" {
		fault("--data-dir is empty: name a directory, for example %s", DefaultDataDir)
	}
	if err := checkListen(o.Listen); err != nil {
		fault("--listen %q: %w", o.Listen, err)
	}
	if o.NodeName != "" {
		if why := validation.IsDNS1123Subdomain(o.NodeName); len(why) > 0 {
			fault("--node-name %q is no name for a node: %s", o.NodeName, strings.Join(why, "; "))
		}
	}
	if o.NodeMonitorGracePeriod <= 0 {
		fault("--node-monitor-grace-period %v: must be longer than zero", o.NodeMonitorGracePeriod)
	}
	if o.MaxPods < 1 {
		fault("--max-pods %d: a node runs one pod at least", o.MaxPods)
	}
	if o.ShutdownGracePeriod < 0 || o.ShutdownGracePeriodCriticalPods < 0 || o.ShutdownGracePeriodCriticalPods > o.ShutdownGracePeriod {
		fault("--shutdown-grace-period %v, --shutdown-grace-period-critical-pods %v: want no less than zero, and the second no longer than the first", o.ShutdownGracePeriod, o.ShutdownGracePeriodCriticalPods)
	}
	if _, err := o.Eviction.Parse(); err != nil {
		fault("%w", err)
	}
	if err := o.CPUs.Validate(); err != nil {
		fault("%w", err)
	}
	if err := o.Unused.Validate(); err != nil {
		fault("%w", err)
	}
	if o.APIOnly && o.Demo {
		fault("--demo needs the controllers and the scheduler, which --api-only leaves out: give one of the two")
	}
	if o.ContainerRuntimeEndpoint != "" {
		if _, err := remote.Path(o.ContainerRuntimeEndpoint); err != nil {
			fault("--container-runtime-endpoint: %w", err)
		}
		if o.Demo {
			fault("--demo needs the embedded runtime, for its image is inside the program: leave out --container-runtime-endpoint")
		}
	}
	if o.APIOnly && o.Node {
		fault("--api-only is for a server without a node: use \"argosy server --api-only\"")
	}
	return errors.Join(faults...)
}

func checkListen(listen string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("want HOST:PORT, for example %s", DefaultListen)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("the port is %q, want a number from 0 to 65535", port)
	}
	if host != "" && host != "localhost" && net.ParseIP(host) == nil {
		return fmt.Errorf("the host is %q, want an IP address of this machine, \"localhost\", or nothing for every address", host)
	}
	return nil
}
