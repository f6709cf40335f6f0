package node

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"

	"argosy.dev/access/authz"
)

type fieldRequirement = fields.Requirement

// pods of its own a node may read; what it may write is looked at as it writes.
func (z Authorizer) pods(node string, a *authz.Attributes) (string, bool) {
	switch a.Verb {
	case "get":
		if a.Subresource != "" {
			return "", false
		}
		for _, pod := range z.Reader.PodsOn(node) {
			if pod.Namespace == a.Namespace && pod.Name == a.Name {
				return "", true
			}
		}
		return noRelationship(node), true
	case "list", "watch":
		if !narrowed(a, "spec.nodeName", node) {
			return "can only list/watch pods with spec.nodeName field selector", true
		}
		return "", true
	}
	return "", false
}

// nodes: a node may read its own object.
func (z Authorizer) nodes(node string, a *authz.Attributes) (string, bool) {
	switch a.Verb {
	case "get", "list", "watch":
		if a.Subresource != "" {
			return "", false
		}
		if a.Name != node {
			return fmt.Sprintf("node '%s' cannot read '%s', only its own Node object", node, a.Name), true
		}
		return "", true
	}
	return "", false
}

func (z Authorizer) leases(node string, a *authz.Attributes) (string, bool) {
	switch a.Verb {
	case "get", "create", "update", "patch", "delete":
	default:
		return "can only get, create, update, patch, or delete a node lease", true
	}
	if a.Namespace != corev1.NamespaceNodeLease {
		return fmt.Sprintf("can only access leases in the %q system namespace", corev1.NamespaceNodeLease), true
	}
	// The name of what is created is in its body, where the plugin looks.
	if a.Verb != "create" && a.Name != node {
		return "can only access node lease with the same name as the requesting node", true
	}
	return "", true
}

func (z Authorizer) csiNodes(node string, a *authz.Attributes) (string, bool) {
	switch a.Verb {
	case "get", "create", "update", "patch", "delete":
	default:
		return "can only get, create, update, patch, or delete a CSINode", true
	}
	if a.Subresource != "" {
		return "cannot authorize CSINode subresources", true
	}
	if a.Verb != "create" && a.Name != node {
		return "can only access CSINode with the same name as the requesting node", true
	}
	return "", true
}

func (z Authorizer) slices(node string, a *authz.Attributes) (string, bool) {
	if a.Subresource != "" {
		return "cannot authorize ResourceSlice subresources", true
	}
	switch a.Verb {
	case "get", "create", "update", "patch", "delete":
		return "", true // whose it is the plugin looks at
	case "list", "watch", "deletecollection":
		if narrowed(a, "spec.nodeName", node) {
			return "", true
		}
		return "can only list/watch/deletecollection resourceslices with spec.nodeName field selector", true
	}
	return "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection", true
}
