package serviceaddress

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	netutils "k8s.io/utils/net"
)

// families completes ipFamilies and ipFamilyPolicy on a cluster that has one family, and refuses what it cannot give. old may be nil.
func families(svc, old *corev1.Service) field.ErrorList {
	spec, path := &svc.Spec, field.NewPath("spec")
	if old != nil {
		dropSecond(spec, &old.Spec)
	}
	if spec.IPFamilyPolicy == nil && (len(spec.ClusterIPs) == 2 || len(spec.IPFamilies) == 2) {
		spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
	}
	if errs := matchPolicy(spec, path); len(errs) > 0 {
		return errs
	}
	if headless(spec) && len(spec.Selector) == 0 {
		openFamilies(spec)
		return nil
	}
	var errs field.ErrorList
	if p := spec.IPFamilyPolicy; p != nil && *p == corev1.IPFamilyPolicyRequireDualStack {
		errs = append(errs, field.Invalid(path.Child("ipFamilyPolicy"), *p, "this cluster is not configured for dual-stack services"))
	}
	for i, f := range spec.IPFamilies {
		if f != corev1.IPv4Protocol {
			errs = append(errs, field.Invalid(path.Child("ipFamilies").Index(i), f, "not configured on this cluster"))
		}
	}
	if len(errs) > 0 {
		return errs
	}
	if spec.IPFamilyPolicy == nil {
		spec.IPFamilyPolicy = new(corev1.IPFamilyPolicySingleStack)
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	return nil
}

// dropSecond follows a change of policy to one family: what the service had of the other goes, where the writer merely sent it back.
func dropSecond(spec, old *corev1.ServiceSpec) {
	was, is := old.IPFamilyPolicy, spec.IPFamilyPolicy
	if is == nil || *is != corev1.IPFamilyPolicySingleStack || was == nil || *was == corev1.IPFamilyPolicySingleStack {
		return
	}
	if len(old.IPFamilies) > 1 && len(spec.IPFamilies) > 1 && spec.IPFamilies[0] == old.IPFamilies[0] && spec.IPFamilies[1] == old.IPFamilies[1] {
		spec.IPFamilies = spec.IPFamilies[:1:1]
	}
	if len(old.ClusterIPs) > 1 && len(spec.ClusterIPs) > 1 && spec.ClusterIPs[0] == old.ClusterIPs[0] && spec.ClusterIPs[1] == old.ClusterIPs[1] {
		spec.ClusterIPs = spec.ClusterIPs[:1:1]
	}
}

// matchPolicy refuses two of anything where one is wanted, and reads families off addresses.
func matchPolicy(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if p := spec.IPFamilyPolicy; p != nil && *p == corev1.IPFamilyPolicySingleStack {
		if len(spec.ClusterIPs) == 2 {
			errs = append(errs, field.Invalid(path.Child("ipFamilyPolicy"), *p, "must be RequireDualStack or PreferDualStack when multiple 'clusterIPs' are specified"))
		}
		if len(spec.IPFamilies) == 2 {
			errs = append(errs, field.Invalid(path.Child("ipFamilyPolicy"), *p, "must be RequireDualStack or PreferDualStack when multiple 'ipFamilies' are specified"))
		}
	}
	if headless(spec) {
		return errs
	}
	for i, ip := range spec.ClusterIPs {
		if i < len(spec.IPFamilies) {
			continue
		}
		family := corev1.IPv4Protocol
		if netutils.IsIPv6String(ip) {
			family = corev1.IPv6Protocol
		}
		if family != corev1.IPv4Protocol {
			errs = append(errs, field.Invalid(path.Child("clusterIPs").Index(i), spec.ClusterIPs, fmt.Sprintf("%s is not configured on this cluster", family)))
			continue
		}
		spec.IPFamilies = append(spec.IPFamilies, family)
	}
	return errs
}

// openFamilies: without address and selector only the user knows what the endpoints are; any family may be said, and both are assumed.
func openFamilies(spec *corev1.ServiceSpec) {
	if spec.IPFamilyPolicy == nil {
		spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	if *spec.IPFamilyPolicy == corev1.IPFamilyPolicySingleStack || len(spec.IPFamilies) > 1 {
		return
	}
	other := corev1.IPv6Protocol
	if spec.IPFamilies[0] == corev1.IPv6Protocol {
		other = corev1.IPv4Protocol
	}
	spec.IPFamilies = append(spec.IPFamilies, other)
}

func headless(spec *corev1.ServiceSpec) bool {
	return len(spec.ClusterIPs) > 0 && spec.ClusterIPs[0] == corev1.ClusterIPNone
}
