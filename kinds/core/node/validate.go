package node

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// taintsPath is where Kubernetes' messages have the taints.
var taintsPath = field.NewPath("metadata", "taints")

func validate(n *corev1.Node) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateTaints(n.Spec.Taints, taintsPath)
	return append(errs, validatePodCIDRs(n.Spec.PodCIDRs, nil, path.Child("podCIDRs"))...)
}

func validateUpdate(n, old *corev1.Node) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateStatus(&n.Status, field.NewPath("status"))
	if len(old.Spec.PodCIDRs) > 0 && !slices.Equal(n.Spec.PodCIDRs, old.Spec.PodCIDRs) {
		errs = append(errs, field.Forbidden(path.Child("podCIDRs"), `node updates may not change podCIDR except from "" to valid`))
	} else {
		errs = append(errs, validatePodCIDRs(n.Spec.PodCIDRs, old.Spec.PodCIDRs, path.Child("podCIDRs"))...)
	}
	if old.Spec.ProviderID != "" && n.Spec.ProviderID != old.Spec.ProviderID {
		errs = append(errs, field.Forbidden(path.Child("providerID"), `node updates may not change providerID except from "" to valid`))
	}
	return append(errs, validateTaints(n.Spec.Taints, taintsPath)...)
}

func validateStatus(s *corev1.NodeStatus, path *field.Path) field.ErrorList {
	errs := validateAmounts(s.Capacity, path.Child("capacity"))
	errs = append(errs, validateAmounts(s.Allocatable, path.Child("allocatable"))...)
	seen := make(map[corev1.NodeAddress]bool, len(s.Addresses))
	for i, address := range s.Addresses {
		if seen[address] {
			errs = append(errs, field.Duplicate(path.Child("addresses").Index(i), rules.Capitalized(address)))
		}
		seen[address] = true
	}
	return errs
}

func validateAmounts(list corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range slices.Sorted(maps.Keys(list)) {
		errs = append(errs, rules.ResourceValue(string(name), list[name], path.Key(string(name)))...)
	}
	return errs
}

func validateTaints(taints []corev1.Taint, path *field.Path) field.ErrorList {
	type id struct {
		key    string
		effect corev1.TaintEffect
	}
	seen := make(map[id]bool, len(taints))
	var errs field.ErrorList
	for i := range taints {
		t, at := &taints[i], path.Index(i)
		errs = append(errs, metavalidation.ValidateLabelName(t.Key, at.Child("key"))...)
		if msgs := validation.IsValidLabelValue(t.Value); len(msgs) > 0 {
			errs = append(errs, field.Invalid(at.Child("value"), t.Value, strings.Join(msgs, ";")))
		}
		errs = append(errs, rules.TaintEffect(t.Effect, at.Child("effect"))...)
		this := id{t.Key, t.Effect}
		if seen[this] {
			e := field.Duplicate(at, rules.Shown(t))
			e.Detail = "taints must be unique by key and effect pair"
			errs = append(errs, e)
		}
		seen[this] = true
	}
	return errs
}
