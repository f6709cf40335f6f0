package service

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// What the cluster gave to a service is kept when a writer leaves it out, and dropped when the service has
// changed to a type without it and the writer merely sent back what was there.

func needsClusterIP(spec *corev1.ServiceSpec) bool {
	return spec.Type != corev1.ServiceTypeExternalName
}

func needsNodePorts(spec *corev1.ServiceSpec) bool {
	return spec.Type == corev1.ServiceTypeNodePort ||
		spec.Type == corev1.ServiceTypeLoadBalancer && (spec.AllocateLoadBalancerNodePorts == nil || *spec.AllocateLoadBalancerNodePorts)
}

func needsHealthPort(spec *corev1.ServiceSpec) bool {
	return spec.Type == corev1.ServiceTypeLoadBalancer && spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
}

// clusterIP and the first of clusterIPs are the same; whichever of the two was changed leads.
func followClusterIP(spec, old *corev1.ServiceSpec) {
	same := slices.Equal(spec.ClusterIPs, old.ClusterIPs)
	switch {
	case spec.ClusterIP == old.ClusterIP:
	case spec.ClusterIP == "" && old.ClusterIP != "" && same:
		spec.ClusterIPs = nil
	case spec.ClusterIP != "" && (len(spec.ClusterIPs) == 0 || same):
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
}

func keepAllocated(spec, old *corev1.ServiceSpec) {
	if needsClusterIP(spec) && needsClusterIP(old) {
		if spec.ClusterIP == "" {
			spec.ClusterIP = old.ClusterIP
		}
		if len(spec.ClusterIPs) == 0 && spec.ClusterIP == old.ClusterIP {
			spec.ClusterIPs = old.ClusterIPs
		}
	}
	if needsNodePorts(spec) && needsNodePorts(old) {
		keepNodePorts(spec.Ports, old.Ports)
	}
	if needsHealthPort(spec) && needsHealthPort(old) && spec.HealthCheckNodePort == 0 {
		spec.HealthCheckNodePort = old.HealthCheckNodePort
	}
}

type portKey struct {
	protocol corev1.Protocol
	port     int32
}

func keepNodePorts(ports, old []corev1.ServicePort) {
	had, used := make(map[portKey]int32, len(old)), make(map[int32]bool, len(ports))
	for _, p := range old {
		had[portKey{p.Protocol, p.Port}] = p.NodePort
	}
	for _, p := range ports {
		used[p.NodePort] = true
	}
	for i := range ports {
		p := &ports[i]
		if n := had[portKey{p.Protocol, p.Port}]; p.NodePort == 0 && !used[n] {
			p.NodePort, used[n] = n, true
		}
	}
}

func dropUnneeded(spec, old *corev1.ServiceSpec) {
	if needsClusterIP(old) && !needsClusterIP(spec) {
		dropAddresses(spec, old)
	}
	if needsNodePorts(old) && !needsNodePorts(spec) && sameNodePorts(spec.Ports, old.Ports) {
		for i := range spec.Ports {
			spec.Ports[i].NodePort = 0
		}
	}
	if needsHealthPort(old) && !needsHealthPort(spec) && spec.HealthCheckNodePort == old.HealthCheckNodePort {
		spec.HealthCheckNodePort = 0
	}
	if old.Type == corev1.ServiceTypeLoadBalancer && spec.Type != corev1.ServiceTypeLoadBalancer {
		if samePtr(spec.AllocateLoadBalancerNodePorts, old.AllocateLoadBalancerNodePorts) {
			spec.AllocateLoadBalancerNodePorts = nil
		}
		if samePtr(spec.LoadBalancerClass, old.LoadBalancerClass) {
			spec.LoadBalancerClass = nil
		}
	}
	if external(old) && !external(spec) && spec.ExternalTrafficPolicy == old.ExternalTrafficPolicy {
		spec.ExternalTrafficPolicy = ""
	}
}

func dropAddresses(spec, old *corev1.ServiceSpec) {
	if spec.ClusterIP == old.ClusterIP && slices.Equal(spec.ClusterIPs, old.ClusterIPs) {
		spec.ClusterIP, spec.ClusterIPs = "", nil
	}
	if slices.Equal(spec.IPFamilies, old.IPFamilies) {
		spec.IPFamilies = nil
	}
	if samePtr(spec.IPFamilyPolicy, old.IPFamilyPolicy) {
		spec.IPFamilyPolicy = nil
	}
}

func sameNodePorts(ports, old []corev1.ServicePort) bool {
	of := func(list []corev1.ServicePort) []int32 {
		var numbers []int32
		for _, p := range list {
			if p.NodePort != 0 {
				numbers = append(numbers, p.NodePort)
			}
		}
		slices.Sort(numbers)
		return numbers
	}
	return slices.Equal(of(ports), of(old))
}

func samePtr[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
