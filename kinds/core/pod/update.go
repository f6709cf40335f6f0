package pod

import (
	"fmt"
	"math"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const updatable = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`," +
	"`spec.tolerations` (only additions to existing tolerations)," +
	"`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

// validateUpdate lets few fields of a pod change: images, the deadline, tolerations that are added, scheduling gates that
// are taken off, and while there are gates, node selectors that become narrower.
func validateUpdate(p, old *corev1.Pod) field.ErrorList {
	errs := validateSpec(p, old)
	errs = append(errs, validateAnnotationChange(p, old, field.NewPath("metadata", "annotations"))...)

	path := field.NewPath("spec")
	if len(p.Spec.Containers) != len(old.Spec.Containers) {
		return append(errs, field.Forbidden(path.Child("containers"), "pod updates may not add or remove containers"))
	}
	errs = append(errs, validateImages(p.Spec.Containers, path.Child("containers"))...)
	if len(p.Spec.InitContainers) != len(old.Spec.InitContainers) {
		return append(errs, field.Forbidden(path.Child("initContainers"), "pod updates may not add or remove containers"))
	}
	errs = append(errs, validateImages(p.Spec.InitContainers, path.Child("initContainers"))...)
	if bad := validateDeadline(p.Spec.ActiveDeadlineSeconds, old.Spec.ActiveDeadlineSeconds, path.Child("activeDeadlineSeconds")); len(bad) > 0 {
		return append(errs, bad...)
	}
	errs = append(errs, validateAddedTolerations(p.Spec.Tolerations, old.Spec.Tolerations, path.Child("tolerations"))...)
	errs = append(errs, validateGatesRemoved(p.Spec.SchedulingGates, old.Spec.SchedulingGates, path.Child("schedulingGates"))...)
	return append(errs, validateRest(p, old, path)...)
}

func validateImages(containers []corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range containers {
		if containers[i].Image == "" {
			errs = append(errs, field.Required(path.Index(i).Child("image"), ""))
		}
	}
	return errs
}

func validateDeadline(now, before *int64, path *field.Path) field.ErrorList {
	switch {
	case now == nil && before != nil:
		return field.ErrorList{field.Invalid(path, now, "must not update from a positive integer to nil value")}
	case now == nil:
		return nil
	case *now < 0 || *now > math.MaxInt32:
		return field.ErrorList{field.Invalid(path, *now, validation.InclusiveRangeError(0, math.MaxInt32))}
	case before != nil && *before < *now:
		return field.ErrorList{field.Invalid(path, *now, "must be less than or equal to previous value")}
	}
	return nil
}

// Of a toleration that is there only the seconds may change.
func validateAddedTolerations(now, before []corev1.Toleration, path *field.Path) field.ErrorList {
	type id struct {
		key, value string
		operator   corev1.TolerationOperator
		effect     corev1.TaintEffect
	}
	of := func(t *corev1.Toleration) id { return id{t.Key, t.Value, t.Operator, t.Effect} }
	has := make(map[id]bool, len(now))
	for i := range now {
		has[of(&now[i])] = true
	}
	for i := range before {
		if !has[of(&before[i])] {
			return field.ErrorList{field.Forbidden(path, "existing toleration can not be modified except its tolerationSeconds")}
		}
	}
	return nil
}

func validateGatesRemoved(now, before []corev1.PodSchedulingGate, path *field.Path) field.ErrorList {
	had := make(map[string]bool, len(before))
	for _, g := range before {
		had[g.Name] = true
	}
	var errs field.ErrorList
	for i, g := range now {
		if !had[g.Name] {
			errs = append(errs, field.Forbidden(path.Index(i).Child("name"), fmt.Sprintf("only deletion is allowed, but found new scheduling gate '%s'", g.Name)))
		}
	}
	return errs
}

// validateRest compares what is left once all that may change is put aside.
func validateRest(p, old *corev1.Pod, path *field.Path) field.ErrorList {
	if equality.Semantic.DeepEqual(&p.Spec, &old.Spec) {
		return nil
	}
	rest := p.Spec.DeepCopy()
	for i := range rest.Containers {
		rest.Containers[i].Image = old.Spec.Containers[i].Image
	}
	for i := range rest.InitContainers {
		rest.InitContainers[i].Image = old.Spec.InitContainers[i].Image
	}
	rest.ActiveDeadlineSeconds = old.Spec.ActiveDeadlineSeconds
	rest.Tolerations = old.Spec.Tolerations
	rest.SchedulingGates = old.Spec.SchedulingGates
	if now, before := rest.TerminationGracePeriodSeconds, old.Spec.TerminationGracePeriodSeconds; before != nil && *before < 0 && now != nil && *now == 1 {
		rest.TerminationGracePeriodSeconds = before
	}
	var errs field.ErrorList
	if len(old.Spec.SchedulingGates) > 0 {
		errs = narrowPlacement(rest, &old.Spec, path)
	}
	if !equality.Semantic.DeepEqual(rest, &old.Spec) {
		errs = append(errs, field.Forbidden(path, "pod updates may not change fields other than "+updatable+"\n"+rules.Changes(rest, &old.Spec)))
	}
	return errs
}
