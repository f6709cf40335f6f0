package ingress

import (
	networkingv1 "k8s.io/api/networking/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(i, old *networkingv1.Ingress) { i.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
		Warnings: kinds.AskWith(statusWarnings),
	}
}

func statusWarnings(i, _ *networkingv1.Ingress) []string {
	var list []string
	for n, e := range i.Status.LoadBalancer.Ingress {
		if rules.IsIP(e.IP) {
			list = append(list, utilvalidation.GetWarningsForIP(field.NewPath("status", "loadBalancer", "ingress").Index(n), e.IP)...)
		}
	}
	return list
}

func validateStatus(i, old *networkingv1.Ingress) field.ErrorList {
	var before []string
	for _, e := range old.Status.LoadBalancer.Ingress {
		before = append(before, e.IP)
	}
	path := field.NewPath("status", "loadBalancer", "ingress")
	var errs field.ErrorList
	for n := range i.Status.LoadBalancer.Ingress {
		e, at := &i.Status.LoadBalancer.Ingress[n], path.Index(n)
		if e.IP != "" {
			errs = append(errs, utilvalidation.IsValidIPForLegacyField(at.Child("ip"), e.IP, true, before)...)
		}
		if e.Hostname == "" {
			continue
		}
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(e.Hostname), e.Hostname, at.Child("hostname"))...)
		if rules.IsIP(e.Hostname) {
			errs = append(errs, field.Invalid(at.Child("hostname"), e.Hostname, "must be a DNS name, not an IP address"))
		}
	}
	return errs
}
