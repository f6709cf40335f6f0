package endpointslice

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	maxEndpoints = 1000
	maxAddresses = 100
	maxPorts     = 20000
	maxHints     = 8
)

func validate(s *discoveryv1.EndpointSlice) field.ErrorList {
	errs := validateType(s.AddressType)
	errs = append(errs, validateEndpoints(s.Endpoints, s.AddressType, field.NewPath("endpoints"))...)
	return append(errs, validatePorts(s.Ports, field.NewPath("ports"))...)
}

// Endpoints that nobody touches stay as they were accepted.
func validateUpdate(s, old *discoveryv1.EndpointSlice) field.ErrorList {
	errs := validateType(s.AddressType)
	if !equality.Semantic.DeepEqual(s.Endpoints, old.Endpoints) {
		errs = append(errs, validateEndpoints(s.Endpoints, s.AddressType, field.NewPath("endpoints"))...)
	}
	errs = append(errs, validatePorts(s.Ports, field.NewPath("ports"))...)
	return append(errs, validation.ValidateImmutableField(s.AddressType, old.AddressType, field.NewPath("addressType"))...)
}

func validateType(kind discoveryv1.AddressType) field.ErrorList {
	return rules.OneOf(kind, field.NewPath("addressType"), discoveryv1.AddressTypeFQDN, discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6)
}

func validateEndpoints(list []discoveryv1.Endpoint, kind discoveryv1.AddressType, path *field.Path) field.ErrorList {
	if len(list) > maxEndpoints {
		return field.ErrorList{field.TooMany(path, len(list), maxEndpoints)}
	}
	var errs field.ErrorList
	for i := range list {
		e, at := &list[i], path.Index(i)
		errs = append(errs, validateAddresses(e.Addresses, kind, at.Child("addresses"))...)
		if e.NodeName != nil {
			errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(*e.NodeName, false), *e.NodeName, at.Child("nodeName"))...)
		}
		if e.Hostname != nil {
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(*e.Hostname), *e.Hostname, at.Child("hostname"))...)
		}
		if e.Hints != nil {
			errs = append(errs, validateHints(e.Hints, at.Child("hints"))...)
		}
	}
	return errs
}

func validateAddresses(list []string, kind discoveryv1.AddressType, path *field.Path) field.ErrorList {
	switch {
	case len(list) == 0:
		return field.ErrorList{field.Required(path, "must contain at least 1 address")}
	case len(list) > maxAddresses:
		return field.ErrorList{field.TooMany(path, len(list), maxAddresses)}
	}
	var errs field.ErrorList
	for i, address := range list {
		errs = append(errs, validateAddress(address, kind, path, path.Index(i))...)
	}
	return errs
}

// validateAddress checks one address at its place in all; an address of the wrong family is told of all.
func validateAddress(address string, kind discoveryv1.AddressType, all, path *field.Path) field.ErrorList {
	switch kind {
	case discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6:
		errs := utilvalidation.IsValidIP(path, address)
		if len(errs) > 0 {
			return errs
		}
		if six := kind == discoveryv1.AddressTypeIPv6; six != rules.IsIPv6(address) {
			errs = append(errs, field.Invalid(all, address, "must be an "+string(kind)+" address"))
		}
		return append(errs, rules.EndpointIP(address, path)...)
	case discoveryv1.AddressTypeFQDN:
		return utilvalidation.IsFullyQualifiedDomainName(path, address)
	}
	return nil
}

// validateHints checks for which zones and nodes an endpoint is meant. (KEP-2433, KEP-3015)
func validateHints(h *discoveryv1.EndpointHints, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	at, seen := path.Child("forZones"), map[string]bool{}
	if len(h.ForZones) > maxHints {
		return field.ErrorList{field.TooMany(at, len(h.ForZones), maxHints)}
	}
	for i, zone := range h.ForZones {
		name := at.Index(i).Child("name")
		if seen[zone.Name] {
			errs = append(errs, field.Duplicate(name, zone.Name))
		}
		seen[zone.Name] = true
		errs = append(errs, rules.Each(utilvalidation.IsValidLabelValue(zone.Name), zone.Name, name)...)
	}
	at, seen = path.Child("forNodes"), map[string]bool{}
	if len(h.ForNodes) > maxHints {
		return append(errs, field.TooMany(at, len(h.ForNodes), maxHints))
	}
	for i, node := range h.ForNodes {
		name := at.Index(i).Child("name")
		if seen[node.Name] {
			errs = append(errs, field.Duplicate(name, node.Name))
		}
		seen[node.Name] = true
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(node.Name, false), node.Name, name)...)
	}
	return errs
}

func validatePorts(list []discoveryv1.EndpointPort, path *field.Path) field.ErrorList {
	if len(list) > maxPorts {
		return field.ErrorList{field.TooMany(path, len(list), maxPorts)}
	}
	var errs field.ErrorList
	seen := map[string]bool{}
	for i := range list {
		p, at := &list[i], path.Index(i)
		if p.Name == nil {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else {
			if *p.Name != "" {
				errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(*p.Name), *p.Name, at.Child("name"))...)
			}
			if seen[*p.Name] {
				errs = append(errs, field.Duplicate(at.Child("name"), *p.Name))
			}
			seen[*p.Name] = true
		}
		if p.Protocol == nil {
			errs = append(errs, field.Required(at.Child("protocol"), ""))
		} else {
			errs = append(errs, rules.In(*p.Protocol, at.Child("protocol"), corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)...)
		}
		if p.AppProtocol != nil {
			errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(*p.AppProtocol), *p.AppProtocol, at.Child("appProtocol"))...)
		}
	}
	return errs
}
