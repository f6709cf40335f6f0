package rootca

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	mapName  = "kube-root-ca.crt"
	mapKey   = "ca.crt"
	noteKey  = "kubernetes.io/description"
	noteText = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)

// Decide returns the map that a namespace shall have, made from the one it has (nil: none); nil where nothing needs to be written.
func Decide(ns *corev1.Namespace, had *corev1.ConfigMap, bundle string) *corev1.ConfigMap {
	if ns.DeletionTimestamp != nil || ns.Status.Phase == corev1.NamespaceTerminating {
		return nil
	}
	want := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: mapName, Namespace: ns.Name}}
	if had != nil {
		if len(had.Data) == 1 && had.Data[mapKey] == bundle && len(had.BinaryData) == 0 && had.Annotations[noteKey] == noteText {
			return nil
		}
		want = had.DeepCopy()
	}
	metav1.SetMetaDataAnnotation(&want.ObjectMeta, noteKey, noteText)
	want.Data, want.BinaryData = map[string]string{mapKey: bundle}, nil
	return want
}
