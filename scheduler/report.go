package scheduler

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/facts/pods"
)

// report is why a pod has no node.
type report struct{ reason, message string }

func unschedulable(message string) report {
	return report{corev1.PodReasonUnschedulable, message}
}

// said tells whether the pod's condition says so already.
func (r report) said(p *corev1.Pod) bool {
	c := pods.Condition(&p.Status, corev1.PodScheduled)
	return c != nil && c.Status == corev1.ConditionFalse && c.Reason == r.reason && c.Message == r.message
}

// tell has the report written into the pod's condition and as an event. Reports about one pod are written one after the other; of those that wait,
// the last.
func (s *Scheduler) tell(ctx context.Context, p *corev1.Pod, r report) {
	_, busy := s.telling[p.UID]
	if !busy && r.said(p) {
		return
	}
	s.telling[p.UID] = r
	if !busy {
		s.write(ctx, p, r)
	}
}

func (s *Scheduler) write(ctx context.Context, p *corev1.Pod, r report) {
	s.tellers.do(func() {
		err := s.condition(ctx, p, r)
		s.inbox.put(happening{told: &outcome{pod: p, err: err, report: r}})
	})
}

// applyTold writes what has become the report meanwhile.
func (s *Scheduler) applyTold(ctx context.Context, o *outcome) {
	if o.err != nil && ctx.Err() == nil {
		s.log.Warn("why a pod has no node could not be written", "pod", types.NamespacedName{Namespace: o.pod.Namespace, Name: o.pod.Name}.String(), "error", o.err)
	}
	if last := s.telling[o.pod.UID]; last != o.report && ctx.Err() == nil {
		s.write(ctx, o.pod, last)
		return
	}
	delete(s.telling, o.pod.UID)
}

// condition writes the report, where the pod still has no node and does not say so already.
func (s *Scheduler) condition(ctx context.Context, about *corev1.Pod, r report) error {
	for told := false; ; told = true {
		p, ok := s.pods.Get(about.Namespace, about.Name)
		if !ok || p.UID != about.UID || pods.Scheduled(p) || r.said(p) {
			return nil
		}
		if !told {
			s.events.Warning(client.Reference(p), "FailedScheduling", "%s", r.message)
		}
		p = p.DeepCopy()
		pods.SetCondition(&p.Status, corev1.PodCondition{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: r.reason, Message: r.message, ObservedGeneration: p.Generation,
		}, time.Now())
		switch _, err := s.pods.UpdateStatus(ctx, p); {
		case err == nil, apierrors.IsNotFound(err):
			return nil
		case !apierrors.IsConflict(err):
			return fmt.Errorf("writing the condition of pod %s/%s: %w", about.Namespace, about.Name, err)
		}
	}
}
