package provision

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/volume/sized"
)

// Name of the provisioner, in storage classes; Class is the one that clusters have from their start.
const (
	Name  = "argosy.dev/local"
	Class = "local"
)

// Store makes the volumes on the disk: a sized.Store, or a test's.
type Store interface {
	Create(ctx context.Context, name string, spec sized.Spec) (size int64, err error)
	Grow(ctx context.Context, name string, size int64) (int64, error)
	Settle(ctx context.Context, name string) (bool, error)
	Delete(name string) error
	Has(name string) bool
	Publish(name string) error
	Published(name string) bool
	Names() ([]string, error)
	Path(name string, block bool) string
}

// Provisioner looks after the volumes of one node.
type Provisioner struct {
	node    string
	store   Store
	claims  client.Resource[*corev1.PersistentVolumeClaim]
	volumes client.Resource[*corev1.PersistentVolume]
	classes client.Resource[*storagev1.StorageClass]
	nodes   client.Resource[*corev1.Node]
	events  *record.Recorder
	log     *slog.Logger
	queue   workqueue.TypedRateLimitingInterface[types.NamespacedName]
}

// How long a try that failed is followed by the next, twice as long each time.
const firstRetry, lastRetry = time.Second, 5 * time.Minute

// New makes a provisioner for the node of that name. events must be run by the caller.
func New(c client.Cluster, node string, store Store, events *record.Recorder, log *slog.Logger) *Provisioner {
	return &Provisioner{node: node, store: store, events: events, log: log,
		claims: client.PersistentVolumeClaims(c), volumes: client.PersistentVolumes(c), classes: client.StorageClasses(c), nodes: client.Nodes(c),
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[types.NamespacedName](firstRetry, lastRetry)),
	}
}

// Settled is told when a volume's file system has grown because a pod began to use it.
func (p *Provisioner) Settled(volume string) {
	if v, ok := p.volumes.Get("", volume); ok && v.Spec.ClaimRef != nil {
		p.queue.Add(types.NamespacedName{Namespace: v.Spec.ClaimRef.Namespace, Name: v.Spec.ClaimRef.Name})
	}
}

// Run works until ctx ends.
func (p *Provisioner) Run(ctx context.Context) error {
	p.sweep()
	stop := context.AfterFunc(ctx, p.queue.ShutDown)
	defer stop()
	var running sync.WaitGroup
	var faults [3]error
	running.Go(func() { faults[0] = p.claims.Follow(ctx, p.claimChanged) })
	running.Go(func() { faults[1] = p.volumes.Follow(ctx, p.volumeChanged) })
	running.Go(func() {
		faults[2] = p.classes.Follow(ctx, func(_, _ *storagev1.StorageClass) { // a claim may have waited for it
			for _, c := range p.claims.List("") {
				if c.Spec.VolumeName == "" {
					p.claimChanged(nil, c)
				}
			}
		})
	})
	for range 4 {
		running.Go(func() {
			for p.next(ctx) {
			}
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(faults[:]...)
}

func (p *Provisioner) claimChanged(_, now *corev1.PersistentVolumeClaim) {
	if now != nil && (Wanted(now, p.node, p.first()) || now.Spec.VolumeName != "" && p.store.Has(now.Spec.VolumeName)) {
		p.queue.Add(types.NamespacedName{Namespace: now.Namespace, Name: now.Name})
	}
}

func (p *Provisioner) volumeChanged(_, now *corev1.PersistentVolume) {
	if now != nil && p.ours(now) {
		p.queue.Add(types.NamespacedName{Name: now.Name})
	}
}

func (p *Provisioner) next(ctx context.Context) bool {
	key, over := p.queue.Get()
	if over {
		return false
	}
	defer p.queue.Done(key)
	var err error
	if key.Namespace == "" {
		err = p.volume(ctx, key.Name)
	} else {
		err = p.claim(ctx, key)
	}
	switch {
	case ctx.Err() != nil:
		return false
	case err == nil:
		p.queue.Forget(key)
	default:
		if !apierrors.IsConflict(err) {
			p.log.Warn("a volume could not be looked after and is tried again", "key", key.String(), "error", err)
		}
		p.queue.AddRateLimited(key)
	}
	return true
}

// first tells whether this node is the one that makes volumes for claims that any node will do for.
func (p *Provisioner) first() bool {
	for _, n := range p.nodes.List("") { // in the order of names
		return n.Name == p.node
	}
	return false
}

// ours tells whether the volume is one that this node made.
func (p *Provisioner) ours(v *corev1.PersistentVolume) bool { return Ours(v, p.node) }

func (p *Provisioner) claim(ctx context.Context, key types.NamespacedName) error {
	c, ok := p.claims.Get(key.Namespace, key.Name)
	if !ok {
		return nil
	}
	if c.Spec.VolumeName == "" {
		if !Wanted(c, p.node, p.first()) {
			return nil
		}
		return p.make(ctx, c)
	}
	v, ok := p.volumes.Get("", c.Spec.VolumeName)
	if !ok || !p.ours(v) || v.Spec.ClaimRef == nil || v.Spec.ClaimRef.UID != c.UID || c.Status.Phase != corev1.ClaimBound {
		return nil
	}
	return p.grow(ctx, c, v)
}

// sweep removes what a crash left of volumes that nobody knows: made for a claim that is gone before the volume had an object.
func (p *Provisioner) sweep() {
	names, err := p.store.Names()
	if err != nil {
		p.log.Warn("leftovers of volumes could not be looked for and stay", "error", err)
		return
	}
	claimed := map[string]bool{}
	for _, c := range p.claims.List("") {
		claimed[nameFor(c)] = true
	}
	for _, name := range names {
		if _, known := p.volumes.Get("", name); known || claimed[name] || p.store.Published(name) {
			continue // what was in use may be wanted back, though its object is gone
		}
		if err := p.store.Delete(name); err != nil {
			p.log.Warn("what is left of a volume could not be removed and stays", "volume", name, "error", err)
		}
	}
}
