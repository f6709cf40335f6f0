package quota

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
)

// Covers tells whether obj is in all the scopes of a quota. Scopes are of pods, and the class of volume attributes of claims; a quota with
// scopes covers nothing else.
func Covers(q *corev1.ResourceQuota, obj metav1.Object) bool {
	for _, scope := range q.Spec.Scopes {
		if !inScope(corev1.ScopedResourceSelectorRequirement{ScopeName: scope, Operator: corev1.ScopeSelectorOpExists}, obj) {
			return false
		}
	}
	if s := q.Spec.ScopeSelector; s != nil {
		for _, r := range s.MatchExpressions {
			if !inScope(r, obj) {
				return false
			}
		}
	}
	return true
}

func inScope(r corev1.ScopedResourceSelectorRequirement, obj metav1.Object) bool {
	switch obj := obj.(type) {
	case *corev1.Pod:
		return podInScope(r, obj)
	case *corev1.PersistentVolumeClaim:
		if r.ScopeName != corev1.ResourceQuotaScopeVolumeAttributesClass {
			return false
		}
		class := ""
		if obj.Spec.VolumeAttributesClassName != nil {
			class = *obj.Spec.VolumeAttributesClassName
		}
		return selects(r, class)
	}
	return false
}

func podInScope(r corev1.ScopedResourceSelectorRequirement, pod *corev1.Pod) bool {
	switch r.ScopeName {
	case corev1.ResourceQuotaScopeTerminating:
		return ends(pod)
	case corev1.ResourceQuotaScopeNotTerminating:
		return !ends(pod)
	case corev1.ResourceQuotaScopeBestEffort:
		return pods.QOS(&pod.Spec) == corev1.PodQOSBestEffort
	case corev1.ResourceQuotaScopeNotBestEffort:
		return pods.QOS(&pod.Spec) != corev1.PodQOSBestEffort
	case corev1.ResourceQuotaScopePriorityClass:
		return selects(r, pod.Spec.PriorityClassName)
	case corev1.ResourceQuotaScopeCrossNamespacePodAffinity:
		return looksElsewhere(pod.Spec.Affinity)
	}
	return false
}

// ends tells that the pod has a deadline.
func ends(pod *corev1.Pod) bool {
	return pod.Spec.ActiveDeadlineSeconds != nil && *pod.Spec.ActiveDeadlineSeconds >= 0
}

// selects asks about a name, "" being none.
func selects(r corev1.ScopedResourceSelectorRequirement, name string) bool {
	switch r.Operator {
	case corev1.ScopeSelectorOpExists, "":
		return name != ""
	case corev1.ScopeSelectorOpDoesNotExist:
		return name == ""
	case corev1.ScopeSelectorOpIn:
		return name != "" && slices.Contains(r.Values, name)
	case corev1.ScopeSelectorOpNotIn:
		return !slices.Contains(r.Values, name)
	}
	return false
}

func looksElsewhere(a *corev1.Affinity) bool {
	far := func(t *corev1.PodAffinityTerm) bool { return len(t.Namespaces) > 0 || t.NamespaceSelector != nil }
	anyTerm := func(must []corev1.PodAffinityTerm, may []corev1.WeightedPodAffinityTerm) bool {
		for i := range must {
			if far(&must[i]) {
				return true
			}
		}
		for i := range may {
			if far(&may[i].PodAffinityTerm) {
				return true
			}
		}
		return false
	}
	if a == nil {
		return false
	}
	return a.PodAffinity != nil && anyTerm(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution, a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution) ||
		a.PodAntiAffinity != nil && anyTerm(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution)
}
