package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/facts/pods"
)

// validateTransitions keeps a container that has ended for good from coming to life again.
func validateTransitions(p, old *corev1.Pod, path *field.Path) field.ErrorList {
	errs := ended(p.Status.ContainerStatuses, old.Status.ContainerStatuses, path.Child("containerStatuses"), func(name string, code int32) bool {
		return restarts(find(p.Spec.Containers, name), p.Spec.RestartPolicy, code)
	})
	return append(errs, ended(p.Status.InitContainerStatuses, old.Status.InitContainerStatuses, path.Child("initContainerStatuses"), func(name string, code int32) bool {
		c := find(p.Spec.InitContainers, name)
		return c != nil && pods.Sidecar(c) || code != 0 && p.Spec.RestartPolicy != corev1.RestartPolicyNever
	})...)
}

func ended(now, before []corev1.ContainerStatus, path *field.Path, again func(name string, code int32) bool) field.ErrorList {
	var errs field.ErrorList
	for i := range before {
		was := &before[i]
		if was.State.Terminated == nil || again(was.Name, was.State.Terminated.ExitCode) {
			continue
		}
		for j := range now {
			if now[j].Name == was.Name && now[j].State.Terminated == nil {
				errs = append(errs, field.Forbidden(path.Index(j).Child("state"), "may not be transitioned to non-terminated state"))
			}
		}
	}
	return errs
}

func restarts(c *corev1.Container, policy corev1.RestartPolicy, code int32) bool {
	if c != nil && (c.RestartPolicy != nil || len(c.RestartPolicyRules) > 0) {
		return true // the container's own rules decide
	}
	switch policy {
	case corev1.RestartPolicyAlways:
		return true
	case corev1.RestartPolicyOnFailure:
		return code != 0
	}
	return false
}

func find(list []corev1.Container, name string) *corev1.Container {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}
