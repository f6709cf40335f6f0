package networkpolicy

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// A policy is about what comes in, and about what goes out only if it says something of it.
func setDefaults(p *networkingv1.NetworkPolicy) {
	for i := range p.Spec.Ingress {
		defaultPorts(p.Spec.Ingress[i].Ports)
	}
	for i := range p.Spec.Egress {
		defaultPorts(p.Spec.Egress[i].Ports)
	}
	if len(p.Spec.PolicyTypes) > 0 {
		return
	}
	p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	if len(p.Spec.Egress) > 0 {
		p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
	}
}

func defaultPorts(list []networkingv1.NetworkPolicyPort) {
	for i := range list {
		if list[i].Protocol == nil {
			list[i].Protocol = new(corev1.ProtocolTCP)
		}
	}
}

func generation(p, old *networkingv1.NetworkPolicy) bool {
	return !equality.Semantic.DeepEqual(p.Spec, old.Spec)
}
