package podtemplate

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validateSpread(list []corev1.TopologySpreadConstraint, path *field.Path) field.ErrorList {
	type id struct {
		key  string
		when corev1.UnsatisfiableConstraintAction
	}
	count := make(map[id]int, len(list))
	for i := range list {
		count[id{list[i].TopologyKey, list[i].WhenUnsatisfiable}]++
	}
	var errs field.ErrorList
	add := func(more field.ErrorList) { errs = append(errs, more...) }
	for i := range list {
		c, at := &list[i], path.Index(i)
		add(rules.Positive(c.MaxSkew, at.Child("maxSkew")))
		if c.TopologyKey == "" {
			add(field.ErrorList{field.Required(at.Child("topologyKey"), "can not be empty")})
		}
		add(rules.In(c.WhenUnsatisfiable, at.Child("whenUnsatisfiable"), corev1.DoNotSchedule, corev1.ScheduleAnyway))
		this := id{c.TopologyKey, c.WhenUnsatisfiable}
		if count[this]--; count[this] > 0 { // another one follows
			add(field.ErrorList{field.Duplicate(at.Child("{topologyKey, whenUnsatisfiable}"), fmt.Sprintf("{%v, %v}", c.TopologyKey, c.WhenUnsatisfiable))})
		}
		add(validateMinDomains(c, at.Child("minDomains")))
		if p := c.NodeAffinityPolicy; p != nil {
			add(rules.In(*p, at.Child("nodeAffinityPolicy"), corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore))
		}
		if p := c.NodeTaintsPolicy; p != nil {
			add(rules.In(*p, at.Child("nodeTaintsPolicy"), corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore))
		}
		add(validateSpreadKeys(c, at))
		add(metavalidation.ValidateLabelSelector(c.LabelSelector, metavalidation.LabelSelectorValidationOptions{}, at.Child("labelSelector")))
	}
	return errs
}

func validateMinDomains(c *corev1.TopologySpreadConstraint, path *field.Path) field.ErrorList {
	if c.MinDomains == nil {
		return nil
	}
	errs := rules.Positive(*c.MinDomains, path)
	if c.WhenUnsatisfiable != corev1.DoNotSchedule {
		errs = append(errs, field.Invalid(path, *c.MinDomains, fmt.Sprintf("can only use minDomains if whenUnsatisfiable=%s, not %s", corev1.DoNotSchedule, c.WhenUnsatisfiable)))
	}
	return errs
}

// A key may not be both looked up in the pod's labels and selected by hand. What the lookup itself has put into the selector is no clash.
func validateSpreadKeys(c *corev1.TopologySpreadConstraint, path *field.Path) field.ErrorList {
	errs := validateLabelKeys(c.MatchLabelKeys, "matchLabelKeys", c.LabelSelector, path)
	if c.LabelSelector == nil {
		return errs
	}
	index := make(map[string]int, len(c.MatchLabelKeys))
	for i, key := range c.MatchLabelKeys {
		index[key] = i
	}
	clash := func(key string) {
		if i, ok := index[key]; ok {
			errs = append(errs, field.Invalid(path.Index(i), key, "exists in both matchLabelKeys and labelSelector"))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.LabelSelector.MatchLabels)) {
		clash(key)
	}
	found := map[string]bool{}
	for _, r := range c.LabelSelector.MatchExpressions {
		if r.Operator == metav1.LabelSelectorOpIn && len(r.Values) == 1 && !found[r.Key] {
			found[r.Key] = true
			continue
		}
		clash(r.Key)
	}
	return errs
}
