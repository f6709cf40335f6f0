package snapshot

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Node is one node with what is on it. Readers must not change it.
type Node struct {
	Name string
	// Slot numbers the nodes densely; a number is used again after its node is gone.
	Slot int32
	// Unschedulable: somebody cordoned the node.
	Unschedulable bool
	// Allocatable is what pods may take, MaxPods how many there may be.
	Allocatable Resources
	MaxPods     int
	// Requested is what the pods take, LoadCPU and LoadMemory what they count as (see Pod).
	Requested           Resources
	LoadCPU, LoadMemory int64
	// Pods are in no order.
	Pods []*Pod
	// Ports are those that pods have taken.
	Ports []Port
	// Hard taints keep pods away, Soft ones only make the node less wanted.
	Hard, Soft []corev1.Taint
	// Object is nil where pods are bound to a node that is not there (yet).
	Object *corev1.Node
}

// describe takes over what the node's object says.
func (n *Node) describe(obj *corev1.Node) {
	n.Object = obj
	n.Hard, n.Soft = nil, nil
	if obj == nil {
		n.Unschedulable, n.Allocatable, n.MaxPods = false, Resources{}, 0
		return
	}
	n.Unschedulable = obj.Spec.Unschedulable
	n.Allocatable = resourcesOf(obj.Status.Allocatable)
	n.MaxPods = int(obj.Status.Allocatable.Pods().Value())
	for _, t := range obj.Spec.Taints {
		switch t.Effect {
		case corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute:
			n.Hard = append(n.Hard, t)
		case corev1.TaintEffectPreferNoSchedule:
			n.Soft = append(n.Soft, t)
		}
	}
}

// sameOffer tells that obj says nothing new to a scheduler: most updates of nodes are heartbeats.
func (n *Node) sameOffer(obj *corev1.Node) bool {
	old := n.Object
	return old.Spec.Unschedulable == obj.Spec.Unschedulable && maps.Equal(old.Labels, obj.Labels) &&
		slices.EqualFunc(old.Spec.Taints, obj.Spec.Taints, func(a, b corev1.Taint) bool {
			return a.Key == b.Key && a.Value == b.Value && a.Effect == b.Effect
		}) &&
		maps.EqualFunc(old.Status.Allocatable, obj.Status.Allocatable, func(a, b resource.Quantity) bool { return a.Equal(b) })
}

func (n *Node) add(p *Pod) {
	n.Pods = append(n.Pods, p)
	n.Requested.add(&p.Requests, 1)
	n.LoadCPU += p.LoadCPU
	n.LoadMemory += p.LoadMemory
	n.Ports = append(n.Ports, p.Ports...)
}

func (n *Node) remove(p *Pod) {
	last := len(n.Pods) - 1
	n.Pods[slices.Index(n.Pods, p)] = n.Pods[last]
	n.Pods[last] = nil
	n.Pods = n.Pods[:last]
	n.Requested.add(&p.Requests, -1)
	n.LoadCPU -= p.LoadCPU
	n.LoadMemory -= p.LoadMemory
	for _, port := range p.Ports {
		if i := slices.Index(n.Ports, port); i >= 0 {
			n.Ports = slices.Delete(n.Ports, i, i+1)
		}
	}
}
