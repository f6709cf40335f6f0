package usage

import (
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apiresource "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/metrics/pkg/apis/metrics"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// Nodes answers for NodeMetrics.
func (f *Figures) Nodes(ctx context.Context, t resource.Target) ([]kinds.Object, error) {
	list := f.nodes.List("")
	if t.Name != "" {
		node, ok := f.nodes.Get("", t.Name)
		if !ok {
			return nil, unknown("nodemetrics", t.Name)
		}
		list = []*corev1.Node{node}
	}
	names := make([]string, len(list))
	for i, node := range list {
		names[i] = node.Name
	}
	pairs := f.look(ctx, names)
	var out []kinds.Object
	for _, node := range list {
		p, ok := pairs[node.Name]
		if !ok {
			continue
		}
		if u, ok := p.node(); ok {
			out = append(out, &metricsv1beta1.NodeMetrics{ObjectMeta: metadata(&node.ObjectMeta, u), Timestamp: metav1.NewTime(u.at),
				Window: metav1.Duration{Duration: u.window}, Usage: u.list()})
		}
	}
	if t.Name != "" && len(out) == 0 {
		return nil, unknown("nodemetrics", t.Name)
	}
	return out, nil
}

// Pods answers for PodMetrics.
func (f *Figures) Pods(ctx context.Context, t resource.Target) ([]kinds.Object, error) {
	var list []*corev1.Pod
	if t.Name == "" {
		list = f.pods.List(t.Namespace)
	} else if pod, ok := f.pods.Get(t.Namespace, t.Name); ok {
		list = []*corev1.Pod{pod}
	}
	on := map[string]bool{}
	for _, pod := range list {
		if runs(pod) {
			on[pod.Spec.NodeName] = true
		}
	}
	pairs := f.look(ctx, slices.Sorted(maps.Keys(on)))
	var out []kinds.Object
	for _, pod := range list {
		p, ok := pairs[pod.Spec.NodeName]
		if !ok || !runs(pod) {
			continue
		}
		if m := p.pod(pod); m != nil {
			out = append(out, m)
		}
	}
	if t.Name != "" && len(out) == 0 {
		return nil, unknown("podmetrics", t.Namespace+"/"+t.Name)
	}
	return out, nil
}

// runs tells that a pod has containers that use something.
func runs(pod *corev1.Pod) bool {
	return pod.Spec.NodeName != "" && pod.Status.Phase == corev1.PodRunning
}

// pod is what a pod's containers use; nil where one of those that run has not told: who reads sums would take them for the whole.
func (p pair) pod(pod *corev1.Pod) *metricsv1beta1.PodMetrics {
	name := types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}
	before, now := p.before.pods[name], p.now.pods[name]
	out := &metricsv1beta1.PodMetrics{Containers: make([]metricsv1beta1.ContainerMetrics, 0, len(now))}
	var of used
	for _, container := range slices.Sorted(maps.Keys(now)) {
		u, ok := p.container(container, before, now)
		if !ok {
			return nil
		}
		if of.at.IsZero() || u.at.Before(of.at) {
			of = u
		}
		out.Containers = append(out.Containers, metricsv1beta1.ContainerMetrics{Name: container, Usage: u.list()})
	}
	if len(out.Containers) == 0 {
		return nil
	}
	out.ObjectMeta = metadata(&pod.ObjectMeta, of)
	out.Timestamp, out.Window = metav1.NewTime(of.at), metav1.Duration{Duration: of.window}
	return out
}

// metadata is that of the figures of an object: they are as old as they are.
func metadata(of *metav1.ObjectMeta, u used) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: of.Name, Namespace: of.Namespace, Labels: of.Labels, CreationTimestamp: metav1.NewTime(u.at)}
}

func (u used) list() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *apiresource.NewScaledQuantity(int64(u.cpu), apiresource.Nano),
		corev1.ResourceMemory: *apiresource.NewQuantity(u.memory, apiresource.BinarySI),
	}
}

func unknown(what, name string) error {
	return apierrors.NewNotFound(schema.GroupResource{Group: metrics.GroupName, Resource: what}, name)
}
