package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/scheduler/decide"
	"argosy.dev/scheduler/queue"
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Name of the scheduler: pods with this spec.schedulerName are its own, and its events come from it.
const Name = corev1.DefaultSchedulerName

// Reads and Writes are the resources that the scheduler needs; its rights are derived from them.
var (
	Reads  = []string{"pods", "nodes", "namespaces", "persistentvolumeclaims", "persistentvolumes", "storage.k8s.io/storageclasses"}
	Writes = []string{"pods/binding", "pods/status", "persistentvolumeclaims", "persistentvolumes", "events"}
)

// Options of New. The zero value is upstream's default.
type Options struct {
	// Name is the spec.schedulerName of the pods to schedule; "" is Name.
	Name string
	// Bindings is how many of them are written at once; 0 is 128.
	Bindings int
	// Random breaks ties between nodes; nil is a random one.
	Random *rand.Rand
	Log    *slog.Logger
}

// Scheduler is one scheduler. Its Run may be called once.
type Scheduler struct {
	name       string
	pods       client.Resource[*corev1.Pod]
	nodes      client.Resource[*corev1.Node]
	namespaces client.Resource[*corev1.Namespace]
	claims     client.Resource[*corev1.PersistentVolumeClaim]
	volumes    client.Resource[*corev1.PersistentVolume]
	classes    client.Resource[*storagev1.StorageClass]
	events     *record.Recorder
	log        *slog.Logger

	inbox   inbox
	binders crew
	tellers crew

	// What follows belongs to Run's goroutine.
	snapshot *snapshot.Snapshot
	queue    *queue.Queue
	rules    []rules.Rule
	decider  *decide.Decider
	// assumed are the pods that are being bound. They are in snapshot already, and in no queue.
	assumed map[types.UID]*queue.Entry
	// preparing are those of the assumed pods whose volumes are being bound or made.
	preparing map[types.UID]*preparation
	refused   memory
	news      news
	// telling is what is to be said last of pods about which something is being written.
	telling map[types.UID]report
}

// New makes a scheduler. events must be run by the caller.
func New(cluster client.Cluster, events *record.Recorder, o Options) *Scheduler {
	if o.Name == "" {
		o.Name = Name
	}
	if o.Bindings == 0 {
		o.Bindings = 128
	}
	if o.Random == nil {
		o.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	list := order()
	return &Scheduler{
		name: o.Name, events: events, log: o.Log,
		pods: client.Pods(cluster), nodes: client.Nodes(cluster), namespaces: client.Namespaces(cluster),
		claims: client.PersistentVolumeClaims(cluster), volumes: client.PersistentVolumes(cluster), classes: client.StorageClasses(cluster),
		inbox:   inbox{wake: make(chan struct{}, 1), missing: 6},
		binders: crew{most: o.Bindings}, tellers: crew{most: max(1, o.Bindings/8)},
		snapshot: snapshot.New(), queue: queue.New(), rules: list, decider: decide.New(list, o.Random),
		assumed: map[types.UID]*queue.Entry{}, preparing: map[types.UID]*preparation{}, telling: map[types.UID]report{},
	}
}

// Run schedules until ctx ends, and returns when nothing is being written any more; with an error only where the cluster cannot be
// followed. What was not written by then is decided anew by who runs next.
func (s *Scheduler) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var following sync.WaitGroup
	for _, follow := range s.followers() {
		following.Go(func() {
			if err := follow(ctx); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	s.loop(ctx)
	following.Wait()
	s.binders.wait()
	s.tellers.wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// loop takes steps until ctx ends.
func (s *Scheduler) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		happened, complete := s.inbox.take()
		s.apply(ctx, happened, time.Now())
		if complete {
			if e := s.queue.Pop(time.Now()); e != nil {
				s.schedule(ctx, e)
				continue
			}
		}
		timer.Stop()
		if next, ok := s.queue.Next(); ok {
			timer.Reset(time.Until(next))
		}
		select {
		case <-ctx.Done():
		case <-s.inbox.wake:
		case <-timer.C:
		}
	}
}
