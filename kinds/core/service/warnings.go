package service

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func warnings(s, _ *corev1.Service) []string {
	spec, path := &s.Spec, field.NewPath("spec")
	var list []string
	if _, ok := s.Annotations[corev1.DeprecatedAnnotationTopologyAwareHints]; ok {
		list = append(list, fmt.Sprintf("annotation %s is deprecated, please use %s instead", corev1.DeprecatedAnnotationTopologyAwareHints, corev1.AnnotationTopologyMode))
	}
	if headless(spec) {
		if spec.LoadBalancerIP != "" {
			list = append(list, "spec.loadBalancerIP is ignored for headless services")
		}
		if len(spec.ExternalIPs) > 0 {
			list = append(list, "spec.externalIPs is ignored for headless services")
		}
		if spec.SessionAffinity != corev1.ServiceAffinityNone {
			list = append(list, "spec.SessionAffinity is ignored for headless services")
		}
	}
	for i, ip := range spec.ClusterIPs {
		if ip != corev1.ClusterIPNone {
			list = append(list, validation.GetWarningsForIP(path.Child("clusterIPs").Index(i), ip)...)
		}
	}
	if len(spec.ExternalIPs) > 0 {
		list = append(list, "spec.externalIPs is deprecated and may no longer be implemented in some clusters")
	}
	for i, ip := range spec.ExternalIPs {
		list = append(list, validation.GetWarningsForIP(path.Child("externalIPs").Index(i), ip)...)
	}
	if rules.IsIP(spec.LoadBalancerIP) { // any text is allowed
		list = append(list, validation.GetWarningsForIP(path.Child("loadBalancerIP"), spec.LoadBalancerIP)...)
	}
	for i, cidr := range spec.LoadBalancerSourceRanges {
		list = append(list, validation.GetWarningsForCIDR(path.Child("loadBalancerSourceRanges").Index(i), cidr)...)
	}
	if spec.Type == corev1.ServiceTypeExternalName && len(spec.ExternalIPs) > 0 {
		list = append(list, fmt.Sprintf("spec.externalIPs is ignored when spec.type is %q", corev1.ServiceTypeExternalName))
	}
	if spec.Type != corev1.ServiceTypeExternalName && spec.ExternalName != "" {
		list = append(list, fmt.Sprintf("spec.externalName is ignored when spec.type is not %q", corev1.ServiceTypeExternalName))
	}
	if d := spec.TrafficDistribution; d != nil && *d == corev1.ServiceTrafficDistributionPreferClose {
		list = append(list, fmt.Sprintf("spec.trafficDistribution: %q is deprecated; use %q", corev1.ServiceTrafficDistributionPreferClose, corev1.ServiceTrafficDistributionPreferSameZone))
	}
	return list
}
