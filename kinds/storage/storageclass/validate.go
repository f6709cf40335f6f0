package storageclass

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
	"argosy.dev/kinds/storage/parameters"
)

func validate(c *storagev1.StorageClass) field.ErrorList {
	errs := parameters.ValidateProvisioner(c.Provisioner, field.NewPath("provisioner"))
	errs = append(errs, parameters.Validate(c.Parameters, true, field.NewPath("parameters"))...)
	if p := c.ReclaimPolicy; p != nil && *p != "" {
		errs = append(errs, rules.In(*p, field.NewPath("reclaimPolicy"), corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRetain)...)
	}
	at := field.NewPath("volumeBindingMode")
	if m := c.VolumeBindingMode; m == nil {
		errs = append(errs, field.Required(at, ""))
	} else {
		errs = append(errs, rules.In(*m, at, storagev1.VolumeBindingImmediate, storagev1.VolumeBindingWaitForFirstConsumer)...)
	}
	return append(errs, validateTopologies(c.AllowedTopologies, field.NewPath("allowedTopologies"))...)
}

// Volumes of a class are all alike, whenever they were made.
func validateUpdate(c, old *storagev1.StorageClass) field.ErrorList {
	errs := validate(c)
	errs = append(errs, rules.Immutable(c.Parameters, old.Parameters, field.NewPath("parameters"))...)
	errs = append(errs, rules.Immutable(c.Provisioner, old.Provisioner, field.NewPath("provisioner"))...)
	errs = append(errs, rules.Immutable(c.ReclaimPolicy, old.ReclaimPolicy, field.NewPath("reclaimPolicy"))...)
	return append(errs, rules.Immutable(c.VolumeBindingMode, old.VolumeBindingMode, field.NewPath("volumeBindingMode"))...)
}

func validateTopologies(terms []corev1.TopologySelectorTerm, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[string]bool{"": true} // a term without expressions selects nothing that another would not
	for i := range terms {
		at := path.Index(i).Child("matchLabelExpressions")
		errs = append(errs, validateTerm(terms[i].MatchLabelExpressions, at)...)
		id := identify(terms[i].MatchLabelExpressions)
		if seen[id] {
			errs = append(errs, field.Duplicate(at, ""))
		}
		seen[id] = true
	}
	return errs
}

func validateTerm(list []corev1.TopologySelectorLabelRequirement, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	keys := make(map[string]bool, len(list))
	for i := range list {
		r, at := &list[i], path.Index(i)
		if len(r.Values) == 0 {
			errs = append(errs, field.Required(at.Child("values"), ""))
		}
		values := make(map[string]bool, len(r.Values))
		for j, v := range r.Values {
			if values[v] {
				errs = append(errs, field.Duplicate(at.Child("values").Index(j), v))
			}
			values[v] = true
		}
		errs = append(errs, metavalidation.ValidateLabelName(r.Key, at.Child("key"))...)
		if keys[r.Key] {
			errs = append(errs, field.Duplicate(at.Child("key"), r.Key))
		}
		keys[r.Key] = true
	}
	return errs
}

// identify writes a term so that terms which select the same are written the same.
func identify(list []corev1.TopologySelectorLabelRequirement) string {
	var parts []string
	for i := range list {
		values := slices.Compact(slices.Sorted(slices.Values(list[i].Values)))
		parts = append(parts, list[i].Key+"\x01"+strings.Join(values, "\x02"))
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x00")
}
