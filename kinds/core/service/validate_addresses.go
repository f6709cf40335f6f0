package service

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	netutils "k8s.io/utils/net"

	"argosy.dev/kinds/rules"
)

const onceSet = "may not change once set"

// validateKept refuses changes of what pods and peers rely on: the address, the first family, the class of load balancer.
func validateKept(spec, old *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if needsClusterIP(spec) && needsClusterIP(old) {
		if len(old.ClusterIPs) > 0 && (len(spec.ClusterIPs) == 0 || spec.ClusterIPs[0] != old.ClusterIPs[0]) {
			errs = append(errs, field.Invalid(path.Child("clusterIPs").Index(0), spec.ClusterIPs, onceSet))
		}
		if len(old.IPFamilies) > 0 && len(spec.IPFamilies) > 0 && known(spec.IPFamilies[0]) && spec.IPFamilies[0] != old.IPFamilies[0] {
			errs = append(errs, field.Invalid(path.Child("ipFamilies").Index(0), spec.IPFamilies, onceSet))
		}
		if len(old.ClusterIPs) > 1 && len(spec.ClusterIPs) > 1 && spec.ClusterIPs[1] != old.ClusterIPs[1] {
			errs = append(errs, field.Invalid(path.Child("clusterIPs").Index(1), spec.ClusterIPs, onceSet))
		}
	}
	return errs
}

func known(f corev1.IPFamily) bool { return f == corev1.IPv4Protocol || f == corev1.IPv6Protocol }

func validateClusterIPs(spec, old *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	if !needsClusterIP(spec) {
		return nil
	}
	at := path.Child("clusterIPs")
	var errs field.ErrorList
	switch {
	case spec.ClusterIP == "" && len(spec.ClusterIPs) > 0:
		errs = append(errs, field.Invalid(at, spec.ClusterIPs, "must be empty when `clusterIP` is not specified"))
	case spec.ClusterIP != "" && len(spec.ClusterIPs) == 0:
		errs = append(errs, field.Required(at, ""))
	case spec.ClusterIP != "" && spec.ClusterIPs[0] != spec.ClusterIP:
		errs = append(errs, field.Invalid(at, spec.ClusterIPs, "first value must match `clusterIP`"))
	}
	errs = append(errs, validateFamilies(spec, path)...)
	wellFormed := true
	for i, ip := range spec.ClusterIPs {
		if i == 0 && ip == corev1.ClusterIPNone {
			if len(spec.ClusterIPs) > 1 {
				wellFormed = false
				errs = append(errs, field.Invalid(at, spec.ClusterIPs, "'None' must be the first and only value"))
			}
			continue
		}
		bad := validation.IsValidIPForLegacyField(at.Index(i), ip, true, oldClusterIPs(old))
		wellFormed = wellFormed && len(bad) == 0
		errs = append(errs, bad...)
	}
	if len(spec.ClusterIPs) > 2 {
		errs = append(errs, field.Invalid(at, spec.ClusterIPs, "may only hold up to 2 values"))
	}
	if !wellFormed || headless(spec) {
		return errs
	}
	return append(errs, matchFamilies(spec, at)...)
}

func oldClusterIPs(old *corev1.ServiceSpec) []string {
	if old == nil {
		return nil
	}
	return old.ClusterIPs
}

func validateFamilies(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := make(map[corev1.IPFamily]bool, len(spec.IPFamilies))
	for i, f := range spec.IPFamilies {
		at := path.Child("ipFamilies").Index(i)
		errs = append(errs, rules.In(f, at, corev1.IPv4Protocol, corev1.IPv6Protocol)...)
		if seen[f] {
			errs = append(errs, field.Duplicate(at, f))
		}
		seen[f] = true
	}
	if p := spec.IPFamilyPolicy; p != nil {
		errs = append(errs, rules.In(*p, path.Child("ipFamilyPolicy"),
			corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack, corev1.IPFamilyPolicySingleStack)...)
	}
	return errs
}

func matchFamilies(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(spec.ClusterIPs) > 1 && netutils.IsIPv6String(spec.ClusterIPs[0]) == netutils.IsIPv6String(spec.ClusterIPs[1]) {
		errs = append(errs, field.Invalid(path, spec.ClusterIPs, "may specify no more than one IP for each IP family"))
	}
	for i, ip := range spec.ClusterIPs {
		if i >= len(spec.IPFamilies) {
			break
		}
		if six := spec.IPFamilies[i] == corev1.IPv6Protocol; six != netutils.IsIPv6String(ip) {
			errs = append(errs, field.Invalid(path.Index(i), ip, fmt.Sprintf("expected an %v value as indicated by `ipFamilies[%v]`", spec.IPFamilies[i], i)))
		}
	}
	return errs
}

func validateExternalIPs(spec, old *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var before []string
	if old != nil {
		before = old.ExternalIPs
	}
	var errs field.ErrorList
	for i, ip := range spec.ExternalIPs {
		if bad := validation.IsValidIPForLegacyField(path.Index(i), ip, true, before); len(bad) > 0 {
			errs = append(errs, bad...)
			continue
		}
		errs = append(errs, rules.EndpointIP(ip, path.Index(i))...)
	}
	return errs
}

func validateLoadBalancer(s, old *corev1.Service, path *field.Path) field.ErrorList {
	const only = "may only be used when `type` is 'LoadBalancer'"
	spec, balanced := &s.Spec, s.Spec.Type == corev1.ServiceTypeLoadBalancer
	var errs field.ErrorList
	var before []string
	if old != nil {
		before = trimmed(old.Spec.LoadBalancerSourceRanges)
	}
	if len(spec.LoadBalancerSourceRanges) > 0 {
		at := path.Child("LoadBalancerSourceRanges")
		if !balanced {
			errs = append(errs, field.Forbidden(at, only))
		}
		for i, cidr := range trimmed(spec.LoadBalancerSourceRanges) {
			errs = append(errs, validation.IsValidCIDRForLegacyField(at.Index(i), cidr, true, before)...)
		}
	} else if text, ok := s.Annotations[corev1.AnnotationLoadBalancerSourceRangesKey]; ok {
		at := field.NewPath("metadata", "annotations").Key(corev1.AnnotationLoadBalancerSourceRangesKey)
		if !balanced {
			errs = append(errs, field.Forbidden(at, only))
		}
		if text = strings.TrimSpace(text); text != "" {
			for _, cidr := range trimmed(strings.Split(text, ",")) {
				errs = append(errs, validation.IsValidCIDRForLegacyField(at, cidr, true, before)...)
			}
		}
	}
	at := path.Child("allocateLoadBalancerNodePorts")
	if has := spec.AllocateLoadBalancerNodePorts != nil; has && !balanced {
		errs = append(errs, field.Forbidden(at, only))
	} else if !has && balanced {
		errs = append(errs, field.Required(at, ""))
	}
	return append(errs, validateClass(spec, old, path.Child("loadBalancerClass"), only)...)
}

func validateClass(spec *corev1.ServiceSpec, old *corev1.Service, path *field.Path, only string) field.ErrorList {
	if spec.Type != corev1.ServiceTypeLoadBalancer {
		if spec.LoadBalancerClass != nil {
			return field.ErrorList{field.Forbidden(path, only)}
		}
		return nil
	}
	if old != nil && old.Spec.Type == corev1.ServiceTypeLoadBalancer {
		if !samePtr(spec.LoadBalancerClass, old.Spec.LoadBalancerClass) {
			return field.ErrorList{field.Invalid(path, spec.LoadBalancerClass, onceSet)}
		}
		return nil
	}
	if spec.LoadBalancerClass == nil {
		return nil
	}
	return rules.Each(validation.IsQualifiedName(*spec.LoadBalancerClass), *spec.LoadBalancerClass, path)
}

// Spaces around ranges have always been allowed.
func trimmed(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.TrimSpace(s)
	}
	return out
}
