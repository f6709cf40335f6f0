package persistentvolumeclaim

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(c, old *corev1.PersistentVolumeClaim) { c.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(c, _ *corev1.PersistentVolumeClaim) field.ErrorList {
	path := field.NewPath("status")
	errs := validateAmounts(c.Status.Capacity, path.Child("capacity"))
	at := path.Child("allocatedResources")
	for name := range c.Status.AllocatedResources {
		errs = append(errs, validateAllocatedName(name, at)...)
	}
	errs = append(errs, validateAmounts(c.Status.AllocatedResources, at)...)
	at = path.Child("allocatedResourceStatuses")
	for name, state := range c.Status.AllocatedResourceStatuses {
		errs = append(errs, validateAllocatedName(name, at)...)
		errs = append(errs, rules.In(state, at, corev1.PersistentVolumeClaimControllerResizeInProgress,
			corev1.PersistentVolumeClaimControllerResizeInfeasible, corev1.PersistentVolumeClaimNodeResizePending,
			corev1.PersistentVolumeClaimNodeResizeInProgress, corev1.PersistentVolumeClaimNodeResizeInfeasible)...)
	}
	return errs
}

func validateAmounts(list corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for name, q := range list {
		if q.Value() < 0 {
			errs = append(errs, field.Invalid(path.Key(string(name)), q.Value(), "must be a valid resource quantity"))
		}
	}
	return errs
}

// Storage is what claims are for; drivers may grow what else they have.
func validateAllocatedName(name corev1.ResourceName, path *field.Path) field.ErrorList {
	errs := rules.Each(validation.IsQualifiedName(string(name)), string(name), path)
	if len(errs) == 0 && name != corev1.ResourceStorage && rules.NativeResource(string(name)) {
		errs = append(errs, field.NotSupported(path, name, []corev1.ResourceName{corev1.ResourceStorage}))
	}
	return errs
}
