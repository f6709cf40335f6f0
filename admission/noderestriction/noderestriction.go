package noderestriction

import (
	"context"
	"fmt"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/base/identity"
	"argosy.dev/resource"
)

// Reader finds what a write is about.
type Reader interface {
	Pod(namespace, name string) (*corev1.Pod, bool)
	Node(name string) (*corev1.Node, bool)
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

const (
	userPrefix = "system:node:"
	groupName  = "system:nodes"
)

// nodeOf is the node whose agent writes; restricted is false for everybody else.
func nodeOf(user *identity.User) (node string, restricted bool) {
	if user == nil || !slices.Contains(user.Groups, groupName) {
		return "", false
	}
	node, _ = strings.CutPrefix(user.Name, userPrefix)
	if node == user.Name {
		node = ""
	}
	return node, true
}

// Validate refuses.
func (p Plugin) Validate(ctx context.Context, a *resource.Attempt) error {
	user := identity.FromContext(ctx)
	node, restricted := nodeOf(user)
	if !restricted {
		return nil
	}
	if node == "" {
		return a.Forbid(fmt.Errorf("could not determine node from user %q", user.Name))
	}
	if why := p.refuse(a, node); why != nil {
		return a.Forbid(why)
	}
	return nil
}

// refuse tells why a node may not write this, nil if it may.
func (p Plugin) refuse(a *resource.Attempt, node string) error {
	if request, ok := a.Body.(*authenticationv1.TokenRequest); ok && a.Subresource == "token" {
		return p.token(node, a.Namespace, request)
	}
	obj := a.Object
	if a.Operation == resource.Delete {
		obj = a.Old
	}
	switch obj := obj.(type) {
	case *corev1.Pod:
		return p.pod(a, node, obj)
	case *corev1.Node:
		return p.node(a, node, obj)
	case *corev1.PersistentVolumeClaim:
		if a.Operation != resource.Update || a.Subresource != "status" {
			return fmt.Errorf("unexpected operation %q, node %q can only update the status of persistentvolumeclaims", a.Operation, node)
		}
	case *coordinationv1.Lease:
		if obj.Namespace == corev1.NamespaceNodeLease && obj.Name != node {
			return fmt.Errorf("can only access node lease with the same name as the requesting node")
		}
	case *storagev1.CSINode:
		if obj.Name != node {
			return fmt.Errorf("can only access CSINode with the same name as the requesting node")
		}
	case *resourcev1.ResourceSlice:
		if obj.Spec.NodeName == nil || *obj.Spec.NodeName != node {
			return fmt.Errorf("can only %s ResourceSlice with the same NodeName as the requesting node", strings.ToLower(string(a.Operation)))
		}
	}
	return nil
}

// token: for a pod that runs on the node, named with its UID.
func (p Plugin) token(node, namespace string, request *authenticationv1.TokenRequest) error {
	bound := request.Spec.BoundObjectRef
	if bound == nil || bound.APIVersion != "v1" || bound.Kind != "Pod" || bound.Name == "" {
		return fmt.Errorf("node requested token not bound to a pod")
	}
	if bound.UID == "" {
		return fmt.Errorf("node requested token with a pod binding without a uid")
	}
	pod, ok := p.Reader.Pod(namespace, bound.Name)
	switch {
	case !ok:
		return nil // whoever answers says that there is none
	case pod.UID != bound.UID:
		return fmt.Errorf("the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated", bound.UID)
	case pod.Spec.NodeName != node:
		return fmt.Errorf("node requested token bound to a pod scheduled on a different node")
	}
	return nil
}
