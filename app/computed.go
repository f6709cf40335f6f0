package app

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics"

	"argosy.dev/extend/usage"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// computed are who makes the objects that are not kept. They are asked when the server runs, not before.
func (c *controlPlane) computed() map[string]resource.Compute {
	return map[string]resource.Compute{
		"componentstatuses":    c.componentStatuses,
		"nodes.metrics.k8s.io": func(ctx context.Context, t resource.Target) ([]kinds.Object, error) { return c.usage.Nodes(ctx, t) },
		"pods.metrics.k8s.io":  func(ctx context.Context, t resource.Target) ([]kinds.Object, error) { return c.usage.Pods(ctx, t) },
	}
}

// serves tells whether a kind is served. An API alone is the API server's of Kubernetes and no more: metrics come from elsewhere.
func (c *controlPlane) serves(k *kinds.Kind) bool {
	return !c.options.APIOnly || k.GVK.Group != metrics.GroupName
}

// openNodes makes the ways to nodes, and to what they tell of themselves.
func (c *controlPlane) openNodes() {
	c.nodes = c.newNodeProxy()
	c.usage = usage.New(c.as("system:apiserver", "system:masters"), c.nodes.Fetch, c.log)
}

// componentStatuses tell how the parts of the control plane are, under the names that they have where each is a program of its own.
func (c *controlPlane) componentStatuses(ctx context.Context, _ resource.Target) ([]kinds.Object, error) {
	var fault error
	for _, check := range c.checks() {
		if fault = check.Run(ctx); fault != nil {
			break
		}
	}
	stored := "ok"
	if fault != nil {
		stored = fault.Error()
	}
	const stopped = "it does not run in this server"
	return []kinds.Object{
		componentStatus("controller-manager", c.controlling.Load(), stopped),
		componentStatus("scheduler", c.scheduling.Load(), stopped),
		componentStatus("etcd-0", fault == nil, stored),
	}, nil
}

// componentStatus has fault for its message unless the part is healthy.
func componentStatus(name string, healthy bool, fault string) *corev1.ComponentStatus {
	condition := corev1.ComponentCondition{Type: corev1.ComponentHealthy, Status: corev1.ConditionTrue, Message: "ok"}
	if !healthy {
		condition.Status, condition.Message = corev1.ConditionFalse, fault
	}
	return &corev1.ComponentStatus{ObjectMeta: metav1.ObjectMeta{Name: name}, Conditions: []corev1.ComponentCondition{condition}}
}
