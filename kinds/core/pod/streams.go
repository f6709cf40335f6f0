package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// In a stream's options the request's query is read.

func attach() kinds.Subresource {
	return stream("attach", "PodAttachOptions", func() runtime.Object { return &corev1.PodAttachOptions{} }, "create", "get")
}

func exec() kinds.Subresource {
	return stream("exec", "PodExecOptions", func() runtime.Object { return &corev1.PodExecOptions{} }, "create", "get")
}

func portForward() kinds.Subresource {
	return stream("portforward", "PodPortForwardOptions", func() runtime.Object { return &corev1.PodPortForwardOptions{} }, "create", "get")
}

func proxy() kinds.Subresource {
	return stream("proxy", "PodProxyOptions", func() runtime.Object { return &corev1.PodProxyOptions{} }, "create", "delete", "get", "patch", "update")
}

// Discovery lists logs as pods, whatever is sent.
func log() kinds.Subresource {
	return stream("log", "Pod", func() runtime.Object { return &corev1.PodLogOptions{} }, "get")
}

func stream(name, kind string, empty func() runtime.Object, verbs ...string) kinds.Subresource {
	return kinds.Subresource{Name: name, GVK: corev1.SchemeGroupVersion.WithKind(kind), Verbs: verbs, New: empty, Connect: true}
}
