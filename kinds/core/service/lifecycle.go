package service

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/rules"
)

func prepareCreate(s *corev1.Service) {
	s.Status = corev1.ServiceStatus{}
	if s.Spec.ClusterIP != "" && len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	}
	dropInternalPolicy(&s.Spec)
	defaultFamilies(&s.Spec)
}

func prepareUpdate(s, old *corev1.Service) {
	s.Status = old.Status
	followClusterIP(&s.Spec, &old.Spec)
	keepAllocated(&s.Spec, &old.Spec)
	dropUnneeded(&s.Spec, &old.Spec)
	dropInternalPolicy(&s.Spec)
	defaultFamilies(&s.Spec)
}

// Where no address is in the cluster, no traffic inside of it can be directed.
func dropInternalPolicy(spec *corev1.ServiceSpec) {
	if spec.Type == corev1.ServiceTypeExternalName {
		spec.InternalTrafficPolicy = nil
	}
}

// One family, that of the address, unless the user says otherwise. Without selector and address nobody but the user knows which families the
// endpoints have, and both are possible.
func defaultFamilies(spec *corev1.ServiceSpec) {
	if spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	if headless(spec) && len(spec.Selector) == 0 {
		if spec.IPFamilyPolicy == nil {
			spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
		}
		if *spec.IPFamilyPolicy != corev1.IPFamilyPolicySingleStack && len(spec.IPFamilies) < 2 {
			other := corev1.IPv6Protocol
			if slices.Equal(spec.IPFamilies, []corev1.IPFamily{corev1.IPv6Protocol}) {
				other = corev1.IPv4Protocol
			}
			if len(spec.IPFamilies) == 0 {
				spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
			}
			spec.IPFamilies = append(spec.IPFamilies, other)
		}
	}
	if spec.IPFamilyPolicy == nil {
		spec.IPFamilyPolicy = new(corev1.IPFamilyPolicySingleStack)
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
		if rules.IsIPv6(spec.ClusterIP) {
			spec.IPFamilies[0] = corev1.IPv6Protocol
		}
	}
}
