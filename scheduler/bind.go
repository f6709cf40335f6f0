package scheduler

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/scheduler/snapshot"
)

// bind has the binding written. That it was comes back as a change of the pod, that it was not as an outcome.
func (s *Scheduler) bind(ctx context.Context, p *corev1.Pod, node string) {
	s.binders.do(func() {
		_, err := s.pods.CreateSub(ctx, p.Namespace, p.Name, "binding", &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, UID: p.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: node},
		})
		if err != nil {
			s.inbox.put(happening{bound: &outcome{pod: p, err: err}})
			return
		}
		s.events.Normal(client.Reference(p), "Scheduled", "Successfully assigned %s/%s to %s", p.Namespace, p.Name, node)
	})
}

// applyBound takes back what was assumed of a pod whose binding was not written, and lets it be tried again.
func (s *Scheduler) applyBound(ctx context.Context, o *outcome, now time.Time) {
	e := s.assumed[o.pod.UID]
	if e == nil {
		return // it was seen to be bound, or to be gone
	}
	s.vacate(o.pod)
	p, ok := s.pods.Get(o.pod.Namespace, o.pod.Name)
	if !ok || p.UID != o.pod.UID || !s.wanted(p) || ctx.Err() != nil {
		return // what it has become is on its way to the inbox
	}
	if e.Pod.Object.Generation != p.Generation {
		e.Pod, e.Class = snapshot.NewPod(p), ""
	}
	s.queue.Retry(e, now)
	if apierrors.IsNotFound(o.err) || apierrors.IsConflict(o.err) {
		return
	}
	s.log.Warn("a pod could not be bound and is tried again", "pod", types.NamespacedName{Namespace: p.Namespace, Name: p.Name}.String(), "tries", e.Tries, "error", o.err)
	s.tell(ctx, p, report{corev1.PodReasonSchedulerError, "binding rejected: " + o.err.Error()})
}
