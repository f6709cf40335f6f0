package scheduler

import (
	"maps"
	"time"

	"argosy.dev/scheduler/queue"
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// news is what has changed since the waiting pods were last thought of.
type news struct {
	// nodes may have room for a pod that they had none for.
	nodes map[*snapshot.Node]struct{}
	pods  []rules.Event
	// layout: nodes or namespaces have changed in ways that rules about other pods may look at.
	layout bool
	// storage: claims, volumes or classes have changed.
	storage bool
}

func (n *news) touch(node *snapshot.Node) {
	if n.nodes == nil {
		n.nodes = map[*snapshot.Node]struct{}{}
	}
	n.nodes[node] = struct{}{}
}

func (n *news) reset() {
	clear(n.nodes)
	clear(n.pods)
	n.pods, n.layout, n.storage = n.pods[:0], false, false
}

// wakeHelped wakes the pods that the news may help. Pods to which the cluster looks the same are asked about once.
func (s *Scheduler) wakeHelped(now time.Time) {
	if s.queue.Waiting() {
		s.queue.Wake(s.helped, now)
	}
	s.news.reset()
}

// helped tells whether a node that changed now suits such pods, or whether a rule that looks farther says that it may find another one.
func (s *Scheduler) helped(c *queue.Class) bool {
	p := c.Any()
	if len(s.news.nodes) > 0 && s.decider.SuitsAny(p, maps.Keys(s.news.nodes), s.snapshot) {
		return true
	}
	for i := range s.rules {
		if c.Rules&(1<<i) == 0 {
			continue
		}
		if s.news.storage && s.rules[i].Storage {
			return true
		}
		if s.rules[i].Helps == nil {
			continue
		}
		if s.news.layout {
			return true
		}
		for _, e := range s.news.pods {
			if s.rules[i].Helps(p, s.snapshot, e) {
				return true
			}
		}
	}
	return false
}
