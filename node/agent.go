package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	cri "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/node/cpus"
	"argosy.dev/node/devices"
	"argosy.dev/node/hooks"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/pressure"
	"argosy.dev/node/static"
	"argosy.dev/node/unused"
	"argosy.dev/volume"
)

// Options are what an agent is made of.
type Options struct {
	Name    string
	Cluster client.Cluster
	Runtime cri.RuntimeService
	Images  cri.ImageManagerService
	Volumes Volumes
	Probes  Probes
	Events  *record.Recorder
	Log     *slog.Logger
	// Dir holds what belongs to pods and must survive the agent: volumes, hosts files, last words.
	Dir string
	// LogDir holds the pods' logs.
	LogDir string
	// Addresses of the machine; the first is the one that pods are told.
	Addresses []string
	// HostName of the machine.
	HostName string
	// Port of the node's own API, 0 while it has none.
	Port int32
	// Version is told as the kubelet's.
	Version string
	DNS     podconfig.DNS
	// MaxPods bounds the pods on this node; 0 is DefaultMaxPods.
	MaxPods int
	// StaticDir holds the manifests of pods that this machine runs whatever the API says, "" for none; DecodePod makes a pod of one.
	StaticDir string
	DecodePod func(manifest []byte) (*corev1.Pod, error)
	// Eviction is when pods are ended because the machine is short of something; nil: upstream's defaults. Observe measures what there is; nil: it is
	// asked of the kernel.
	Eviction *pressure.Config
	Observe  func(ctx context.Context) (pressure.Observations, error)
	// Devices gives containers the devices of plugins; nil: none.
	Devices *devices.Book
	// CPUs gives containers processors of their own; nil: all share all. ReservedCPUs are kept from pods.
	CPUs         *cpus.Pool
	ReservedCPUs int
	// Unused is which images and ended containers go; nil: upstream's defaults.
	Unused *unused.Policy
	// UnsafeSysctls may be set by pods beside the safe ones: names, or beginnings of names with a star.
	UnsafeSysctls []string
}

// DefaultMaxPods is upstream's bound.
const DefaultMaxPods = 110

// Volumes makes a pod's volumes and takes them away: a volume.Set, or a test's.
type Volumes interface {
	// Prepare makes every volume of the pod and returns where each is on the host. It may be called again for the same pod, and then also brings
	// live volumes up to date. Errors name the volume.
	Prepare(ctx context.Context, pod *corev1.Pod) (map[string]volume.Mount, error)
	// Cleanup takes a pod's volumes away; it is called after its last container is gone, perhaps again after a restart.
	Cleanup(ctx context.Context, uid types.UID) error
	// SubPath resolves a path below a volume to one on the host that exists and does not lead out of it. place names the mount.
	SubPath(pod *corev1.Pod, m volume.Mount, subPath, place string) (string, error)
	// RefreshAt is when Prepare is due again though nothing changed.
	RefreshAt(uid types.UID) (at time.Time, ok bool)
	// Scratch are the directories in which a pod has scratch space on the disk.
	Scratch(pod *corev1.Pod) []string
	// Exceeded finds a volume of the pod that takes more than it may; nil where there is none.
	Exceeded(pod *corev1.Pod) (*corev1.Volume, error)
}

// Probes watches over running containers.
type Probes interface {
	// Update tells what runs; changed is called (from any goroutine, without blocking) when a verdict changes.
	Update(pod *corev1.Pod, running map[string]RunningContainer, changed func())
	// Ready and Started are the verdicts; true where there is no probe.
	Ready(uid types.UID, container string) bool
	Started(uid types.UID, container string) bool
	// Failed names running containers that must be restarted, and the probe that says so: liveness or startup.
	Failed(uid types.UID) map[string]string
	// Forget stops the probes of a pod.
	Forget(uid types.UID)
}

// RunningContainer is a container as probes see it.
type RunningContainer struct {
	ID      string
	PodIP   string
	Started time.Time
}

// Agent runs the pods of one node.
type Agent struct {
	Options
	pods       client.Resource[*corev1.Pod]
	nodes      client.Resource[*corev1.Node]
	leases     client.Resource[*coordinationv1.Lease]
	configMaps client.Resource[*corev1.ConfigMap]
	secrets    client.Resource[*corev1.Secret]
	claims     client.Resource[*corev1.PersistentVolumeClaim]
	volumes    client.Resource[*corev1.PersistentVolume]
	services   client.Resource[*corev1.Service]

	machine machine
	pulls   *puller
	hooks   *hooks.Runner
	// ledger belongs to whoever removes images, under tidying.
	tidying sync.Mutex
	ledger  *unused.Ledger

	// granting lets one pod at a time be promised what the node has. It is taken before mu.
	granting sync.Mutex

	mu      sync.Mutex
	workers map[types.UID]*worker
	static  map[types.UID]*corev1.Pod // the pods of StaticDir
	running sync.WaitGroup
	// under are the kinds of pressure that the machine is under, imagesAt is the directory that holds the images.
	under    []corev1.NodeConditionType
	imagesAt string
	// leaving: the node stops, and takes its pods with it.
	leaving atomic.Bool
	// staticFault is what was said last of the files in StaticDir.
	staticFault string
	ctx         context.Context // of Run
}

// New makes an agent. Nothing is started.
func New(o Options) (*Agent, error) {
	m, err := inspect(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("looking at the machine: %w", err)
	}
	if o.MaxPods == 0 {
		o.MaxPods = DefaultMaxPods
	}
	if o.Eviction == nil {
		if o.Eviction, err = pressure.Defaults().Parse(); err != nil {
			return nil, err
		}
	}
	if o.Unused == nil {
		o.Unused = new(unused.Default())
	}
	return &Agent{
		Options: o, machine: m, ledger: unused.NewLedger(), workers: map[types.UID]*worker{}, pulls: newPuller(o.Images), hooks: hooks.New(o.Runtime),
		pods: client.Pods(o.Cluster), nodes: client.Nodes(o.Cluster), leases: client.Leases(o.Cluster),
		configMaps: client.ConfigMaps(o.Cluster), secrets: client.Secrets(o.Cluster), services: client.Services(o.Cluster),
		claims: client.PersistentVolumeClaims(o.Cluster), volumes: client.PersistentVolumes(o.Cluster),
	}, nil
}

// Run registers the node and runs its pods until ctx ends. Then the workers stop where they are: the containers go on. See StopPods.
func (a *Agent) Run(ctx context.Context) error {
	a.ctx = ctx
	watch := pressure.NewWatch(a.Eviction)
	a.lookAround(ctx, watch)
	if err := a.register(ctx); err != nil {
		return fmt.Errorf("registering node %s: %w", a.Name, err)
	}
	var group sync.WaitGroup
	group.Go(func() { a.heartbeat(ctx) })
	group.Go(func() { a.followRuntime(ctx) })
	group.Go(func() { a.followReferences(ctx) })
	if err := a.openStatic(); err != nil {
		return err
	}
	a.trySweep(ctx)
	group.Go(func() { a.watchPressure(ctx, watch) })
	group.Go(func() { a.tidy(ctx) })
	group.Go(func() { a.keepPinned(ctx) })
	group.Go(func() { a.serveDevices(ctx) })
	group.Go(func() {
		if err := a.followStatic(ctx); err != nil {
			a.Log.Warn("static pods are not looked after any more", "error", err)
		}
	})
	err := a.pods.FollowIn(ctx, client.Scope{Index: client.ByNode, Value: a.Name}, a.podChanged)
	group.Wait() // nobody begins a worker any more
	a.running.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// podChanged hands a pod's newest state to its worker.
func (a *Agent) podChanged(old, now *corev1.Pod) {
	if one := cmp.Or(now, old); static.Of(one) != "" {
		a.mirrorChanged(one)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if old != nil && (now == nil || now.UID != old.UID) {
		if w := a.workers[old.UID]; w != nil {
			w.gone(old)
		}
	}
	if now == nil || now.Spec.NodeName != a.Name {
		return
	}
	w := a.workers[now.UID]
	if w == nil {
		a.begin(newWorker(a, now), now.UID)
		return
	}
	w.update(now)
}

// begin runs a worker until nothing of its pod is left. The lock is held.
func (a *Agent) begin(w *worker, uid types.UID) {
	a.workers[uid] = w
	a.running.Go(func() {
		w.run(a.ctx)
		a.mu.Lock()
		delete(a.workers, uid)
		after := w.after
		a.mu.Unlock()
		if after != nil && a.ctx.Err() == nil {
			after()
		}
	})
}

// wake makes a pod's worker look again.
func (a *Agent) wake(uid types.UID) {
	a.mu.Lock()
	w := a.workers[uid]
	a.mu.Unlock()
	if w != nil {
		w.wake()
	}
}

// followRuntime wakes workers when something happens to their containers.
func (a *Agent) followRuntime(ctx context.Context) {
	for ctx.Err() == nil {
		events := make(chan *runtimeapi.ContainerEventResponse, 64)
		done := make(chan error, 1)
		go func() { done <- a.Runtime.GetContainerEvents(ctx, events, nil) }()
		a.wakeAll() // what happened while nobody listened
		err := a.drain(ctx, events, done)
		if ctx.Err() == nil {
			a.Log.Warn("the runtime's events broke off; listening again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (a *Agent) drain(ctx context.Context, events <-chan *runtimeapi.ContainerEventResponse, done <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-done:
			return err
		case e := <-events:
			if e == nil {
				return errors.New("the stream was closed")
			}
			if m := e.PodSandboxStatus.GetMetadata(); m != nil {
				a.wake(types.UID(m.Uid))
			}
		}
	}
}

func (a *Agent) wakeAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.workers {
		w.wake()
	}
}

// followReferences wakes workers whose pods refer to a ConfigMap, Secret or claim that changed: containers that waited for it, and
// volumes that show it.
func (a *Agent) followReferences(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() {
		_ = a.configMaps.Follow(ctx, func(old, now *corev1.ConfigMap) { changed(a, old, now, usesConfigMap) })
	})
	group.Go(func() { _ = a.secrets.Follow(ctx, func(old, now *corev1.Secret) { changed(a, old, now, usesSecret) }) })
	group.Go(func() {
		_ = a.claims.Follow(ctx, func(old, now *corev1.PersistentVolumeClaim) { changed(a, old, now, usesClaim) })
	})
	group.Wait()
}

func changed[T interface {
	comparable
	metav1.Object
}](a *Agent, old, now T, uses func(pod *corev1.Pod, name string) bool) {
	var none T
	obj := now
	if obj == none {
		obj = old
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.workers {
		if pod := w.pod(); pod.Namespace == obj.GetNamespace() && uses(pod, obj.GetName()) {
			w.referred()
		}
	}
}

// ConfigMap and Secret look up what variables refer to.
func (a *Agent) ConfigMap(namespace, name string) (*corev1.ConfigMap, bool) {
	return a.configMaps.Get(namespace, name)
}

// Secret is like ConfigMap.
func (a *Agent) Secret(namespace, name string) (*corev1.Secret, bool) {
	return a.secrets.Get(namespace, name)
}

// Services are those of a namespace.
func (a *Agent) Services(namespace string) []*corev1.Service { return a.services.List(namespace) }

// Service is like ConfigMap.
func (a *Agent) Service(namespace, name string) (*corev1.Service, bool) {
	return a.services.Get(namespace, name)
}

// Claim and Volume look up what volumes of pods are.
func (a *Agent) Claim(namespace, name string) (*corev1.PersistentVolumeClaim, bool) {
	return a.claims.Get(namespace, name)
}

// Volume is like Claim.
func (a *Agent) Volume(name string) (*corev1.PersistentVolume, bool) { return a.volumes.Get("", name) }

// Allocatable is what pods on this node may use.
func (a *Agent) Allocatable() corev1.ResourceList {
	list := a.machine.allocatable(a.MaxPods, a.Eviction)
	list[corev1.ResourceCPU] = *resource.NewQuantity(int64(max(a.machine.cpus-a.ReservedCPUs, 0)), resource.DecimalSI)
	_, usable := a.Devices.Amounts()
	maps.Copy(list, usable)
	return list
}

// Pods are the pods that the agent has in hand, for the node's own API.
func (a *Agent) Pods() []*corev1.Pod {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]*corev1.Pod, 0, len(a.workers))
	for _, w := range a.workers {
		list = append(list, w.pod())
	}
	return list
}
