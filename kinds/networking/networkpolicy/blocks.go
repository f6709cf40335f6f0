package networkpolicy

import (
	networkingv1 "k8s.io/api/networking/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	netutils "k8s.io/utils/net"
)

// validateBlock checks a range of addresses, and those within it that are left out.
func validateBlock(b *networkingv1.IPBlock, old []string, path *field.Path) field.ErrorList {
	if b.CIDR == "" {
		return field.ErrorList{field.Required(path.Child("cidr"), "")}
	}
	errs := utilvalidation.IsValidCIDRForLegacyField(path.Child("cidr"), b.CIDR, true, old)
	_, whole, err := netutils.ParseCIDRSloppy(b.CIDR)
	if err != nil {
		return errs
	}
	for i, text := range b.Except {
		at := path.Child("except").Index(i)
		errs = append(errs, utilvalidation.IsValidCIDRForLegacyField(at, text, true, old)...)
		_, part, err := netutils.ParseCIDRSloppy(text)
		if err != nil {
			continue
		}
		wholeBits, _ := whole.Mask.Size()
		if partBits, _ := part.Mask.Size(); !whole.Contains(part.IP) || partBits <= wholeBits {
			errs = append(errs, field.Invalid(at, text, "must be a strict subset of `cidr`"))
		}
	}
	return errs
}

// eachBlock looks at every range in a policy.
func eachBlock(spec *networkingv1.NetworkPolicySpec, look func(b *networkingv1.IPBlock, path *field.Path)) {
	peers := func(list []networkingv1.NetworkPolicyPeer, path *field.Path) {
		for i := range list {
			if b := list[i].IPBlock; b != nil {
				look(b, path.Index(i).Child("ipBlock"))
			}
		}
	}
	path := field.NewPath("spec")
	for i := range spec.Ingress {
		peers(spec.Ingress[i].From, path.Child("ingress").Index(i).Child("from"))
	}
	for i := range spec.Egress {
		peers(spec.Egress[i].To, path.Child("egress").Index(i).Child("to"))
	}
}

func ranges(spec *networkingv1.NetworkPolicySpec) []string {
	var list []string
	eachBlock(spec, func(b *networkingv1.IPBlock, _ *field.Path) {
		list = append(list, b.CIDR)
		list = append(list, b.Except...)
	})
	return list
}

func warnings(p, _ *networkingv1.NetworkPolicy) []string {
	var list []string
	eachBlock(&p.Spec, func(b *networkingv1.IPBlock, path *field.Path) {
		list = append(list, utilvalidation.GetWarningsForCIDR(path.Child("cidr"), b.CIDR)...)
		for i, part := range b.Except {
			list = append(list, utilvalidation.GetWarningsForCIDR(path.Child("except").Index(i), part)...)
		}
	})
	return list
}
