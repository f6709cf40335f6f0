package node

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

func proxy() kinds.Subresource {
	return kinds.Subresource{
		Name:    "proxy",
		GVK:     corev1.SchemeGroupVersion.WithKind("NodeProxyOptions"),
		Verbs:   []string{"create", "delete", "get", "patch", "update"},
		New:     func() runtime.Object { return &corev1.NodeProxyOptions{} },
		Connect: true,
	}
}
