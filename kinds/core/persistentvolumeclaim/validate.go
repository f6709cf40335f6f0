package persistentvolumeclaim

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/claim"
	"argosy.dev/kinds/rules"
)

func validate(c *corev1.PersistentVolumeClaim) field.ErrorList {
	return claim.ValidateSpec(&c.Spec, field.NewPath("spec"))
}

// validateUpdate keeps what a claim asked for, so that nobody gets more than quotas allow. A claim that has its volume can ask for a
// larger one, and for other attributes.
func validateUpdate(c, old *corev1.PersistentVolumeClaim) field.ErrorList {
	path := field.NewPath("spec")
	errs := validate(c)
	now, before := c.Spec.DeepCopy(), old.Spec.DeepCopy()
	if before.VolumeName == "" {
		before.VolumeName = now.VolumeName
	}
	if adoptsClass(old) {
		before.StorageClassName = now.StorageClassName
	}
	if c.Status.Phase == corev1.ClaimBound {
		if q, ok := before.Resources.Requests[corev1.ResourceStorage]; ok && now.Resources.Requests != nil {
			now.Resources.Requests[corev1.ResourceStorage] = q
		}
		if now.VolumeAttributesClassName != nil {
			now.VolumeAttributesClassName = before.VolumeAttributesClassName
		}
	}
	if !equality.Semantic.DeepEqual(now, before) {
		errs = append(errs, field.Forbidden(path, "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"+rules.Changes(now, before)))
	}
	errs = append(errs, validateSize(c, old, path.Child("resources", "requests", "storage"))...)
	errs = append(errs, rules.Immutable(c.Spec.VolumeMode, old.Spec.VolumeMode, path.Child("volumeMode"))...)
	return append(errs, validateAttributesClass(c, old, path.Child("volumeAttributesClassName"))...)
}

// A claim that was made when there was no default class gets the one that there is later. (KEP-3333)
func adoptsClass(old *corev1.PersistentVolumeClaim) bool {
	_, annotated := old.Annotations[corev1.BetaStorageClassAnnotation]
	return old.Spec.StorageClassName == nil && !annotated
}

// A claim that asked for too much can ask for less, but not for less than it has. (KEP-1790)
func validateSize(c, old *corev1.PersistentVolumeClaim, path *field.Path) field.ErrorList {
	now, before := c.Spec.Resources.Requests[corev1.ResourceStorage], old.Spec.Resources.Requests[corev1.ResourceStorage]
	if has := old.Status.Capacity[corev1.ResourceStorage]; now.Cmp(before) < 0 && now.Cmp(has) <= 0 {
		return field.ErrorList{field.Forbidden(path, "field can not be less than status.capacity")}
	}
	return nil
}

func validateAttributesClass(c, old *corev1.PersistentVolumeClaim, path *field.Path) field.ErrorList {
	name := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	if name(old.Spec.VolumeAttributesClassName) != "" && name(c.Spec.VolumeAttributesClassName) == "" && old.Status.Phase == corev1.ClaimBound {
		return field.ErrorList{field.Forbidden(path, "update from non-nil value to nil is forbidden")}
	}
	return nil
}
