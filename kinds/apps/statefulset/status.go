package statefulset

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
		Prepare:  kinds.DoWith(func(s, old *appsv1.StatefulSet) { s.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(s, old *appsv1.StatefulSet) field.ErrorList {
	path := field.NewPath("status")
	errs := validateCounts(&s.Status, path)
	if before, now := old.Status.CollisionCount, s.Status.CollisionCount; before != nil && (now == nil || *now < *before) {
		errs = append(errs, field.Invalid(path.Child("collisionCount"), count(now), "cannot be decremented"))
	}
	return errs
}

func count(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

func validateCounts(s *appsv1.StatefulSetStatus, path *field.Path) field.ErrorList {
	errs := rules.NonNegative(s.Replicas, path.Child("replicas"))
	errs = append(errs, rules.NonNegative(s.ReadyReplicas, path.Child("readyReplicas"))...)
	errs = append(errs, rules.NonNegative(s.CurrentReplicas, path.Child("currentReplicas"))...)
	errs = append(errs, rules.NonNegative(s.UpdatedReplicas, path.Child("updatedReplicas"))...)
	errs = append(errs, rules.NonNegative(s.AvailableReplicas, path.Child("availableReplicas"))...)
	errs = append(errs, rules.NonNegative(s.ObservedGeneration, path.Child("observedGeneration"))...)
	errs = append(errs, rules.OptionalNonNegative(s.CollisionCount, path.Child("collisionCount"))...)
	for _, part := range []struct {
		name      string
		count     int32
		whole     int32
		wholeName string
	}{
		{"readyReplicas", s.ReadyReplicas, s.Replicas, "replicas"},
		{"currentReplicas", s.CurrentReplicas, s.Replicas, "replicas"},
		{"updatedReplicas", s.UpdatedReplicas, s.Replicas, "replicas"},
		{"availableReplicas", s.AvailableReplicas, s.Replicas, "replicas"},
		{"availableReplicas", s.AvailableReplicas, s.ReadyReplicas, "readyReplicas"},
	} {
		if part.count > part.whole {
			errs = append(errs, field.Invalid(path.Child(part.name), part.count, "cannot be greater than status."+part.wholeName))
		}
	}
	return errs
}
