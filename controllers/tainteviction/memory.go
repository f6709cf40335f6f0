package tainteviction

import (
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// memory holds what is known of tainted nodes beside the objects. It is safe for concurrent use; each node's part belongs to
// whoever reconciles the node.
type memory struct {
	mu    sync.Mutex
	nodes map[string]*tainted
}

// tainted is what is known of one node.
type tainted struct {
	// seen are the times of taints that say none.
	seen map[taintID]time.Time
	// waiting are the pods that are to leave later.
	waiting map[types.UID]bool
}

type taintID struct {
	key, value string
}

func (m *memory) of(node string) *tainted {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.nodes[node]
	if t == nil {
		t = &tainted{seen: map[taintID]time.Time{}, waiting: map[types.UID]bool{}}
		if m.nodes == nil {
			m.nodes = map[string]*tainted{}
		}
		m.nodes[node] = t
	}
	return t
}

func (m *memory) forget(node string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.nodes, node)
}

// timed returns the taints with a time each, and forgets those that are gone.
func (t *tainted) timed(list []corev1.Taint, now time.Time) []corev1.Taint {
	seen := make(map[taintID]time.Time, len(list))
	timed := make([]corev1.Taint, len(list))
	for i, taint := range list {
		if taint.TimeAdded == nil {
			id := taintID{taint.Key, taint.Value}
			at, ok := t.seen[id]
			if !ok {
				at = now
			}
			seen[id] = at
			taint.TimeAdded = &metav1.Time{Time: at}
		}
		timed[i] = taint
	}
	t.seen = seen
	return timed
}
