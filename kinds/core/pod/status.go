package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareStatus),
		Resets:   []string{"metadata.deletionTimestamp", "metadata.ownerReferences", "spec"},
		Validate: kinds.AskWith(validateStatus),
	}
}

// The node agent reports what is; whose the pod is and what it should be are not its to change.
func prepareStatus(p, old *corev1.Pod) {
	p.Spec = old.Spec
	p.OwnerReferences = old.OwnerReferences
	if p.Status.QOSClass == "" {
		p.Status.QOSClass = old.Status.QOSClass
	}
}

func validateStatus(p, old *corev1.Pod) field.ErrorList {
	path := field.NewPath("status")
	errs := validateAnnotationChange(p, old, field.NewPath("metadata", "annotations"))
	for i := range p.Status.Conditions {
		kind := string(p.Status.Conditions[i].Type)
		errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(kind), kind, path.Child("conditions").Index(i).Child("Type"))...)
	}
	if name := p.Status.NominatedNodeName; name != old.Status.NominatedNodeName && name != "" {
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(name, false), name, path.Child("nominatedNodeName"))...)
	}
	errs = append(errs, validation.ValidateImmutableField(p.Status.QOSClass, old.Status.QOSClass, path.Child("qosClass"))...)
	errs = append(errs, validateTransitions(p, old, path)...)
	errs = append(errs, validateAddresses(p, old, path)...)
	if n := p.Status.ObservedGeneration; n < 0 {
		errs = append(errs, field.Invalid(path.Child("observedGeneration"), n, "must be greater than or equal to 0"))
	}
	return errs
}

func validateAddresses(p, old *corev1.Pod, path *field.Path) field.ErrorList {
	var pods, oldPods, hosts, oldHosts []string
	for _, ip := range p.Status.PodIPs {
		pods = append(pods, ip.IP)
	}
	for _, ip := range old.Status.PodIPs {
		oldPods = append(oldPods, ip.IP)
	}
	for _, ip := range p.Status.HostIPs {
		hosts = append(hosts, ip.IP)
	}
	for _, ip := range old.Status.HostIPs {
		oldHosts = append(oldHosts, ip.IP)
	}
	errs := validateFamilies(pods, oldPods, rules.Capitalized(p.Status.PodIPs), path.Child("podIPs"))
	if len(hosts) > 0 && p.Status.HostIP != hosts[0] {
		errs = append(errs, field.Invalid(path.Child("hostIPs").Index(0).Child("ip"), hosts[0], "must be equal to `hostIP`"))
	}
	return append(errs, validateFamilies(hosts, oldHosts, rules.Capitalized(p.Status.HostIPs), path.Child("hostIPs"))...)
}

// At most one address of each family, the main one first.
func validateFamilies(ips, old []string, shown any, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, ip := range ips {
		errs = append(errs, utilvalidation.IsValidIPForLegacyField(path.Index(i), ip, true, old)...)
	}
	if len(ips) < 2 {
		return errs
	}
	if len(ips) > 2 || rules.IsIPv6(ips[0]) == rules.IsIPv6(ips[1]) {
		errs = append(errs, field.Invalid(path, shown, "may specify no more than one IP for each IP family"))
	}
	seen := make(map[string]bool, len(ips))
	for i, ip := range ips {
		if seen[ip] {
			errs = append(errs, field.Duplicate(path.Index(i), ip))
		}
		seen[ip] = true
	}
	return errs
}
