package service

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	netutils "k8s.io/utils/net"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(s, old *corev1.Service) { s.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(s, old *corev1.Service) field.ErrorList {
	path := field.NewPath("status")
	var errs field.ErrorList
	at := path.Child("loadBalancer")
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer && len(s.Status.LoadBalancer.Ingress) > 0 {
		errs = append(errs, field.Forbidden(at.Child("ingress"), "may only be used when `spec.type` is \"LoadBalancer\""))
		return errs
	}
	var before []string
	for _, in := range old.Status.LoadBalancer.Ingress {
		before = append(before, in.IP)
	}
	for i := range s.Status.LoadBalancer.Ingress {
		errs = append(errs, validateIngress(&s.Status.LoadBalancer.Ingress[i], before, at.Child("ingress").Index(i))...)
	}
	return errs
}

func validateIngress(in *corev1.LoadBalancerIngress, before []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if in.IP != "" {
		errs = append(errs, validation.IsValidIPForLegacyField(path.Child("ip"), in.IP, true, before)...)
	}
	switch {
	case in.IP != "" && in.IPMode == nil:
		errs = append(errs, field.Required(path.Child("ipMode"), "must be specified when `ip` is set"))
	case in.IP == "" && in.IPMode != nil:
		errs = append(errs, field.Forbidden(path.Child("ipMode"), "may not be specified when `ip` is not set"))
	case in.IPMode != nil:
		errs = append(errs, rules.In(*in.IPMode, path.Child("ipMode"), corev1.LoadBalancerIPModeProxy, corev1.LoadBalancerIPModeVIP)...)
	}
	if in.Hostname != "" {
		errs = append(errs, rules.Each(validation.IsDNS1123Subdomain(in.Hostname), in.Hostname, path.Child("hostname"))...)
		if netutils.ParseIPSloppy(in.Hostname) != nil {
			errs = append(errs, field.Invalid(path.Child("hostname"), in.Hostname, "must be a DNS name, not an IP address"))
		}
	}
	return errs
}
