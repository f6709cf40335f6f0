package kinds

import "slices"

// groupOrder is the order in which upstream prefers its groups; where two have a resource of one name, clients take the first.
var groupOrder = []string{"", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch",
	"certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io",
	"apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io"}

// GroupLess orders API groups as discovery shows them: Kubernetes' own by preference, then all others by name.
func GroupLess(a, b string) bool {
	i, j := slices.Index(groupOrder, a), slices.Index(groupOrder, b)
	switch {
	case i < 0 && j < 0:
		return a < b
	case i < 0 || j < 0:
		return i >= 0
	}
	return i < j
}
