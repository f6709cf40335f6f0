package snapshot

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/facts/pods"
)

// What a pod that says nothing counts as, where nodes are compared by how full they are: else pods without requests would all go to one node.
const (
	unsaidCPU    = 100       // thousandths
	unsaidMemory = 200 << 20 // bytes
)

// Pod is what scheduling looks at in a pod, computed once a version. It is immutable.
type Pod struct {
	Object   *corev1.Pod
	Requests Resources
	// LoadCPU and LoadMemory are the requests, or something where there are none.
	LoadCPU, LoadMemory int64
	Ports               []Port
	Selection           *Selection
	// Affinity and AntiAffinity must hold, the others are better if they do. Terms that cannot be read are in Broken.
	Affinity, AntiAffinity                   []*Term
	PreferredAffinity, PreferredAntiAffinity []*Term
	Spread                                   []Spread
	// Broken is what is wrong with the pod's affinity or spread constraints; the API accepts no such pod.
	Broken error
}

// NewPod looks at a pod.
func NewPod(obj *corev1.Pod) *Pod {
	p := &Pod{Object: obj, Requests: requests(obj), Ports: portsOf(&obj.Spec), Selection: selectionOf(&obj.Spec)}
	p.LoadCPU, p.LoadMemory = p.Requests.CPU, p.Requests.Memory
	if p.LoadCPU == 0 {
		p.LoadCPU = unsaidCPU
	}
	if p.LoadMemory == 0 {
		p.LoadMemory = unsaidMemory
	}
	p.readAffinity()
	p.readSpread()
	return p
}

// UID is the pod's identity.
func (p *Pod) UID() types.UID { return p.Object.UID }

// At is the same pod in another version that differs in nothing that scheduling looks at.
func (p *Pod) At(obj *corev1.Pod) *Pod {
	q := *p
	q.Object = obj
	return &q
}

// Alone tells that no other pod matters to where this one may go, beside the room that they take.
func (p *Pod) Alone() bool {
	return len(p.Affinity) == 0 && len(p.AntiAffinity) == 0 && len(p.Spread) == 0
}

// sameDemand tells that both versions of a pod take the same of their node and are the same to every rule about other pods.
func (p *Pod) sameDemand(o *Pod) bool {
	return p.Requests.equal(&o.Requests) && slices.Equal(p.Ports, o.Ports) && pods.Terminating(p.Object) == pods.Terminating(o.Object) &&
		maps.Equal(p.Object.Labels, o.Object.Labels)
}
