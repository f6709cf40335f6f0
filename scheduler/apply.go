package scheduler

import (
	"context"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// apply takes in what has happened.
func (s *Scheduler) apply(ctx context.Context, happened []happening, now time.Time) {
	for i := range happened {
		switch h := &happened[i]; {
		case h.node != change[*corev1.Node]{}:
			s.applyNode(h.node)
		case h.namespace != change[*corev1.Namespace]{}:
			s.applyNamespace(h.namespace)
		case h.claim != change[*corev1.PersistentVolumeClaim]{}:
			s.applyClaim(ctx, h.claim)
		case h.volume != change[*corev1.PersistentVolume]{}:
			s.applyVolume(ctx, h.volume)
		case h.class != change[*storagev1.StorageClass]{}:
			s.applyClass(h.class)
		case h.chosen != nil:
			s.applyChosen(ctx, h.chosen)
		case h.bound != nil:
			s.applyBound(ctx, h.bound, now)
		case h.told != nil:
			s.applyTold(ctx, h.told)
		default:
			s.applyPod(h.pod, now)
		}
	}
	if len(happened) > 0 {
		s.wakeHelped(now)
	}
}

func (s *Scheduler) applyNode(c change[*corev1.Node]) {
	if c.now == nil {
		s.snapshot.RemoveNode(c.was.Name)
		s.news.layout = true
		return
	}
	if n, changed := s.snapshot.SetNode(c.now); changed {
		s.news.touch(n)
		s.news.layout = true
	}
}

func (s *Scheduler) applyNamespace(c change[*corev1.Namespace]) {
	var changed bool
	if c.now == nil {
		changed = s.snapshot.SetNamespace(c.was.Name, nil)
	} else {
		labels := c.now.Labels
		if labels == nil {
			labels = map[string]string{}
		}
		changed = s.snapshot.SetNamespace(c.now.Name, labels)
	}
	s.news.layout = s.news.layout || changed
}

func (s *Scheduler) applyPod(c change[*corev1.Pod], now time.Time) {
	if c.was != nil && (c.now == nil || c.now.UID != c.was.UID) {
		s.queue.Remove(c.was.UID)
		s.vacate(c.was)
	}
	p := c.now
	switch {
	case p == nil:
	case pods.Scheduled(p):
		s.queue.Remove(p.UID)
		if pods.Finished(p) {
			s.vacate(p)
		} else {
			s.occupy(p)
		}
	case s.assumed[p.UID] != nil:
		// Its binding is on its way; what comes of it says more.
	case s.wanted(p):
		s.enqueue(p, now)
	default:
		s.queue.Remove(p.UID)
	}
}

// wanted tells whether the pod is to be given a node by this scheduler, now.
func (s *Scheduler) wanted(p *corev1.Pod) bool {
	return p.Spec.SchedulerName == s.name && pods.Active(p) && !pods.Scheduled(p) && len(p.Spec.SchedulingGates) == 0
}

// enqueue lets a pod be tried, unless it changed in nothing that matters since it last was.
func (s *Scheduler) enqueue(p *corev1.Pod, now time.Time) {
	if e, ok := s.queue.Get(p.UID); ok {
		if old := e.Pod.Object; old.Generation == p.Generation && maps.Equal(old.Labels, p.Labels) {
			e.Pod = e.Pod.At(p)
			return
		}
	}
	s.queue.Add(snapshot.NewPod(p), now)
}

// occupy counts a pod where it is bound.
func (s *Scheduler) occupy(obj *corev1.Pod) {
	delete(s.assumed, obj.UID)
	s.forgetVolumes(obj.UID)
	was, node, known := s.snapshot.Pod(obj.UID)
	p := snapshot.NewPod(obj)
	if !s.snapshot.Place(p, obj.Spec.NodeName) {
		return
	}
	if known {
		if n, ok := s.snapshot.Node(node); ok {
			s.news.touch(n) // it may take less than before, or have left
		}
	}
	s.news.pods = append(s.news.pods, rules.Event{Old: was, New: p})
}

// vacate no longer counts a pod that is gone or finished.
func (s *Scheduler) vacate(obj *corev1.Pod) {
	delete(s.assumed, obj.UID)
	s.forgetVolumes(obj.UID)
	was, _, ok := s.snapshot.Pod(obj.UID)
	if !ok {
		return
	}
	s.news.touch(s.snapshot.Remove(obj.UID))
	s.news.pods = append(s.news.pods, rules.Event{Old: was})
}
