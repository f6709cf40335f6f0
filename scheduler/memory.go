package scheduler

import (
	"crypto/sha256"
	"encoding/binary"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/scheduler/decide"
	"argosy.dev/scheduler/queue"
	"argosy.dev/scheduler/snapshot"
)

// memory is why pods of a class found no node, as long as nothing has happened since that could make it different: thousands of equal pods that do
// not fit cost one search.
type memory struct {
	gains, changes uint64
	// alone is of pods that no other pod matters to, near of the others.
	alone, near map[string]*decide.Refusal
}

// recall returns what is remembered about pods like this one.
func (m *memory) recall(e *queue.Entry, s *snapshot.Snapshot) (refusal *decide.Refusal, ok bool) {
	if m.gains != s.Gains() {
		m.alone, m.gains = nil, s.Gains()
	}
	if m.changes != s.Changes() {
		m.near, m.changes = nil, s.Changes()
	}
	of := m.of(e.Pod)
	if len(*of) == 0 {
		return nil, false
	}
	refusal, ok = (*of)[classOf(e)]
	return refusal, ok
}

// remember keeps a refusal that the snapshot as it is led to.
func (m *memory) remember(e *queue.Entry, r *decide.Refusal) {
	of := m.of(e.Pod)
	if *of == nil {
		*of = map[string]*decide.Refusal{}
	}
	(*of)[classOf(e)] = r
}

func (m *memory) of(p *snapshot.Pod) *map[string]*decide.Refusal {
	if p.Alone() {
		return &m.alone
	}
	return &m.near
}

// classOf is the same for pods of which no rule can tell one from the other, but for their wishes.
func classOf(e *queue.Entry) string {
	if e.Class == "" {
		e.Class = class(e.Pod)
	}
	return e.Class
}

func class(p *snapshot.Pod) string {
	spec := &p.Object.Spec
	seen := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Object.Namespace, Labels: p.Object.Labels},
		Spec: corev1.PodSpec{
			NodeSelector: spec.NodeSelector, Affinity: spec.Affinity, Tolerations: spec.Tolerations,
			TopologySpreadConstraints: spec.TopologySpreadConstraints, ResourceClaims: spec.ResourceClaims,
		},
	}
	for _, v := range spec.Volumes {
		if v.PersistentVolumeClaim != nil || v.Ephemeral != nil {
			seen.Spec.Volumes = append(seen.Spec.Volumes, v)
		}
	}
	text, err := seen.Marshal()
	if err != nil {
		return string(p.Object.UID) // a class of its own
	}
	for _, n := range [...]int64{p.Requests.CPU, p.Requests.Memory, p.Requests.Storage} {
		text = binary.AppendVarint(text, n)
	}
	for _, a := range p.Requests.Other {
		text = binary.AppendVarint(append(append(text, a.Name...), 0), a.Value)
	}
	for _, port := range p.Ports {
		text = append(append(text, port.IP...), 0)
		text = binary.AppendVarint(append(append(text, port.Protocol...), 0), int64(port.Number))
	}
	sum := sha256.Sum256(text)
	return string(sum[:16])
}
