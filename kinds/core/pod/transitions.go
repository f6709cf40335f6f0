package pod

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/facts/pods"
)

// validateTransitions keeps a container that has ended for good from coming to life again.
func validateTransitions(p, old *corev1.Pod, path *field.Path) field.ErrorList {
	if slices.ContainsFunc(p.Spec.Containers, restartsAll) || slices.ContainsFunc(p.Spec.InitContainers, restartsAll) {
		return nil // one container's end may bring every other to life again
	}
	containers, inits := byName(p.Spec.Containers), byName(p.Spec.InitContainers)
	errs := ended(p.Status.ContainerStatuses, old.Status.ContainerStatuses, path.Child("containerStatuses"), func(name string, code int32) bool {
		return restarts(containers[name], p.Spec.RestartPolicy, code)
	})
	return append(errs, ended(p.Status.InitContainerStatuses, old.Status.InitContainerStatuses, path.Child("initContainerStatuses"), func(name string, code int32) bool {
		c := inits[name]
		return c != nil && (pods.Sidecar(c) || len(c.RestartPolicyRules) > 0) || p.Spec.RestartPolicy == corev1.RestartPolicyAlways || code != 0 && p.Spec.RestartPolicy != corev1.RestartPolicyNever
	})...)
}

func ended(now, before []corev1.ContainerStatus, path *field.Path, again func(name string, code int32) bool) field.ErrorList {
	over := make(map[string]bool, len(before))
	for i := range before {
		if t := before[i].State.Terminated; t != nil && !again(before[i].Name, t.ExitCode) {
			over[before[i].Name] = true
		}
	}
	var errs field.ErrorList
	for i := range now {
		if over[now[i].Name] && now[i].State.Terminated == nil {
			errs = append(errs, field.Forbidden(path.Index(i).Child("state"), "may not be transitioned to non-terminated state"))
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

func restartsAll(c corev1.Container) bool {
	return slices.ContainsFunc(c.RestartPolicyRules, func(r corev1.ContainerRestartRule) bool {
		return r.Action == corev1.ContainerRestartRuleActionRestartAllContainers
	})
}

func byName(list []corev1.Container) map[string]*corev1.Container {
	m := make(map[string]*corev1.Container, len(list))
	for i := range list {
		m[list[i].Name] = &list[i]
	}
	return m
}
