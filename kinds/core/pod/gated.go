package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// narrowPlacement checks that a pod which is not yet to be scheduled may run on no more nodes than before, and
// sets its placement in spec to what it was. (KEP-3838)
func narrowPlacement(spec, old *corev1.PodSpec, path *field.Path) field.ErrorList {
	errs := validateNodeSelectorChange(spec.NodeSelector, old.NodeSelector, path.Child("nodeSelector"))
	spec.NodeSelector = old.NodeSelector

	now, before := nodeAffinity(spec), nodeAffinity(old)
	if equality.Semantic.DeepEqual(now, before) {
		return errs
	}
	errs = append(errs, validateNodeAffinityChange(now, before, path.Child("affinity", "nodeAffinity"))...)
	switch {
	case spec.Affinity == nil: // then the old one was not
		spec.Affinity = &corev1.Affinity{NodeAffinity: before}
	case old.Affinity == nil && spec.Affinity.PodAffinity == nil && spec.Affinity.PodAntiAffinity == nil:
		spec.Affinity = nil
	default:
		spec.Affinity.NodeAffinity = before
	}
	return errs
}

func nodeAffinity(spec *corev1.PodSpec) *corev1.NodeAffinity {
	if spec.Affinity == nil {
		return nil
	}
	return spec.Affinity.NodeAffinity
}

func validateNodeSelectorChange(now, before map[string]string, path *field.Path) field.ErrorList {
	for key, value := range before {
		if v, ok := now[key]; !ok || v != value {
			return field.ErrorList{field.Invalid(path, now, "only additions to spec.nodeSelector are allowed (no mutations or deletions)")}
		}
	}
	return nil
}

func validateNodeAffinityChange(now, before *corev1.NodeAffinity, path *field.Path) field.ErrorList {
	if before == nil || before.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	required := path.Child("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
	var terms []corev1.NodeSelectorTerm
	if now != nil && now.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		terms = now.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	}
	had := before.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	if len(had) > 0 && len(terms) != len(had) {
		return field.ErrorList{field.Invalid(required, rules.Shown(terms), "no additions/deletions to non-empty NodeSelectorTerms list are allowed")}
	}
	var errs field.ErrorList
	for i := range had {
		if !narrower(&terms[i], &had[i]) {
			errs = append(errs, field.Invalid(required.Index(i), rules.Shown(&terms[i]), "only additions are allowed (no mutations or deletions)"))
		}
	}
	return errs
}

// narrower tells whether a term asks for all that it asked for before. One that asked for nothing matched nothing.
func narrower(now, before *corev1.NodeSelectorTerm) bool {
	if len(before.MatchExpressions) == 0 && len(before.MatchFields) == 0 && (len(now.MatchExpressions) > 0 || len(now.MatchFields) > 0) {
		return false
	}
	return beginsWith(now.MatchExpressions, before.MatchExpressions) && beginsWith(now.MatchFields, before.MatchFields)
}

func beginsWith(now, before []corev1.NodeSelectorRequirement) bool {
	return len(now) >= len(before) && equality.Semantic.DeepEqual(now[:len(before)], before)
}
