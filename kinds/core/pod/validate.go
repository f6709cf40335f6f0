package pod

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
)

func validate(p *corev1.Pod) field.ErrorList {
	errs := validateSpec(p, nil)
	path := field.NewPath("spec")
	if len(p.Spec.EphemeralContainers) > 0 {
		errs = append(errs, field.Forbidden(path.Child("ephemeralContainers"), "cannot be set on create"))
	}
	if p.Spec.NodeName != "" && len(p.Spec.SchedulingGates) > 0 {
		errs = append(errs, field.Forbidden(path.Child("nodeName"), "cannot be set until all schedulingGates have been cleared"))
	}
	return errs
}

// validateSpec checks the pod as it stands; old excuses what was accepted before.
func validateSpec(p, old *corev1.Pod) field.ErrorList {
	errs := validateAnnotations(p, field.NewPath("metadata", "annotations"))
	var before *corev1.PodSpec
	if old != nil {
		before = &old.Spec
	}
	return append(errs, podtemplate.ValidatePodSpec(&p.ObjectMeta, &p.Spec, before, field.NewPath("spec"))...)
}

func validateAnnotations(p *corev1.Pod, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if mirror, ok := p.Annotations[corev1.MirrorPodAnnotationKey]; ok && p.Spec.NodeName == "" {
		errs = append(errs, field.Invalid(path.Key(corev1.MirrorPodAnnotationKey), mirror, "must set spec.nodeName if mirror pod annotation is set"))
	}
	if cost, ok := p.Annotations[corev1.PodDeletionCost]; ok {
		if _, err := parseDeletionCost(cost); err != nil {
			errs = append(errs, field.Invalid(path.Key(corev1.PodDeletionCost), cost, "must be a 32bit integer"))
		}
	}
	return errs
}

// A plus sign and leading zeros are no part of a cost: the same number has one spelling.
func parseDeletionCost(s string) (int32, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err == nil && strconv.FormatInt(n, 10) != s {
		err = fmt.Errorf("%q is not the usual spelling of %d", s, n)
	}
	return int32(n), err
}

func validateAnnotationChange(p, old *corev1.Pod, path *field.Path) field.ErrorList {
	at := path.Key(corev1.MirrorPodAnnotationKey)
	now, has := p.Annotations[corev1.MirrorPodAnnotationKey]
	before, had := old.Annotations[corev1.MirrorPodAnnotationKey]
	switch {
	case had && (!has || now != before):
		return field.ErrorList{field.Forbidden(at, "may not remove or update mirror pod annotation")}
	case has && !had:
		return field.ErrorList{field.Forbidden(at, "may not add mirror pod annotation")}
	}
	return nil
}
