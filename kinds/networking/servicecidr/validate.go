package servicecidr

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	netutils "k8s.io/utils/net"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func validate(c *networkingv1.ServiceCIDR) field.ErrorList {
	list, path := c.Spec.CIDRs, field.NewPath("spec", "cidrs")
	var errs field.ErrorList
	switch {
	case len(list) == 0:
		return field.ErrorList{field.Required(path, "at least one CIDR required")}
	case len(list) > 2:
		return field.ErrorList{field.Invalid(path, rules.Shown(c.Spec), "may only hold up to 2 values")}
	case len(list) == 2:
		if dual, err := netutils.IsDualStackCIDRStrings(list); err == nil && !dual {
			errs = append(errs, field.Invalid(path, list, "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"))
		}
	}
	for i, cidr := range list {
		errs = append(errs, utilvalidation.IsValidCIDR(path.Index(i), cidr)...)
	}
	return errs
}

// A range stays, but a second one of the other family can be added.
func validateUpdate(c, old *networkingv1.ServiceCIDR) field.ErrorList {
	path := field.NewPath("spec", "cidrs")
	if now, before := c.Spec.CIDRs, old.Spec.CIDRs; len(before) == 1 && len(now) == 2 {
		errs := validation.ValidateImmutableField(now[0], before[0], path.Index(0))
		return append(errs, validate(c)...)
	}
	return validation.ValidateImmutableField(c.Spec.CIDRs, old.Spec.CIDRs, path)
}

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareStatus),
		Resets:   []string{"metadata", "spec"},
		Validate: func(_, _ kinds.Object) field.ErrorList { return nil },
	}
}
