package replicationcontroller

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(r, old *corev1.ReplicationController) { r.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(r, _ *corev1.ReplicationController) field.ErrorList {
	path, s := field.NewPath("status"), &r.Status
	errs := rules.NonNegative(s.Replicas, path.Child("replicas"))
	errs = append(errs, rules.NonNegative(s.FullyLabeledReplicas, path.Child("fullyLabeledReplicas"))...)
	errs = append(errs, rules.NonNegative(s.ReadyReplicas, path.Child("readyReplicas"))...)
	errs = append(errs, rules.NonNegative(s.AvailableReplicas, path.Child("availableReplicas"))...)
	errs = append(errs, rules.NonNegative(s.ObservedGeneration, path.Child("observedGeneration"))...)
	for _, part := range []struct {
		name      string
		count     int32
		whole     int32
		wholeName string
	}{
		{"fullyLabeledReplicas", s.FullyLabeledReplicas, s.Replicas, "status.replicas"},
		{"readyReplicas", s.ReadyReplicas, s.Replicas, "status.replicas"},
		{"availableReplicas", s.AvailableReplicas, s.Replicas, "status.replicas"},
		{"availableReplicas", s.AvailableReplicas, s.ReadyReplicas, "readyReplicas"},
	} {
		if part.count > part.whole {
			errs = append(errs, field.Invalid(path.Child(part.name), part.count, "cannot be greater than "+part.wholeName))
		}
	}
	return errs
}
