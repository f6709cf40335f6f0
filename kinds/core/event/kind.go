package event

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

const lifetime = time.Hour

// Kind describes events.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("Event"),
		Resource:   "events",
		Singular:   "event",
		ShortNames: []string{"ev"},
		Namespaced: true,
		New:        func() kinds.Object { return &corev1.Event{} },
		NewList:    func() runtime.Object { return &corev1.EventList{} },
		Versions:   []kinds.Version{modern()},

		Name:     rules.PathSegment, // nothing more was ever asked of their names
		Validate: kinds.Ask(validate),

		AllowCreateOnUpdate:      true,
		AllowUnconditionalUpdate: true,

		Fields:  fields(),
		Columns: columns(),

		Lazy: func(_, _ kinds.Object) bool { return true },
		TTL:  func(kinds.Object) time.Duration { return lifetime },
	}
}
