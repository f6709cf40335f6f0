package node

import (
	"context"
	"errors"

	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"time"

	"argosy.dev/node/podplan"
	"argosy.dev/node/podstatus"
	"argosy.dev/node/resize"
)

// news are what there is to tell of a pod.
type news struct {
	// pod is as the step knows it: with the resources that it is promised.
	pod      *corev1.Pod
	observed podplan.Observed
	plan     podplan.Plan
	// pending is why the pod does not get other resources, rejected why the node does not take it at all.
	pending  *resize.Pending
	rejected *podplan.Waiting
	// fault is why a resize is not in force. It is noted before a step, which changes what it is found in.
	fault string
}

// tell writes the pod's status where it says something new.
func (w *worker) tell(ctx context.Context, n news) {
	pod := n.pod
	limits := w.limits(pod)
	compute := func(current *corev1.Pod) corev1.PodStatus {
		return podstatus.Compute(podstatus.Input{
			Pod: current, Observed: n.observed, Waiting: w.waiting(n.plan), TerminationMessage: w.lastWords, HostIPs: w.Addresses,
			Ready:    func(c string) bool { return w.Probes.Ready(pod.UID, c) },
			Started:  func(c string) bool { return w.Probes.Started(pod.UID, c) },
			Rejected: n.rejected, Evicted: w.evicted.reason(), Stopped: w.stopped && !anyRuns(n.observed), Now: time.Now(),
			Given:   func(c *corev1.Container) *corev1.ResourceRequirements { return given(pod, c.Name) },
			InForce: func(c *corev1.Container, run *podplan.Container) bool { return run.Limits.Meet(limits(c)) },
			Pending: n.pending, ResizeFault: n.fault,
		})
	}
	for {
		current, err := w.current(ctx, pod)
		if err != nil {
			w.retell(ctx, pod, err)
			return
		}
		if current == nil {
			return
		}
		next := compute(current)
		if equality.Semantic.DeepEqual(current.Status, next) {
			return
		}
		update := current.DeepCopy()
		update.Status = next
		_, err = w.pods.UpdateStatus(ctx, update)
		switch {
		case err == nil, apierrors.IsNotFound(err), ctx.Err() != nil:
			return
		case apierrors.IsConflict(err):
			continue
		}
		w.retell(ctx, pod, err)
		return
	}
}

// current is the object that shows the pod, nil where there is none any more: the pod's own, or a static pod's mirror.
func (w *worker) current(ctx context.Context, pod *corev1.Pod) (*corev1.Pod, error) {
	if w.static {
		if pod.DeletionTimestamp != nil {
			return nil, nil // its file is gone, and the mirror goes with the pod
		}
		return w.mirror(ctx, pod)
	}
	current, ok := w.pods.Get(pod.Namespace, pod.Name)
	if !ok || current.UID != pod.UID {
		return nil, nil
	}
	return current, nil
}

func (w *worker) retell(ctx context.Context, pod *corev1.Pod, err error) {
	if ctx.Err() != nil {
		return
	}
	w.Log.Warn("a pod's status could not be written and is tried again", "pod", pod.Namespace+"/"+pod.Name, "error", err)
	time.AfterFunc(retryStep, w.wake)
}

// waiting is why containers do not run: what the plan says, or the trouble that is known better.
func (w *worker) waiting(plan podplan.Plan) map[string]podplan.Waiting {
	all := make(map[string]podplan.Waiting, len(plan.Waiting))
	for name, why := range plan.Waiting {
		all[name] = why
	}
	return all
}

// message is an error as people are told it: without the wrapping of the transport.
func message(err error) string {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		return s.GRPCStatus().Message()
	}
	return err.Error()
}

// refresh brings live volumes up to date.
func (w *worker) refresh(ctx context.Context, pod *corev1.Pod, observed podplan.Observed) error {
	if observed.Sandbox == nil || !observed.Sandbox.Ready || len(pod.Spec.Volumes) == 0 {
		return nil
	}
	volumes, err := w.Volumes.Prepare(ctx, pod)
	if err == nil {
		w.volumes = volumes
	}
	return err
}
