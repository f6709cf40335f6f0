package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/node/handler"
	"argosy.dev/node/podplan"
)

// minGrace is what a container always has between the signal to end and being killed, in seconds, however long its hook took.
const minGrace = 2

// end is one running container to be ended.
type end struct {
	container *podplan.Container
	// message is the event's.
	message string
	// grace in seconds, for the hook, the turn and the container together.
	grace int64
	// turn are ends that come first, while there is grace; over is closed with this one's.
	turn []<-chan struct{}
	over chan struct{}
}

// ending is what is kept of an end that has begun: who interrupts it (a shorter grace) must not run the hook again, nor give the grace anew.
type ending struct {
	since time.Time
	hook  chan struct{} // closed when the hook is over
	quit  context.CancelFunc
}

// endAll ends containers, all at once but for their turns.
func (w *worker) endAll(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, list []end) error {
	var group sync.WaitGroup
	faults := make([]error, len(list))
	for i, e := range list {
		begun := w.beginEnd(pod, observed, e)
		group.Go(func() {
			if e.over != nil {
				defer close(e.over)
			}
			if err := w.finishEnd(ctx, begun, e); err != nil {
				faults[i] = fmt.Errorf("stopping container %s: %w", e.container.Name, err)
			}
		})
	}
	group.Wait()
	for i, e := range list {
		if faults[i] == nil {
			delete(w.endings, e.container.ID)
		}
	}
	return errors.Join(faults...)
}

// beginEnd tells of the end and starts its hook, once.
func (w *worker) beginEnd(pod *corev1.Pod, observed podplan.Observed, e end) *ending {
	if begun := w.endings[e.container.ID]; begun != nil {
		return begun
	}
	w.Events.Normal(ContainerReference(pod, e.container.Name), "Killing", "%s", e.message)
	begun := &ending{since: time.Now(), hook: make(chan struct{})}
	w.endings[e.container.ID] = begun
	spec := containerSpec(pod, e.container.Name)
	if spec == nil || spec.Lifecycle == nil || spec.Lifecycle.PreStop == nil || e.grace <= 0 {
		begun.quit = func() {}
		close(begun.hook)
		return begun
	}
	var ctx context.Context
	ctx, begun.quit = context.WithCancel(w.Agent.ctx) // not the step's: see ending
	target := handler.Target{Container: spec, PodIP: w.address(pod, observed)}
	go func() {
		defer close(begun.hook)
		defer begun.quit()
		if err := w.hooks.Run(ctx, spec.Lifecycle.PreStop, e.container.ID, target); err != nil && ctx.Err() == nil {
			w.hookFailed(pod, spec.Name, "PreStop", err)
		}
	}()
	return begun
}

// finishEnd waits for the hook and the turn, as long as there is grace, and then stops the container with what is left of it.
func (w *worker) finishEnd(ctx context.Context, begun *ending, e end) error {
	until := begun.since.Add(time.Duration(e.grace) * time.Second)
	limited, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for _, first := range append([]<-chan struct{}{begun.hook}, e.turn...) {
		select {
		case <-first:
		case <-limited.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	begun.quit()
	left := int64((time.Until(until) + time.Second - 1) / time.Second)
	if err := w.Runtime.StopContainer(ctx, e.container.ID, max(left, minGrace)); err != nil && !isNotFound(err) {
		return err
	}
	return nil
}

// hookFailed tells of a hook that failed. The event has no details: what a container answers may be secret.
func (w *worker) hookFailed(pod *corev1.Pod, container, hook string, err error) {
	w.Log.Warn("a lifecycle hook failed", "hook", hook, "container", container, "pod", pod.Namespace+"/"+pod.Name, "error", err)
	w.Events.Warning(ContainerReference(pod, container), "Failed"+hook+"Hook", "%sHook failed", hook)
}

// postStart runs the hook of a container that was just started, and ends the container where the hook fails. Until then nothing else
// happens to the pod: containers that follow wait (they may need what the hook does), and the container does not count as running.
func (w *worker) postStart(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, spec *corev1.Container, id string) *podplan.Trouble {
	if spec.Lifecycle == nil || spec.Lifecycle.PostStart == nil {
		return nil
	}
	w.setHooked(id)
	defer w.setHooked("")
	err := w.hooks.Run(ctx, spec.Lifecycle.PostStart, id, handler.Target{Container: spec, PodIP: w.address(pod, observed)})
	if err == nil || ctx.Err() != nil {
		return nil
	}
	w.hookFailed(pod, spec.Name, "PostStart", err)
	failed := end{container: &podplan.Container{ID: id, Name: spec.Name}, message: "FailedPostStartHook", grace: grace(pod, nil)}
	if err := w.endAll(ctx, pod, observed, []end{failed}); err != nil && ctx.Err() == nil {
		w.Log.Warn("a container whose postStart hook failed could not be stopped", "container", spec.Name, "pod", pod.Namespace+"/"+pod.Name, "error", err)
	}
	return &podplan.Trouble{Waiting: podplan.Waiting{Reason: "PostStartHookError", Message: "PostStart hook of container " + spec.Name + " failed"}, Until: time.Now()}
}

func (w *worker) setHooked(id string) {
	w.mu.Lock()
	w.hooked = id
	w.mu.Unlock()
}

// containerSpec finds a container in a pod's spec; nil where it has no such container.
func containerSpec(pod *corev1.Pod, name string) *corev1.Container {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	for i := range pod.Spec.EphemeralContainers {
		if pod.Spec.EphemeralContainers[i].Name == name {
			return podplan.Ephemeral(&pod.Spec.EphemeralContainers[i])
		}
	}
	return nil
}

// grace is how long a container is given to end by itself, in seconds; own is what its probe gives it.
func grace(pod *corev1.Pod, own *int64) int64 {
	switch {
	case pod.DeletionGracePeriodSeconds != nil:
		return *pod.DeletionGracePeriodSeconds
	case own != nil:
		return *own
	case pod.Spec.TerminationGracePeriodSeconds != nil:
		return *pod.Spec.TerminationGracePeriodSeconds
	}
	return 30
}
