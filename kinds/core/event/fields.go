package event

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
)

func fields() map[string]func(kinds.Object) string {
	list := about("involvedObject")
	list["reason"] = kinds.Ask(func(e *corev1.Event) string { return e.Reason })
	list["reportingComponent"] = kinds.Ask(reporter)
	list["source"] = kinds.Ask(func(e *corev1.Event) string { return cmp.Or(e.Source.Component, e.ReportingController) })
	list["type"] = kinds.Ask(func(e *corev1.Event) string { return e.Type })
	return list
}

// modernFields are those that events have in events.k8s.io.
func modernFields() map[string]func(kinds.Object) string {
	list := about("regarding")
	list["reason"] = kinds.Ask(func(e *corev1.Event) string { return e.Reason })
	list["reportingController"] = kinds.Ask(reporter)
	list["type"] = kinds.Ask(func(e *corev1.Event) string { return e.Type })
	return list
}

func reporter(e *corev1.Event) string { return e.ReportingController }

// about are the fields that tell which object an event is about.
func about(prefix string) map[string]func(kinds.Object) string {
	of := func(f func(*corev1.ObjectReference) string) func(kinds.Object) string {
		return func(obj kinds.Object) string { return f(&obj.(*corev1.Event).InvolvedObject) }
	}
	return map[string]func(kinds.Object) string{
		prefix + ".kind":            of(func(r *corev1.ObjectReference) string { return r.Kind }),
		prefix + ".namespace":       of(func(r *corev1.ObjectReference) string { return r.Namespace }),
		prefix + ".name":            of(func(r *corev1.ObjectReference) string { return r.Name }),
		prefix + ".uid":             of(func(r *corev1.ObjectReference) string { return string(r.UID) }),
		prefix + ".apiVersion":      of(func(r *corev1.ObjectReference) string { return r.APIVersion }),
		prefix + ".resourceVersion": of(func(r *corev1.ObjectReference) string { return r.ResourceVersion }),
		prefix + ".fieldPath":       of(func(r *corev1.ObjectReference) string { return r.FieldPath }),
	}
}
