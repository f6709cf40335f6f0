package scheduler

import (
	"context"
	"time"

	"argosy.dev/scheduler/queue"
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/rules/claims"
)

// schedule finds a node for one pod and has the outcome written.
func (s *Scheduler) schedule(ctx context.Context, e *queue.Entry) {
	refusal, known := s.refused.recall(e, s.snapshot)
	if !known {
		node, why := s.decider.Decide(e.Pod, s.snapshot)
		if node != nil {
			s.assume(e, node.Name)
			if wanted := claims.Choose(e.Pod, s.snapshot, node); wanted != nil {
				s.prepare(ctx, e.Pod.Object, node.Name, wanted)
			} else {
				s.bind(ctx, e.Pod.Object, node.Name)
			}
			return
		}
		refusal = why
		s.refused.remember(e, why)
	}
	s.queue.Wait(e, refusal.Rules, time.Now())
	s.tell(ctx, e.Pod.Object, unschedulable(refusal.Message))
}

// assume counts the pod on its node before the binding is written, so that the next pod can be decided about.
func (s *Scheduler) assume(e *queue.Entry, node string) {
	s.assumed[e.Pod.UID()] = e
	s.snapshot.Place(e.Pod, node)
	if s.queue.Waiting() {
		s.news.pods = append(s.news.pods, rules.Event{New: e.Pod})
		s.wakeHelped(time.Now())
	}
}
