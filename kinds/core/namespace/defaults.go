package namespace

import corev1 "k8s.io/api/core/v1"

func setDefaults(n *corev1.Namespace) {
	if n.Status.Phase == "" {
		n.Status.Phase = corev1.NamespaceActive
	}
	labelName(n)
}

// The label lets selectors find a namespace by its name. (KEP-2161)
func labelName(n *corev1.Namespace) {
	if n.Name == "" {
		return
	}
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels[corev1.LabelMetadataName] = n.Name
}
