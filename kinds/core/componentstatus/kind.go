//lint:file-ignore SA1019 the API serves it for as long as clients read it

package componentstatus

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes the health of parts.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("ComponentStatus"),
		Resource:   "componentstatuses",
		Singular:   "componentstatus",
		ShortNames: []string{"cs"},
		Verbs:      []string{"get", "list"},
		Deprecated: "v1 ComponentStatus is deprecated in v1.19+",
		New:        func() kinds.Object { return &corev1.ComponentStatus{} },
		NewList:    func() runtime.Object { return &corev1.ComponentStatusList{} },
		Computed:   true,
		Columns:    columns(),
	}
}
