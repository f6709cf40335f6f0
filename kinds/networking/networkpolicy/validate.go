package networkpolicy

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(p *networkingv1.NetworkPolicy) field.ErrorList { return validateSpec(&p.Spec, nil) }

func validateUpdate(p, old *networkingv1.NetworkPolicy) field.ErrorList {
	return validateSpec(&p.Spec, ranges(&old.Spec))
}

// validateSpec checks the specification; ranges that are among old may be spelled as they were.
func validateSpec(spec *networkingv1.NetworkPolicySpec, old []string) field.ErrorList {
	path := field.NewPath("spec")
	errs := metavalidation.ValidateLabelSelector(&spec.PodSelector, metavalidation.LabelSelectorValidationOptions{}, path.Child("podSelector"))
	for i := range spec.Ingress {
		r, at := &spec.Ingress[i], path.Child("ingress").Index(i)
		errs = append(errs, validatePorts(r.Ports, at.Child("ports"))...)
		errs = append(errs, validatePeers(r.From, old, at.Child("from"))...)
	}
	for i := range spec.Egress {
		r, at := &spec.Egress[i], path.Child("egress").Index(i)
		errs = append(errs, validatePorts(r.Ports, at.Child("ports"))...)
		errs = append(errs, validatePeers(r.To, old, at.Child("to"))...)
	}
	at := path.Child("policyTypes")
	if len(spec.PolicyTypes) > 2 {
		return append(errs, field.Invalid(at, spec.PolicyTypes, "may not specify more than two policyTypes"))
	}
	for i, t := range spec.PolicyTypes {
		errs = append(errs, rules.In(t, at.Index(i), networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)...)
	}
	return errs
}

func validatePorts(list []networkingv1.NetworkPolicyPort, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range list {
		errs = append(errs, validatePort(&list[i], path.Index(i))...)
	}
	return errs
}

func validatePort(p *networkingv1.NetworkPolicyPort, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if p.Protocol != nil {
		errs = append(errs, rules.In(*p.Protocol, path.Child("protocol"), corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)...)
	}
	end := path.Child("endPort")
	switch {
	case p.Port == nil:
		if p.EndPort != nil {
			errs = append(errs, field.Invalid(end, *p.EndPort, "may not be specified when `port` is not specified"))
		}
	case p.Port.Type == intstr.Int:
		errs = append(errs, rules.PortNumberOrName(*p.Port, path.Child("port"))...)
		if p.EndPort != nil {
			if *p.EndPort < p.Port.IntVal {
				errs = append(errs, field.Invalid(end, p.Port.IntVal, "must be greater than or equal to `port`"))
			}
			errs = append(errs, rules.Each(utilvalidation.IsValidPortNum(int(*p.EndPort)), *p.EndPort, end)...)
		}
	default:
		if p.EndPort != nil {
			errs = append(errs, field.Invalid(end, *p.EndPort, "may not be specified when `port` is non-numeric"))
		}
		errs = append(errs, rules.PortNumberOrName(*p.Port, path.Child("port"))...)
	}
	return errs
}

func validatePeers(list []networkingv1.NetworkPolicyPeer, old []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range list {
		errs = append(errs, validatePeer(&list[i], old, path.Index(i))...)
	}
	return errs
}

func validatePeer(p *networkingv1.NetworkPolicyPeer, old []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if p.PodSelector != nil {
		errs = append(errs, metavalidation.ValidateLabelSelector(p.PodSelector, metavalidation.LabelSelectorValidationOptions{}, path.Child("podSelector"))...)
	}
	if p.NamespaceSelector != nil {
		errs = append(errs, metavalidation.ValidateLabelSelector(p.NamespaceSelector, metavalidation.LabelSelectorValidationOptions{}, path.Child("namespaceSelector"))...)
	}
	if p.IPBlock != nil {
		errs = append(errs, validateBlock(p.IPBlock, old, path.Child("ipBlock"))...)
	}
	switch pods := p.PodSelector != nil || p.NamespaceSelector != nil; {
	case !pods && p.IPBlock == nil:
		errs = append(errs, field.Required(path, "must specify a peer"))
	case pods && p.IPBlock != nil:
		errs = append(errs, field.Forbidden(path, "may not specify both ipBlock and another peer"))
	}
	return errs
}
