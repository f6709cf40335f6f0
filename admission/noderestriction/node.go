package noderestriction

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/resource"
)

func (p Plugin) node(a *resource.Attempt, node string, obj *corev1.Node) error {
	if obj.Name != node {
		return fmt.Errorf("node %q is not allowed to modify node %q", node, obj.Name)
	}
	switch a.Operation {
	case resource.Create:
		if bad := forbidden(changed(nil, obj.Labels)); len(bad) > 0 {
			return fmt.Errorf("node %q is not allowed to set the following labels: %s", node, strings.Join(bad, ", "))
		}
	case resource.Update:
		old := a.Old.(*corev1.Node)
		switch {
		case !equality.Semantic.DeepEqual(obj.Spec.Taints, old.Spec.Taints):
			// A node that could take taints off itself could attract pods that are to run elsewhere.
			return fmt.Errorf("node %q is not allowed to modify taints", node)
		case !equality.Semantic.DeepEqual(obj.OwnerReferences, old.OwnerReferences):
			return fmt.Errorf("node %q is not allowed to modify ownerReferences", node)
		}
		if bad := forbidden(changed(old.Labels, obj.Labels)); len(bad) > 0 {
			return fmt.Errorf("node %q is not allowed to modify labels: %s", node, strings.Join(bad, ", "))
		}
	}
	return nil
}

// changed are the labels that are not the same in both.
func changed(old, now map[string]string) []string {
	var keys []string
	for key, value := range now {
		if was, ok := old[key]; !ok || was != value {
			keys = append(keys, key)
		}
	}
	for key := range old {
		if _, ok := now[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// forbidden are the labels that a node may not set itself: those under Kubernetes' domains, but for the ones that agents are known to set.
func forbidden(keys []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool {
		domain, _, ok := strings.Cut(key, "/")
		if !ok || !within(domain, "kubernetes.io") && !within(domain, "k8s.io") || own[key] {
			return true
		}
		return within(domain, "kubelet.kubernetes.io") || within(domain, "node.kubernetes.io")
	})
}

func within(domain, of string) bool { return domain == of || strings.HasSuffix(domain, "."+of) }

// own are labels that a node's agent sets.
var own = map[string]bool{
	corev1.LabelHostname: true, corev1.LabelOSStable: true, corev1.LabelArchStable: true, corev1.LabelWindowsBuild: true,
	corev1.LabelTopologyZone: true, corev1.LabelTopologyRegion: true, corev1.LabelInstanceTypeStable: true,
	corev1.LabelFailureDomainBetaZone: true, corev1.LabelFailureDomainBetaRegion: true, corev1.LabelInstanceType: true,
	"beta.kubernetes.io/os": true, "beta.kubernetes.io/arch": true,
}
