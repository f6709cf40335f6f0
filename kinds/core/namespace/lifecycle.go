package namespace

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

func prepareCreate(n *corev1.Namespace) {
	labelName(n) // a generated name was not known before
	n.Status = corev1.NamespaceStatus{Phase: corev1.NamespaceActive}
	if !slices.Contains(n.Spec.Finalizers, corev1.FinalizerKubernetes) {
		n.Spec.Finalizers = append(n.Spec.Finalizers, corev1.FinalizerKubernetes)
	}
}

func prepareUpdate(n, old *corev1.Namespace) {
	n.Spec.Finalizers = old.Spec.Finalizers
	n.Status = old.Status
}

func keepWhileFinalizing(n *corev1.Namespace) bool { return len(n.Spec.Finalizers) > 0 }

func prepareGrace(n *corev1.Namespace) { n.Status.Phase = corev1.NamespaceTerminating }
