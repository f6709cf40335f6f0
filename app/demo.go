package app

import (
	"context"
	"fmt"
	"io"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"argosy.dev/client"
	"argosy.dev/runtime/image/demo"
)

const demoName = "demo"

// demoDeployment is what --demo adds: a small web server that needs no registry.
func demoDeployment() *appsv1.Deployment {
	labels := map[string]string{"app": demoName}
	field := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}
	}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: demoName, Namespace: metav1.NamespaceDefault, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(2)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "web", Image: demo.Name, Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: demo.Port}},
					// Available means that it answers; a probe that only connects leaves no line in its log.
					ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(demo.Port)}}},
					Env:            []corev1.EnvVar{{Name: "POD_NAME", ValueFrom: field("metadata.name")}, {Name: "NODE_NAME", ValueFrom: field("spec.nodeName")}},
				}}},
			},
		},
	}
}

// startDemo makes the demo's Deployment unless it is there, possibly changed by its user.
func (c *controlPlane) startDemo(ctx context.Context) error {
	deployments := client.Deployments(c.as("argosy", "system:apiserver", "system:masters"))
	if _, ok := deployments.Get(metav1.NamespaceDefault, demoName); ok {
		return nil
	}
	if _, err := deployments.Create(ctx, demoDeployment()); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making the demo's deployment: %w", err)
	}
	return nil
}

// tellDemo says, once, when the demo is available and how to reach it.
func (c *controlPlane) tellDemo(ctx context.Context, out io.Writer, began time.Time) {
	cluster := c.as("argosy", "system:apiserver", "system:masters")
	pods := client.Pods(cluster)
	ctx, done := context.WithCancel(ctx)
	defer done()
	// Following ends with the context: when the demo is available, or the process stops.
	_ = client.Deployments(cluster).FollowIn(ctx, client.Scope{Namespace: metav1.NamespaceDefault}, func(_, d *appsv1.Deployment) {
		if d == nil || d.Name != demoName || ctx.Err() != nil || d.Spec.Replicas == nil || d.Status.AvailableReplicas < *d.Spec.Replicas {
			return
		}
		fmt.Fprintf(out, "demo            deployment %s is available after %d ms\n", demoName, time.Since(began).Milliseconds())
		for _, pod := range pods.List(metav1.NamespaceDefault) {
			if pod.Labels["app"] == demoName && pod.Status.PodIP != "" {
				fmt.Fprintf(out, "                curl http://%s:%d\n", pod.Status.PodIP, demo.Port)
				break
			}
		}
		fmt.Fprintf(out, "                argosy kubectl get pods   (or any kubectl, with --kubeconfig %s)\n", c.options.KubeconfigPath())
		done()
	})
}
