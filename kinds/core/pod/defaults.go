package pod

import (
	corev1 "k8s.io/api/core/v1"
	helpers "k8s.io/component-helpers/resource"

	"argosy.dev/kinds/core/podtemplate"
)

func setDefaults(p *corev1.Pod) {
	for _, list := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for i := range list {
			requestLimits(&list[i].Resources)
		}
	}
	podtemplate.DefaultSpec(&p.Spec)
	requestForPod(p)
	if p.Spec.EnableServiceLinks == nil {
		p.Spec.EnableServiceLinks = new(corev1.DefaultEnableServiceLinks)
	}
	if p.Spec.HostNetwork {
		defaultHostPorts(p.Spec.InitContainers)
		defaultHostPorts(p.Spec.Containers)
	}
	defaultAddresses(&p.Status)
}

// Who limits a resource and requests nothing asks for all that the limit allows.
func requestLimits(r *corev1.ResourceRequirements) {
	for name, limit := range r.Limits {
		if _, ok := r.Requests[name]; ok {
			continue
		}
		if r.Requests == nil {
			r.Requests = corev1.ResourceList{}
		}
		r.Requests[name] = limit.DeepCopy()
	}
}

// Where a pod states resources as a whole, it requests what its containers do; where they do not, what its limits allow. (KEP-2837)
func requestForPod(p *corev1.Pod) {
	r := p.Spec.Resources
	if r == nil {
		return
	}
	ask := func(name corev1.ResourceName, from corev1.ResourceList) {
		q, ok := from[name]
		if _, has := r.Requests[name]; has || !ok || !helpers.IsSupportedPodLevelResource(name) {
			return
		}
		if r.Requests == nil {
			r.Requests = corev1.ResourceList{}
		}
		r.Requests[name] = q.DeepCopy()
	}
	containers := helpers.AggregateContainerRequests(p, helpers.PodResourcesOptions{})
	for name := range containers {
		ask(name, containers)
	}
	for name := range r.Limits {
		ask(name, r.Limits)
	}
}

// In its node's network a pod cannot have other ports than the node's.
func defaultHostPorts(containers []corev1.Container) {
	for i := range containers {
		for j := range containers[i].Ports {
			if port := &containers[i].Ports[j]; port.HostPort == 0 {
				port.HostPort = port.ContainerPort
			}
		}
	}
}

// podIP is the older form of the first of podIPs. Where the two disagree, the older one was meant.
func defaultAddresses(s *corev1.PodStatus) {
	switch {
	case s.PodIP != "" && (len(s.PodIPs) == 0 || s.PodIPs[0].IP != s.PodIP):
		s.PodIPs = []corev1.PodIP{{IP: s.PodIP}}
	case s.PodIP == "" && len(s.PodIPs) > 0:
		s.PodIP = s.PodIPs[0].IP
	}
}
