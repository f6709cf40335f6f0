package endpointslice

import (
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

func prepareCreate(s *discoveryv1.EndpointSlice) {
	dropTopology(s.Endpoints)
	dropEmpty(s)
}

func prepareUpdate(s, old *discoveryv1.EndpointSlice) {
	if !equality.Semantic.DeepEqual(s.Endpoints, old.Endpoints) {
		dropTopology(s.Endpoints)
	}
	dropEmpty(s)
}

// The field is there so that what was stored by older versions can be read.
func dropTopology(list []discoveryv1.Endpoint) {
	for i := range list {
		list[i].DeprecatedTopology = nil
	}
}

// The store's encoding does not tell an empty list from none, and none is what is shown.
func dropEmpty(s *discoveryv1.EndpointSlice) {
	if len(s.Endpoints) == 0 {
		s.Endpoints = nil
	}
	if len(s.Ports) == 0 {
		s.Ports = nil
	}
	for i := range s.Endpoints {
		if e := &s.Endpoints[i]; len(e.Addresses) == 0 {
			e.Addresses = nil
		}
	}
}

// Labels count too, for they tell whose endpoints these are.
func generation(s, old *discoveryv1.EndpointSlice) bool {
	return s.AddressType != old.AddressType || !equality.Semantic.DeepEqual(s.Endpoints, old.Endpoints) ||
		!equality.Semantic.DeepEqual(s.Ports, old.Ports) || !equality.Semantic.DeepEqual(s.Labels, old.Labels)
}

func warnings(s, old *discoveryv1.EndpointSlice) []string {
	if old != nil || s.AddressType != discoveryv1.AddressTypeFQDN {
		return nil
	}
	return []string{"spec.addressType: FQDN endpoints are deprecated"}
}
