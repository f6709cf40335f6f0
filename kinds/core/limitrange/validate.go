package limitrange

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(r *corev1.LimitRange) field.ErrorList {
	path := field.NewPath("spec", "limits")
	var errs field.ErrorList
	seen := map[corev1.LimitType]bool{}
	for i := range r.Spec.Limits {
		item, at := &r.Spec.Limits[i], path.Index(i)
		errs = append(errs, validateType(item.Type, at.Child("type"))...)
		if seen[item.Type] {
			errs = append(errs, field.Duplicate(at.Child("type"), item.Type))
		}
		seen[item.Type] = true
		errs = append(errs, validateItem(item, at)...)
	}
	return errs
}

func validateType(kind corev1.LimitType, path *field.Path) field.ErrorList {
	errs := rules.Each(utilvalidation.IsQualifiedName(string(kind)), string(kind), path)
	known := []corev1.LimitType{corev1.LimitTypePod, corev1.LimitTypeContainer, corev1.LimitTypePersistentVolumeClaim}
	if len(errs) == 0 && !strings.Contains(string(kind), "/") && !slices.Contains(known, kind) {
		errs = append(errs, field.Invalid(path, string(kind), "must be a standard limit type or fully qualified"))
	}
	return errs
}

func validateItem(item *corev1.LimitRangeItem, path *field.Path) field.ErrorList {
	errs := validateNames(item.Type, item.Max, path.Child("max"))
	errs = append(errs, validateNames(item.Type, item.Min, path.Child("min"))...)
	if item.Type == corev1.LimitTypePod {
		// Pods have no resources of their own that could be filled in.
		const message = "may not be specified when `type` is 'Pod'"
		if len(item.Default) > 0 {
			errs = append(errs, field.Forbidden(path.Child("default"), message))
		}
		if len(item.DefaultRequest) > 0 {
			errs = append(errs, field.Forbidden(path.Child("defaultRequest"), message))
		}
	} else {
		errs = append(errs, validateNames(item.Type, item.Default, path.Child("default"))...)
		errs = append(errs, validateNames(item.Type, item.DefaultRequest, path.Child("defaultRequest"))...)
	}
	if item.Type == corev1.LimitTypePersistentVolumeClaim {
		_, most := item.Max[corev1.ResourceStorage]
		_, least := item.Min[corev1.ResourceStorage]
		if !most && !least {
			errs = append(errs, field.Required(path.Child("limits"), "either minimum or maximum storage value is required, but neither was provided"))
		}
	}
	errs = append(errs, validateNames(item.Type, item.MaxLimitRequestRatio, path.Child("maxLimitRequestRatio"))...)
	for _, name := range names(item) {
		errs = append(errs, validateOrder(amountsOf(item, name), path)...)
	}
	return errs
}

func validateNames(kind corev1.LimitType, list corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for name := range list {
		errs = append(errs, validateName(kind, string(name), path.Key(string(name)))...)
	}
	return errs
}

func validateName(kind corev1.LimitType, name string, path *field.Path) field.ErrorList {
	if kind == corev1.LimitTypePod || kind == corev1.LimitTypeContainer {
		return podtemplate.ValidateContainerResource(name, path)
	}
	errs := rules.Each(utilvalidation.IsQualifiedName(name), name, path)
	if len(errs) == 0 && !strings.Contains(name, "/") && !rules.StandardResource(name) {
		errs = append(errs, field.Invalid(path, name, "must be a standard resource type or fully qualified"))
	}
	return errs
}
