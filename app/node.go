package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/access"
	"argosy.dev/access/certificates"
	"argosy.dev/base/version"
	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/network"
	"argosy.dev/network/hostport"
	"argosy.dev/node"
	"argosy.dev/node/cpus"
	"argosy.dev/node/devices"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/probes"
	"argosy.dev/node/provision"
	"argosy.dev/runtime"
	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/demo"
	"argosy.dev/runtime/image/snapshot"
	"argosy.dev/volume"
	"argosy.dev/volume/sized"
)

// nodeRole is a node's parts, as roles.go starts them one after the other.
type nodeRole struct {
	*controlPlane
	cluster client.Cluster

	images  *image.Store     // nil with a runtime behind a socket
	network *network.Network // nil where the runtime brings its own
	runtime *runtime.Runtime // nil with a runtime behind a socket
	remote  *remoteRuntime   // nil with the embedded runtime
	api     *nodeAPI
	// streamURL is where the runtime's streams are served to others; nil without.
	streamURL *url.URL
	agent     *node.Agent
	events    *record.Recorder

	disks       *sized.Store
	provisioner *provision.Provisioner
}

// makeClass makes the storage class whose volumes are made on nodes. One that is there stays as it is.
func (n *nodeRole) makeClass(ctx context.Context) error {
	classes := client.StorageClasses(n.as("argosy", "system:apiserver", "system:masters"))
	if _, ok := classes.Get("", provision.Class); ok {
		return nil
	}
	_, err := classes.Create(ctx, provision.NewClass())
	return made("storage class "+provision.Class, err)
}

// runDir is what must not outlive a reboot: sockets, pinned namespaces. Two data directories never meet there.
func (n *nodeRole) runDir() string { return filepath.Join("/run/argosy", n.key()) }

// cgroupRoot holds all cgroups of this node. Two data directories never meet there either: whoever stops last would end
// the other's supervisors.
func (n *nodeRole) cgroupRoot() string { return "/argosy-" + n.key() }

// key is the data directory's path as a name.
func (n *nodeRole) key() string {
	return strings.Trim(strings.ReplaceAll(n.dir.path, "/", "-"), "-")
}

// enter makes the node a client of the cluster.
func (n *nodeRole) enter(context.Context) error {
	n.cluster = n.as("kubelet", "system:node:"+n.options.NodeName, "system:nodes")
	return nil
}

func (n *nodeRole) openImages(ctx context.Context) (err error) {
	if n.images, err = image.Open(image.Options{Dir: n.dir.join(imagesDir), Log: n.log}); err != nil {
		return fmt.Errorf("opening the images: %w", err)
	}
	if n.options.Demo {
		if err := demo.Install(ctx, n.images); err != nil {
			return errors.Join(fmt.Errorf("installing the demo's image: %w", err), n.images.Close())
		}
	}
	return nil
}

func (n *nodeRole) closeImages(context.Context) error { return n.images.Close() }

func (n *nodeRole) openNetwork(ctx context.Context) (err error) {
	n.network, err = network.Open(ctx, network.Config{StateDir: n.dir.join(networkDir), Log: n.log,
		PodRanges: []netip.Prefix{netip.PrefixFrom(podRange.Addr(), 24)}, ClusterRanges: []netip.Prefix{podRange}})
	if err != nil {
		return fmt.Errorf("opening the pod network: %w", err)
	}
	return nil
}

func (n *nodeRole) closeNetwork(ctx context.Context) error {
	if n.network == nil {
		return nil
	}
	return n.network.Close(ctx, n.options.KeepPods)
}

func (n *nodeRole) openRuntime(ctx context.Context) (err error) {
	n.runtime, err = runtime.New(ctx, runtime.Options{State: n.dir.join(runtimeDir), Run: n.runDir(), CgroupRoot: n.cgroupRoot(),
		Images: rootfs{n.images}, Network: attachment{n.network}, StreamURL: n.streamURL, LogMax: logMax, LogFiles: logFiles, Log: n.log})
	if err != nil {
		return fmt.Errorf("opening the container runtime: %w", err)
	}
	return n.pruneNetwork(ctx)
}

// pruneNetwork takes away the connections of sandboxes that are gone, and stops sandboxes that have lost theirs.
func (n *nodeRole) pruneNetwork(ctx context.Context) error {
	containers := n.containers()
	sandboxes, err := containers.ListPodSandbox(ctx, nil)
	if err != nil {
		return fmt.Errorf("listing the pods that run: %w", err)
	}
	keep := make([]string, len(sandboxes))
	for i, s := range sandboxes {
		keep[i] = s.Id
	}
	lost, err := n.network.Prune(ctx, keep)
	if err != nil {
		return fmt.Errorf("bringing the pod network up to date: %w", err)
	}
	for _, id := range lost {
		// Without its connection a sandbox is of no use: its worker makes a new one.
		if err := containers.StopPodSandbox(ctx, id); err != nil {
			n.log.Warn("a sandbox that lost its network could not be stopped", "sandbox", id, "error", err)
		}
	}
	return nil
}

func (n *nodeRole) closeRuntime(ctx context.Context) error {
	if n.options.KeepPods {
		return n.runtime.Close(ctx)
	}
	return errors.Join(n.runtime.Clear(ctx), n.runtime.Close(ctx), os.RemoveAll(n.runDir()))
}

// newAgent puts the node's agent together. Its API is served by startNodeAPI.
func (n *nodeRole) newAgent(port int32) error {
	addresses, err := nodeAddresses()
	if err != nil {
		return err
	}
	n.events = record.New(n.cluster, "kubelet", n.options.NodeName, n.log)
	if n.disks, err = sized.Open(n.dir.join(volumesDir), nil); err != nil {
		return err
	}
	volumes := &volume.Set{Dir: n.dir.join(podsDir), Persistent: n.disks}
	eviction, err := n.options.Eviction.Parse()
	if err != nil {
		return err
	}
	plugins, err := devices.Open(filepath.Join(n.options.rootDir(), "device-plugins"), n.log)
	if err != nil {
		return err
	}
	topology, err := cpus.Read("/sys")
	if err != nil {
		return err
	}
	reserved, err := cpus.Parse(n.options.CPUs.Reserved)
	if err != nil {
		return err
	}
	pool, err := cpus.Open(n.options.CPUs, topology, n.dir.join("cpu_manager_state"))
	if err != nil {
		return err
	}
	n.agent, err = node.New(node.Options{
		Name: n.options.NodeName, Cluster: n.cluster, Runtime: n.containers(), Images: n.imageService(), Volumes: volumes,
		Probes: probes.New(n.containers(), n.events), Events: n.events, Log: n.log, Dir: n.dir.path, LogDir: n.dir.join(logsDir),
		Addresses: addresses, HostName: hostName(), Port: port, Version: version.Get().GitVersion, DNS: resolver("/etc/resolv.conf"),
		StaticDir: cmp.Or(n.options.PodManifests, n.dir.join(manifestsDir)), DecodePod: decodePod, UnsafeSysctls: n.options.UnsafeSysctls,
		MaxPods:  n.options.MaxPods,
		Eviction: eviction, Unused: &n.options.Unused, Devices: plugins, CPUs: pool, ReservedCPUs: len(reserved),
	})
	if err != nil {
		return err
	}
	volumes.Sources = nodeSources{n.agent, n.cluster}
	volumes.Allocatable = n.agent.Allocatable
	provisioning := n.as("argosy-local-provisioner", "system:serviceaccount:kube-system:argosy-local-provisioner", access.ServiceAccounts, access.ServiceAccounts+":kube-system")
	n.provisioner = provision.New(provisioning, n.options.NodeName, n.disks, n.events, n.log)
	n.disks.OnSettled(n.provisioner.Settled)
	return nil
}

func (n *nodeRole) stopPods(ctx context.Context) error {
	if n.options.KeepPods {
		return nil
	}
	return errors.Join(n.agent.StopPods(ctx, n.options.ShutdownGracePeriod, n.options.ShutdownGracePeriodCriticalPods), n.disks.Close())
}

// nodeAddresses are what pods and the cluster call this machine; without a network, its loopback address.
func nodeAddresses() ([]string, error) {
	ips, err := certificates.InterfaceIPs()
	if err != nil {
		return nil, fmt.Errorf("finding the machine's addresses: %w", err)
	}
	for _, ip := range ips {
		if ip4 := ip.To4(); ip4 != nil && !ip4.IsLoopback() && !podRange.Contains(netip.AddrFrom4([4]byte(ip4))) {
			return []string{ip4.String()}, nil
		}
	}
	return []string{"127.0.0.1"}, nil
}

// resolver reads a resolv.conf; one that cannot be read is empty.
func resolver(path string) podconfig.DNS {
	var d podconfig.DNS
	data, err := os.ReadFile(path)
	if err != nil {
		return d
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "nameserver":
			d.Servers = append(d.Servers, fields[1])
		case "search":
			d.Searches = fields[1:]
		case "options":
			d.Options = fields[1:]
		}
	}
	return d
}

// nodeSources are the objects that volumes show.
type nodeSources struct {
	*node.Agent
	cluster client.Cluster
}

func (s nodeSources) Token(ctx context.Context, pod *corev1.Pod, audience string, seconds int64) (volume.Token, error) {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds,
		BoundObjectRef: &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID}}}
	if audience != "" {
		request.Spec.Audiences = []string{audience}
	}
	target := client.Target{Resource: corev1.SchemeGroupVersion.WithResource("serviceaccounts"), Namespace: pod.Namespace, Name: pod.Spec.ServiceAccountName, Subresource: "token"}
	answer, err := s.cluster.Create(ctx, target, request, metav1.CreateOptions{})
	if err != nil {
		return volume.Token{}, err
	}
	answered, ok := answer.(*authenticationv1.TokenRequest)
	if !ok {
		return volume.Token{}, fmt.Errorf("a token request was answered with %T", answer)
	}
	return volume.Token{Value: answered.Status.Token, Expires: answered.Status.ExpirationTimestamp.Time}, nil
}

// rootfs gives the runtime its root file systems from the image store.
type rootfs struct{ images *image.Store }

func (r rootfs) Resolve(ctx context.Context, ref string) (runtime.Image, error) {
	i, err := r.images.Resolve(ctx, ref)
	if err != nil {
		return runtime.Image{}, err
	}
	name := i.ID
	if len(i.Digests) > 0 {
		name = i.Digests[0]
	}
	return runtime.Image{ID: i.ID, Ref: name, Config: i.Config.Config}, nil
}

func (r rootfs) Prepare(ctx context.Context, containerID, imageID string) (string, error) {
	return r.images.Snapshots().Prepare(ctx, containerID, imageID)
}

func (r rootfs) PrepareMapped(ctx context.Context, containerID, imageID string, o runtime.Owners) (string, error) {
	return r.images.Snapshots().PrepareMapped(ctx, containerID, imageID, snapshot.Owners{Namespace: o.Namespace, RootUID: o.RootUID, RootGID: o.RootGID})
}

func (r rootfs) Remove(ctx context.Context, containerID string) error {
	return r.images.Snapshots().Remove(ctx, containerID)
}

func (r rootfs) Usage(ctx context.Context, containerID string) (bytes, inodes uint64, err error) {
	size, err := r.images.Snapshots().Usage(ctx, containerID)
	return uint64(size.Bytes), uint64(size.Inodes), err
}

// attachment gives the runtime's sandboxes their network.
type attachment struct{ network *network.Network }

func (a attachment) Attach(ctx context.Context, pod runtime.Pod) ([]netip.Addr, error) {
	p := network.Pod{SandboxID: pod.SandboxID, Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, NetNS: pod.Netns}
	for _, m := range pod.Ports {
		if m.HostPort == 0 {
			continue
		}
		port, err := hostport.Parse(m.Protocol, m.HostIP, m.HostPort, m.ContainerPort)
		if err != nil {
			return nil, err
		}
		p.Ports = append(p.Ports, port)
	}
	return a.network.Attach(ctx, p)
}

func (a attachment) Detach(ctx context.Context, sandboxID, netns string) error {
	return a.network.Detach(ctx, sandboxID, netns)
}
