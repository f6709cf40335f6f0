package deployment

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareStatus),
		Resets:   []string{"metadata.labels", "spec"},
		Validate: kinds.AskWith(validateStatus),
	}
}

func prepareStatus(d, old *appsv1.Deployment) {
	d.Spec = old.Spec
	d.Labels = old.Labels
}

func validateStatus(d, old *appsv1.Deployment) field.ErrorList {
	path := field.NewPath("status")
	errs := validateCounts(&d.Status, path)
	errs = append(errs, rules.OptionalNonNegative(d.Status.CollisionCount, path.Child("collisionCount"))...)
	if before := old.Status.CollisionCount; before != nil {
		if now := d.Status.CollisionCount; now == nil || *now < *before {
			errs = append(errs, field.Invalid(path.Child("collisionCount"), now, "cannot be decremented"))
		}
	}
	return errs
}

func validateCounts(s *appsv1.DeploymentStatus, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"observedGeneration", s.ObservedGeneration},
		{"replicas", int64(s.Replicas)},
		{"updatedReplicas", int64(s.UpdatedReplicas)},
		{"readyReplicas", int64(s.ReadyReplicas)},
		{"availableReplicas", int64(s.AvailableReplicas)},
		{"unavailableReplicas", int64(s.UnavailableReplicas)},
	} {
		errs = append(errs, rules.NonNegative(n.value, path.Child(n.name))...)
	}
	errs = append(errs, rules.OptionalNonNegative(s.TerminatingReplicas, path.Child("terminatingReplicas"))...)
	const more = "cannot be greater than "
	if s.UpdatedReplicas > s.Replicas {
		errs = append(errs, field.Invalid(path.Child("updatedReplicas"), s.UpdatedReplicas, more+"status.replicas"))
	}
	if s.ReadyReplicas > s.Replicas {
		errs = append(errs, field.Invalid(path.Child("readyReplicas"), s.ReadyReplicas, more+"status.replicas"))
	}
	if s.AvailableReplicas > s.Replicas {
		errs = append(errs, field.Invalid(path.Child("availableReplicas"), s.AvailableReplicas, more+"status.replicas"))
	}
	if s.AvailableReplicas > s.ReadyReplicas {
		errs = append(errs, field.Invalid(path.Child("availableReplicas"), s.AvailableReplicas, more+"readyReplicas"))
	}
	return errs
}
