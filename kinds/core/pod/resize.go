package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/facts/pods"
	"argosy.dev/kinds"
)

// resizing changes what containers of a running pod ask for and may use. (KEP-1287)
func resizing() kinds.Subresource {
	return kinds.Subresource{
		Name:     "resize",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(keepAllButResources),
		Validate: kinds.AskWith(validateResize),
	}
}

// keepAllButResources takes nothing but resources and the policies of their change, of containers that there are.
func keepAllButResources(p, old *corev1.Pod) {
	kept := old.DeepCopy()
	kept.ResourceVersion, kept.ManagedFields = p.ResourceVersion, p.ManagedFields
	resources := func(kept, now []corev1.Container) {
		for i := range kept {
			for j := range now {
				if now[j].Name == kept[i].Name {
					kept[i].Resources, kept[i].ResizePolicy = now[j].Resources, now[j].ResizePolicy
				}
			}
		}
	}
	resources(kept.Spec.InitContainers, p.Spec.InitContainers)
	resources(kept.Spec.Containers, p.Spec.Containers)
	*p = *kept
}

func validateResize(p, old *corev1.Pod) field.ErrorList {
	errs := validateSpec(p, old)
	path := field.NewPath("spec")
	if _, static := old.Annotations[corev1.MirrorPodAnnotationKey]; static {
		errs = append(errs, field.Forbidden(field.NewPath(""), "static pods cannot be resized"))
	}
	if p.Spec.OS != nil && p.Spec.OS.Name == corev1.Windows {
		errs = append(errs, field.Forbidden(field.NewPath(""), "windows pods cannot be resized"))
	}
	if pods.QOS(&p.Spec) != old.Status.QOSClass && old.Status.QOSClass != "" {
		errs = append(errs, field.Invalid(path, old.Status.QOSClass, "Pod QOS Class may not change as a result of resizing"))
	}
	errs = append(errs, validateRemovals(p.Spec.Containers, old.Spec.Containers, path.Child("containers"))...)
	errs = append(errs, validateRemovals(p.Spec.InitContainers, old.Spec.InitContainers, path.Child("initContainers"))...)
	if !equality.Semantic.DeepEqual(fixed(&p.Spec), fixed(&old.Spec)) {
		errs = append(errs, field.Forbidden(path, "only cpu and memory resources are mutable"))
	}
	return errs
}

// fixed is what no resize changes: all but the processors and the memory of containers that run as long as the pod.
func fixed(spec *corev1.PodSpec) *corev1.PodSpec {
	rest := spec.DeepCopy()
	for i := range rest.InitContainers {
		if pods.Sidecar(&rest.InitContainers[i]) {
			dropMutable(&rest.InitContainers[i])
		}
	}
	for i := range rest.Containers {
		dropMutable(&rest.Containers[i])
	}
	return rest
}

func dropMutable(c *corev1.Container) {
	for _, list := range []*corev1.ResourceList{&c.Resources.Requests, &c.Resources.Limits} {
		for name := range *list {
			if mutable(name) {
				delete(*list, name)
			}
		}
		if len(*list) == 0 {
			*list = nil
		}
	}
}

func mutable(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory
}

func validateRemovals(now, before []corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range min(len(now), len(before)) {
		errs = append(errs, validateRemoval(&now[i], &before[i], path.Index(i).Child("resources"))...)
	}
	return errs
}

func validateRemoval(c, old *corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	removed := func(now, before corev1.ResourceList) bool {
		for name := range before {
			if _, ok := now[name]; !ok && mutable(name) {
				return true
			}
		}
		return false
	}
	if removed(c.Resources.Requests, old.Resources.Requests) {
		errs = append(errs, field.Forbidden(path.Child("requests"), "resource requests cannot be removed"))
	}
	if removed(c.Resources.Limits, old.Resources.Limits) {
		errs = append(errs, field.Forbidden(path.Child("limits"), "resource limits cannot be removed"))
	}
	return errs
}
