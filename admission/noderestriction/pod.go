package noderestriction

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/facts/pods"
	"argosy.dev/resource"
)

func (p Plugin) pod(a *resource.Attempt, node string, pod *corev1.Pod) error {
	switch {
	case a.Operation == resource.Create && a.Subresource == "":
		return p.mirror(node, pod)
	case a.Operation == resource.Delete && a.Subresource == "eviction":
		if pod.Spec.NodeName != node {
			return fmt.Errorf("node %s can only evict pods with spec.nodeName set to itself", node)
		}
	case a.Operation == resource.Delete:
		if pod.Spec.NodeName != node {
			return fmt.Errorf("node %q can only delete pods with spec.nodeName set to itself", node)
		}
	case a.Operation == resource.Update && a.Subresource == "status":
		return status(node, pod, a.Old.(*corev1.Pod))
	default:
		return fmt.Errorf("unexpected operation %q, node %q can only create and delete mirror pods", a.Operation, node)
	}
	return nil
}

func status(node string, pod, old *corev1.Pod) error {
	switch {
	case old.Spec.NodeName != node:
		return fmt.Errorf("node %q can only update pod status for pods with spec.nodeName set to itself", node)
	case !maps.Equal(pod.Labels, old.Labels):
		return fmt.Errorf("node %q cannot update labels through pod status", node)
	case !equality.Semantic.DeepEqual(pod.Status.ResourceClaimStatuses, old.Status.ResourceClaimStatuses):
		return fmt.Errorf("node %q cannot update resource claim statuses", node)
	}
	return nil
}

// mirror: a node may show the pods that it runs of itself, and these may not have anything of the cluster's.
func (p Plugin) mirror(node string, pod *corev1.Pod) error {
	if _, ok := pod.Annotations[corev1.MirrorPodAnnotationKey]; !ok {
		return fmt.Errorf("pod does not have %q annotation, node %q can only create mirror pods", corev1.MirrorPodAnnotationKey, node)
	}
	if pod.Spec.NodeName != node {
		return fmt.Errorf("node %q can only create pods with spec.nodeName set to itself", node)
	}
	if err := p.owner(node, pod); err != nil {
		return err
	}
	if pod.Spec.ServiceAccountName != "" {
		return fmt.Errorf("node %q can not create pods that reference a service account", node)
	}
	refs := pods.ReferencesOf(pod)
	for _, kind := range []struct {
		name string
		has  bool
	}{
		{"secrets", len(refs.Secrets) > 0}, {"configmaps", len(refs.ConfigMaps) > 0}, {"persistentvolumeclaims", len(refs.Claims) > 0},
		{"service account tokens", refs.Token}, {"resourceclaims", len(pod.Spec.ResourceClaims) > 0},
	} {
		if kind.has {
			return fmt.Errorf("node %q can not create pods that reference %s", node, kind.name)
		}
	}
	return nil
}

// owner: the node is the pod's only owner, so that the pod goes with it.
func (p Plugin) owner(node string, pod *corev1.Pod) error {
	switch len(pod.OwnerReferences) {
	case 0:
		return fmt.Errorf("node %q can only create pods with an owner reference set to itself", node)
	case 1:
	default:
		return fmt.Errorf("node %q can only create pods with a single owner reference set to itself", node)
	}
	ref := pod.OwnerReferences[0]
	if ref.APIVersion != "v1" || ref.Kind != "Node" || ref.Name != node {
		return fmt.Errorf("node %q can only create pods with an owner reference set to itself", node)
	}
	if ref.Controller == nil || !*ref.Controller {
		return fmt.Errorf("node %q can only create pods with a controller reference set to itself", node)
	}
	if ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion {
		return fmt.Errorf("node %q must not set blockOwnerDeletion on an owner reference", node)
	}
	is, ok := p.Reader.Node(node)
	if !ok {
		return fmt.Errorf("node %q not found", node)
	}
	if ref.UID != is.UID {
		return fmt.Errorf("node %s UID mismatch: expected %s got %s", node, ref.UID, is.UID)
	}
	return nil
}
