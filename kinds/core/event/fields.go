package event

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
)

func fields() map[string]func(kinds.Object) string {
	about := func(f func(*corev1.ObjectReference) string) func(kinds.Object) string {
		return func(obj kinds.Object) string { return f(&obj.(*corev1.Event).InvolvedObject) }
	}
	return map[string]func(kinds.Object) string{
		"involvedObject.kind":            about(func(r *corev1.ObjectReference) string { return r.Kind }),
		"involvedObject.namespace":       about(func(r *corev1.ObjectReference) string { return r.Namespace }),
		"involvedObject.name":            about(func(r *corev1.ObjectReference) string { return r.Name }),
		"involvedObject.uid":             about(func(r *corev1.ObjectReference) string { return string(r.UID) }),
		"involvedObject.apiVersion":      about(func(r *corev1.ObjectReference) string { return r.APIVersion }),
		"involvedObject.resourceVersion": about(func(r *corev1.ObjectReference) string { return r.ResourceVersion }),
		"involvedObject.fieldPath":       about(func(r *corev1.ObjectReference) string { return r.FieldPath }),
		"reason":                         kinds.Ask(func(e *corev1.Event) string { return e.Reason }),
		"reportingComponent":             kinds.Ask(func(e *corev1.Event) string { return e.ReportingController }),
		"source":                         kinds.Ask(func(e *corev1.Event) string { return cmp.Or(e.Source.Component, e.ReportingController) }),
		"type":                           kinds.Ask(func(e *corev1.Event) string { return e.Type }),
	}
}
