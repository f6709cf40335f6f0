//lint:file-ignore SA1019 the API serves Endpoints for as long as clients read it

package endpoints

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(e *corev1.Endpoints) field.ErrorList {
	return validateSubsets(e.Subsets, nil, field.NewPath("subsets"))
}

// Addresses that were accepted once stay so while nothing else changes, and in their old spelling.
func validateUpdate(e, old *corev1.Endpoints) field.ErrorList {
	if equality.Semantic.DeepEqual(e.Subsets, old.Subsets) {
		return nil
	}
	var before []string
	for i := range old.Subsets {
		for _, list := range [...][]corev1.EndpointAddress{old.Subsets[i].Addresses, old.Subsets[i].NotReadyAddresses} {
			for _, a := range list {
				before = append(before, a.IP)
			}
		}
	}
	return validateSubsets(e.Subsets, before, field.NewPath("subsets"))
}

func validateSubsets(list []corev1.EndpointSubset, before []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range list {
		s, at := &list[i], path.Index(i)
		if len(s.Addresses)+len(s.NotReadyAddresses) == 0 {
			errs = append(errs, field.Required(at, "must specify `addresses` or `notReadyAddresses`"))
		}
		for j := range s.Addresses {
			errs = append(errs, validateAddress(&s.Addresses[j], before, at.Child("addresses").Index(j))...)
		}
		for j := range s.NotReadyAddresses {
			errs = append(errs, validateAddress(&s.NotReadyAddresses[j], before, at.Child("notReadyAddresses").Index(j))...)
		}
		for j := range s.Ports {
			errs = append(errs, validatePort(&s.Ports[j], len(s.Ports) > 1, at.Child("ports").Index(j))...)
		}
	}
	return errs
}

func validateAddress(a *corev1.EndpointAddress, before []string, path *field.Path) field.ErrorList {
	errs := utilvalidation.IsValidIPForLegacyField(path.Child("ip"), a.IP, true, before)
	if a.Hostname != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(a.Hostname), a.Hostname, path.Child("hostname"))...)
	}
	if a.NodeName != nil {
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(*a.NodeName, false), *a.NodeName, path.Child("nodeName"))...)
	}
	return append(errs, rules.EndpointIP(a.IP, path.Child("ip"))...)
}

func validatePort(p *corev1.EndpointPort, needName bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case p.Name != "":
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(p.Name), p.Name, path.Child("name"))...)
	case needName:
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	errs = append(errs, rules.Each(utilvalidation.IsValidPortNum(int(p.Port)), p.Port, path.Child("port"))...)
	errs = append(errs, rules.OneOf(p.Protocol, path.Child("protocol"), corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)...)
	if p.AppProtocol != nil {
		errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(*p.AppProtocol), *p.AppProtocol, path.Child("appProtocol"))...)
	}
	return errs
}

func warnings(e, _ *corev1.Endpoints) []string {
	var list []string
	for i := range e.Subsets {
		s, at := &e.Subsets[i], field.NewPath("subsets").Index(i)
		for j, a := range s.Addresses {
			list = append(list, utilvalidation.GetWarningsForIP(at.Child("addresses").Index(j).Child("ip"), a.IP)...)
		}
		for j, a := range s.NotReadyAddresses {
			list = append(list, utilvalidation.GetWarningsForIP(at.Child("notReadyAddresses").Index(j).Child("ip"), a.IP)...)
		}
	}
	return list
}
