package pod

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

// ephemeralContainers adds containers for debugging to a running pod. What was added stays as it is. (KEP-277)
func ephemeralContainers() kinds.Subresource {
	return kinds.Subresource{
		Name:     "ephemeralcontainers",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(keepAllButEphemeral),
		Validate: kinds.AskWith(validateEphemeral),
	}
}

func keepAllButEphemeral(p, old *corev1.Pod) {
	kept := old.DeepCopy()
	kept.ResourceVersion, kept.ManagedFields = p.ResourceVersion, p.ManagedFields
	kept.Spec.EphemeralContainers = p.Spec.EphemeralContainers
	*p = *kept
}

func validateEphemeral(p, old *corev1.Pod) field.ErrorList {
	errs := validateSpec(p, old)
	if _, static := old.Annotations[corev1.MirrorPodAnnotationKey]; static {
		return append(errs, field.Forbidden(field.NewPath(""), "static pods do not support ephemeral containers"))
	}
	now := make(map[string]*corev1.EphemeralContainer, len(p.Spec.EphemeralContainers))
	for i := range p.Spec.EphemeralContainers {
		now[p.Spec.EphemeralContainers[i].Name] = &p.Spec.EphemeralContainers[i]
	}
	path := field.NewPath("spec", "ephemeralContainers")
	for i := range old.Spec.EphemeralContainers {
		before := &old.Spec.EphemeralContainers[i]
		if c, ok := now[before.Name]; !ok {
			errs = append(errs, field.Forbidden(path, fmt.Sprintf("existing ephemeral containers %q may not be removed\n", before.Name)))
		} else if !equality.Semantic.DeepEqual(c, before) {
			errs = append(errs, field.Forbidden(path, fmt.Sprintf("existing ephemeral containers %q may not be changed\n%s", before.Name, rules.Changes(c, before))))
		}
	}
	return errs
}
