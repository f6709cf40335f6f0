package nodelifecycle

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/nodes"
	"argosy.dev/facts/taints"
)

// Eviction is whether a node that is not ready may lose its pods.
type Eviction int

const (
	// Evict: now.
	Evict Eviction = iota
	// Later: not yet.
	Later
	// Halted: no node may, and those that were told are told otherwise.
	Halted
)

// conditionTaints are the conditions whose truth keeps new pods away.
var conditionTaints = [...]struct {
	condition corev1.NodeConditionType
	key       string
}{
	{corev1.NodeMemoryPressure, corev1.TaintNodeMemoryPressure},
	{corev1.NodeDiskPressure, corev1.TaintNodeDiskPressure},
	{corev1.NodePIDPressure, corev1.TaintNodePIDPressure},
	{corev1.NodeNetworkUnavailable, corev1.TaintNodeNetworkUnavailable},
}

// readyTaint is the taint that the condition Ready means, "" for none. A node without the condition keeps the taint that it
// was created with.
func readyTaint(node *corev1.Node) string {
	c := nodes.Condition(&node.Status, corev1.NodeReady)
	switch {
	case c != nil && c.Status == corev1.ConditionTrue:
		return ""
	case c != nil && c.Status == corev1.ConditionUnknown:
		return corev1.TaintNodeUnreachable
	case c == nil && !has(node, corev1.TaintNodeNotReady, corev1.TaintEffectNoSchedule):
		return ""
	}
	return corev1.TaintNodeNotReady
}

func has(node *corev1.Node, key string, effect corev1.TaintEffect) bool {
	_, ok := taints.Find(node.Spec.Taints, key, effect)
	return ok
}

// Taints computes the taints that a node shall have: those that are ours follow its conditions, all others stay. changed
// is false where it has them already.
func Taints(node *corev1.Node, eviction Eviction, now time.Time) (list []corev1.Taint, changed bool) {
	wanted := wantedTaints(node, eviction)
	for _, t := range node.Spec.Taints {
		if !ours(t) || slices.ContainsFunc(wanted, func(w corev1.Taint) bool { return w.MatchTaint(&t) }) {
			list = append(list, t)
		} else {
			changed = true
		}
	}
	at := metav1.NewTime(now.UTC().Truncate(time.Second))
	for _, w := range wanted {
		if !has(node, w.Key, w.Effect) {
			w.TimeAdded = &at
			list = append(list, w)
			changed = true
		}
	}
	return list, changed
}

func wantedTaints(node *corev1.Node, eviction Eviction) []corev1.Taint {
	var list []corev1.Taint
	add := func(key string, effect corev1.TaintEffect) {
		list = append(list, corev1.Taint{Key: key, Effect: effect})
	}
	if node.Spec.Unschedulable {
		add(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule)
	}
	for _, t := range conditionTaints {
		if c := nodes.Condition(&node.Status, t.condition); c != nil && c.Status == corev1.ConditionTrue {
			add(t.key, corev1.TaintEffectNoSchedule)
		}
	}
	if key := readyTaint(node); key != "" {
		add(key, corev1.TaintEffectNoSchedule)
		if eviction == Evict {
			add(key, corev1.TaintEffectNoExecute)
		}
	}
	return list
}

// evicted tells that the node was told to lose its pods, for one reason or the other.
func evicted(node *corev1.Node) bool {
	return has(node, corev1.TaintNodeNotReady, corev1.TaintEffectNoExecute) || has(node, corev1.TaintNodeUnreachable, corev1.TaintEffectNoExecute)
}

func ours(t corev1.Taint) bool {
	switch t.Effect {
	case corev1.TaintEffectNoExecute:
		return t.Key == corev1.TaintNodeNotReady || t.Key == corev1.TaintNodeUnreachable
	case corev1.TaintEffectNoSchedule:
		switch t.Key {
		case corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeUnschedulable, corev1.TaintNodeMemoryPressure,
			corev1.TaintNodeDiskPressure, corev1.TaintNodePIDPressure, corev1.TaintNodeNetworkUnavailable:
			return true
		}
	}
	return false
}
