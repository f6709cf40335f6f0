package daemonset

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
		Validate: kinds.AskWith(validateStatus),
	}
}

func prepareStatus(d, old *appsv1.DaemonSet) {
	d.Spec = old.Spec
	setTemplateGeneration(d, templateGeneration(old))
}

func validateStatus(d, old *appsv1.DaemonSet) field.ErrorList {
	path, s := field.NewPath("status"), &d.Status
	var errs field.ErrorList
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"currentNumberScheduled", int64(s.CurrentNumberScheduled)},
		{"numberMisscheduled", int64(s.NumberMisscheduled)},
		{"desiredNumberScheduled", int64(s.DesiredNumberScheduled)},
		{"numberReady", int64(s.NumberReady)},
		{"observedGeneration", s.ObservedGeneration},
		{"updatedNumberScheduled", int64(s.UpdatedNumberScheduled)},
		{"numberAvailable", int64(s.NumberAvailable)},
		{"numberUnavailable", int64(s.NumberUnavailable)},
	} {
		errs = append(errs, rules.NonNegative(n.value, path.Child(n.name))...)
	}
	errs = append(errs, rules.OptionalNonNegative(s.CollisionCount, path.Child("collisionCount"))...)
	if before, now := old.Status.CollisionCount, d.Status.CollisionCount; before != nil && (now == nil || *now < *before) {
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
