package podtemplate

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	helpers "k8s.io/component-helpers/resource"
)

// validatePodResources checks the resources of the pod as a whole: only what can be shared between containers, no less than these
// request together, and no container may be allowed more than the pod. (KEP-2837)
func (s *scope) validatePodResources(path *field.Path) field.ErrorList {
	r := s.spec.Resources
	if r == nil {
		return nil
	}
	var errs field.ErrorList
	if len(r.Claims) > 0 {
		errs = append(errs, field.Forbidden(path.Child("claims"), "claims cannot be set for Resources at pod-level"))
	}
	if s.spec.OS != nil && s.spec.OS.Name == corev1.Windows {
		errs = append(errs, field.Forbidden(path, "may not be set for a windows pod"))
	}
	errs = append(errs, s.validateRequirements(&corev1.ResourceRequirements{Limits: r.Limits, Requests: r.Requests}, path)...)
	for _, part := range []struct {
		list corev1.ResourceList
		path *field.Path
	}{{r.Limits, path.Child("limits")}, {r.Requests, path.Child("requests")}} {
		for _, name := range slices.Sorted(maps.Keys(part.list)) {
			if !helpers.IsSupportedPodLevelResource(name) {
				errs = append(errs, field.NotSupported(part.path.Key(string(name)), name, supportedPodResources()))
			}
		}
	}
	errs = append(errs, s.validateTotals(r, path)...)
	return append(errs, s.validateContainerLimits(r, path.Child("limits"))...)
}

func supportedPodResources() []corev1.ResourceName {
	return slices.Sorted(maps.Keys(helpers.SupportedPodLevelResources()))
}

func (s *scope) validateTotals(r *corev1.ResourceRequirements, path *field.Path) field.ErrorList {
	total := helpers.AggregateContainerRequests(&corev1.Pod{Spec: *s.spec}, helpers.PodResourcesOptions{})
	var errs field.ErrorList
	for _, name := range slices.Sorted(maps.Keys(total)) {
		q := total[name]
		if request, ok := r.Requests[name]; ok && q.Cmp(request) > 0 {
			errs = append(errs, field.Invalid(path.Child("requests").Key(string(name)), request.String(),
				fmt.Sprintf("must be greater than or equal to aggregate container requests of %s", q.String())))
		}
	}
	return errs
}

func (s *scope) validateContainerLimits(r *corev1.ResourceRequirements, _ *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, group := range []struct {
		name string
		list []corev1.Container
	}{{"containers", s.spec.Containers}, {"initContainers", s.spec.InitContainers}} {
		for i := range group.list {
			for _, name := range slices.Sorted(maps.Keys(group.list[i].Resources.Limits)) {
				limit := group.list[i].Resources.Limits[name]
				if whole, ok := r.Limits[name]; ok && limit.Cmp(whole) > 0 {
					errs = append(errs, field.Invalid(field.NewPath("spec", group.name).Index(i).Child("resources", "limits").Key(string(name)), limit.String(),
						fmt.Sprintf("must be less than or equal to pod limits of %s", whole.String())))
				}
			}
		}
	}
	return errs
}
