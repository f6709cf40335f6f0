package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/facts/pods"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/podplan"
	"argosy.dev/node/resize"
	"argosy.dev/node/static"
	"argosy.dev/volume"
)

// worker looks after one pod: one goroutine, which looks, plans, acts and tells until the pod is gone.
type worker struct {
	*Agent

	mu      sync.Mutex
	desired *corev1.Pod
	// forced: the pod was deleted from the API; what runs of it must go.
	forced bool
	// interrupt ends a step that takes long (a pull, a stop) when there is something better to do.
	interrupt context.CancelFunc
	// hooked is the container whose postStart hook is at work.
	hooked string
	// hopeful: something that the pod refers to has changed; what failed for its sake may work now.
	hopeful bool
	// condemned is set when the node ends the pod, for its own sake; ended when nothing of it runs any more.
	condemned *eviction
	ended     bool

	signal chan struct{}

	// The rest belongs to the goroutine, or to the step that it waits for.
	troubles map[string]podplan.Trouble
	restarts map[string]*backoff
	endings  map[string]*ending // by container id
	volumes  map[string]volume.Mount
	stopped  bool
	// static: the pod is of a file, and the API has a mirror of it. after, if set, is called once nothing of the pod is left; it is guarded by
	// the agent's lock.
	static bool
	after  func()
	// promise is the pod with the resources that it has been promised, requests what that takes of the node; nil before it is taken. They are read by
	// others under mu.
	promise  *corev1.Pod
	requests corev1.ResourceList
	// deferred is what was told last of a wish for other resources.
	deferred resize.Pending
	// renewed are containers, by id, that were ended to be started anew, whatever their restart policy says.
	renewed map[string]bool
	// mountDelay is how long the last failed try to make the volumes held the pod back.
	mountDelay time.Duration
	// measured is when scratch space was last measured, evicted why the pod is ended by the node: condemned as it was when the step began.
	measured time.Time
	evicted  *eviction
}

func newWorker(a *Agent, pod *corev1.Pod) *worker {
	return &worker{Agent: a, desired: pod, signal: make(chan struct{}, 1), troubles: map[string]podplan.Trouble{},
		restarts: map[string]*backoff{}, endings: map[string]*ending{}, renewed: map[string]bool{}}
}

func (w *worker) pod() *corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.desired
}

// update gives the worker the pod's newest state. A deletion interrupts what goes on.
func (w *worker) update(pod *corev1.Pod) {
	w.mu.Lock()
	begins := pod.DeletionTimestamp != nil && (w.desired.DeletionTimestamp == nil || pod.DeletionTimestamp.Before(w.desired.DeletionTimestamp))
	own := pod.ResourceVersion == w.desired.ResourceVersion
	w.desired = pod
	if begins && w.interrupt != nil {
		w.interrupt()
	}
	w.mu.Unlock()
	if !own {
		w.wake()
	}
}

// gone tells that the API has no such pod any more.
func (w *worker) gone(last *corev1.Pod) {
	w.mu.Lock()
	w.forced = true
	w.desired = last
	if w.interrupt != nil {
		w.interrupt()
	}
	w.mu.Unlock()
	w.wake()
}

// leaving tells that the pod has no place here any more.
func (w *worker) leaving() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.forced
}

// referred tells that something that the pod refers to has changed.
func (w *worker) referred() {
	w.mu.Lock()
	w.hopeful = true
	w.mu.Unlock()
	w.wake()
}

func (w *worker) wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// state is what a step works with: the newest pod, and a context that a deletion ends.
func (w *worker) state(ctx context.Context) (pod *corev1.Pod, forced bool, stepCtx context.Context, done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	stepCtx, w.interrupt = context.WithCancel(ctx)
	cancel := w.interrupt
	if w.hopeful {
		w.hopeful, w.mountDelay = false, 0
		delete(w.troubles, "")
	}
	w.evicted = w.condemned
	return w.desired, w.forced, stepCtx, func() {
		w.mu.Lock()
		w.interrupt = nil
		w.mu.Unlock()
		cancel()
	}
}

// retryStep is how long a step that failed for the runtime's sake waits.
const retryStep = 2 * time.Second

func (w *worker) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		again, over := w.step(ctx)
		if over {
			return
		}
		if again <= 0 {
			again = time.Hour
		}
		timer.Reset(again)
		select {
		case <-ctx.Done():
			return
		case <-w.signal:
		case <-timer.C:
		}
	}
}

// step takes the pod one look further. over: nothing of it is left.
func (w *worker) step(ctx context.Context) (again time.Duration, over bool) {
	pod, forced, stepCtx, done := w.state(ctx)
	defer done()
	if forced {
		pod = pod.DeepCopy()
		pod.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	}
	if w.static && !forced {
		pod = w.shown(pod)
	}
	if why := w.refuse(pod); why != nil {
		w.tell(ctx, news{pod: pod, rejected: why})
		return 0, false
	}
	pod, pending := w.grant(pod)
	observed, err := w.look(stepCtx, pod)
	if err != nil {
		return w.failed(ctx, pod, "looking at the pod", err), false
	}
	plan := podplan.Decide(podplan.Input{Pod: pod, Observed: observed, Troubles: w.active(), Hash: podconfig.Hash, Failed: w.Probes.Failed(pod.UID),
		Started: func(c string) bool { return w.Probes.Started(pod.UID, c) }, Limits: w.limits(pod), Renewed: w.renewed, Now: time.Now()})
	if w.evicted != nil && !plan.Stop {
		plan, pod = podplan.Plan{Stop: true, Over: true}, w.evicted.hurried(pod)
	}
	again = plan.Again
	if pending != nil && (again == 0 || again > resizeAgain) {
		again = resizeAgain
	}
	w.stopped = w.stopped || plan.Over
	now := news{pod: pod, observed: observed, plan: plan, pending: pending, fault: w.resizeFault(observed)}
	switch {
	case plan.Stop:
		w.stopped = true
		if err := w.meanwhile(stepCtx, now, func() error { return w.stop(stepCtx, pod, observed) }); err != nil {
			return w.failed(ctx, pod, "stopping the pod", err), false
		}
		if now.observed, err = w.look(stepCtx, pod); err != nil {
			return w.failed(ctx, pod, "looking at the stopped pod", err), false
		}
		w.tell(ctx, now)
		w.noteEnd(now.observed)
		if plan.Remove {
			return w.remove(ctx, pod, now.observed, forced)
		}
		if w.evicted != nil && pods.Finished(pod) && !anyRuns(now.observed) {
			if err := w.discard(ctx, pod, now.observed); err != nil {
				return w.failed(ctx, pod, "making room", err), false
			}
		}
	case plan.Acts():
		w.tell(ctx, now)
		if err := w.meanwhile(stepCtx, now, func() error { return w.act(stepCtx, pod, observed, plan) }); err != nil && stepCtx.Err() == nil {
			again = w.failed(ctx, pod, "running the pod", err)
		}
		w.wake() // what was done shows what comes next
	default:
		w.tell(ctx, now)
		w.prune(stepCtx, pod, observed, w.Unused.Dead)
		if err := w.refresh(stepCtx, pod, observed); err != nil && stepCtx.Err() == nil {
			again = w.failed(ctx, pod, "bringing the pod's volumes up to date", err)
		} else if at, ok := w.Volumes.RefreshAt(pod.UID); ok {
			if left := max(time.Until(at), time.Second); again == 0 || left < again {
				again = left
			}
		}
		if left := w.measure(stepCtx, pod, observed); left > 0 && (again == 0 || left < again) {
			again = left
		}
	}
	return again, false
}

// failed notes a step that went wrong, once in the log and once as an event, and says when to try again.
func (w *worker) failed(ctx context.Context, pod *corev1.Pod, doing string, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	if errors.Is(err, context.Canceled) {
		w.wake()
		return 0
	}
	w.Log.Warn("a step of a pod failed and is tried again", "doing", doing, "pod", pod.Namespace+"/"+pod.Name, "error", err)
	w.Events.Warning(client.Reference(pod), "FailedSync", "error %s: %v", doing, err)
	return retryStep
}

// discard takes away what a stopped pod has in the runtime, and its volumes. Of a pod that made room for others it goes as soon as its end has
// been told: that is the room.
func (w *worker) discard(ctx context.Context, pod *corev1.Pod, observed podplan.Observed) error {
	sandboxes := observed.OldSandboxes
	if observed.Sandbox != nil {
		sandboxes = append(sandboxes, observed.Sandbox.ID)
	}
	for _, id := range sandboxes {
		if err := w.Runtime.RemovePodSandbox(ctx, id); err != nil && !isNotFound(err) {
			return fmt.Errorf("removing the pod's sandbox: %w", err)
		}
	}
	if err := w.Volumes.Cleanup(ctx, pod.UID); err != nil {
		return fmt.Errorf("taking the pod's volumes away: %w", err)
	}
	return nil
}

// remove takes away what is left of a stopped pod, here and then in the API.
func (w *worker) remove(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, forced bool) (time.Duration, bool) {
	if err := w.discard(ctx, pod, observed); err != nil {
		return w.failed(ctx, pod, "taking the pod away", err), false
	}
	if err := w.removeFiles(pod); err != nil {
		return w.failed(ctx, pod, "taking the pod's files away", err), false
	}
	w.pulls.forgetPod(string(pod.UID))
	w.Probes.Forget(pod.UID)
	if w.static {
		if mirror, ok := w.pods.Get(pod.Namespace, pod.Name); ok && static.Of(mirror) == pod.UID {
			if err := w.deleteMirror(ctx, mirror); err != nil {
				return w.failed(ctx, pod, "deleting the pod's mirror", err), false
			}
		}
	}
	if forced {
		return 0, true
	}
	zero := int64(0)
	err := w.pods.Delete(ctx, pod.Namespace, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &pod.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return w.failed(ctx, pod, "deleting the pod", err), false
	}
	return 0, true
}
