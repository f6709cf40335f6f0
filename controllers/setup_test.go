package controllers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers"
	"argosy.dev/controllers/controllertest"
	"argosy.dev/facts/pods"
)

// scene is a cluster at work, and short words for what tests say about it.
type scene struct {
	*controllertest.Running
	t   *testing.T
	ctx context.Context
}

// play runs a scenario in virtual time, on a cluster with such nodes.
func play(t *testing.T, nodes []*controllertest.Node, scenario func(s *scene)) {
	synctest.Test(t, func(t *testing.T) {
		options := controllers.Options{CABundle: []byte("PEM")}
		scenario(&scene{controllertest.Start(t, options, nodes...), t, context.Background()})
	})
}

// quick is a node on which pods become ready in a second and stop in two.
func quick(name string) *controllertest.Node {
	return &controllertest.Node{Name: name, Start: time.Second, Stop: 2 * time.Second}
}

func web(name string, replicas int32, edits ...func(*appsv1.Deployment)) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Spec: appsv1.DeploymentSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "v1"}}}},
	}}
	for _, e := range edits {
		e(d)
	}
	return d
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (s *scene) create(d *appsv1.Deployment) {
	s.t.Helper()
	must[*appsv1.Deployment](s.t)(client.Deployments(s).Create(s.ctx, d))
}

// patch changes a deployment of the namespace default.
func (s *scene) patch(name, patch string) {
	s.t.Helper()
	must[*appsv1.Deployment](s.t)(client.Deployments(s).Patch(s.ctx, "default", name, types.StrategicMergePatchType, []byte(patch), ""))
}

func (s *scene) image(name, image string) {
	s.t.Helper()
	s.patch(name, fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":"c","image":%q}]}}}}`, image))
}

func (s *scene) deployment(name string) *appsv1.Deployment {
	s.t.Helper()
	d, ok := client.Deployments(s).Get("default", name)
	if !ok {
		s.t.Fatalf("there is no deployment %s", name)
	}
	return d
}

// sets shows the replica sets of a deployment as "image:replicas/revision", by revision.
func (s *scene) sets(deployment string) string {
	var list []string
	for _, rs := range client.ReplicaSets(s).List("default") {
		if ref := metav1.GetControllerOf(rs); ref != nil && ref.Name == deployment {
			list = append(list, fmt.Sprintf("%s:%d/%s", rs.Spec.Template.Spec.Containers[0].Image, *rs.Spec.Replicas, rs.Annotations["deployment.kubernetes.io/revision"]))
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[strings.Index(a, "/"):], b[strings.Index(b, "/"):]) })
	return strings.Join(list, " ")
}

// pods counts those of an image that are not being deleted, "" for any.
func (s *scene) pods(image string) int {
	n := 0
	for _, p := range client.Pods(s).List("default") {
		if (image == "" || p.Spec.Containers[0].Image == image) && !pods.Terminating(p) {
			n++
		}
	}
	return n
}

func (s *scene) condition(name string, kind appsv1.DeploymentConditionType) string {
	for _, c := range s.deployment(name).Status.Conditions {
		if c.Type == kind {
			return fmt.Sprintf("%s %s", c.Status, c.Reason)
		}
	}
	return ""
}

// rolledOut asks as "kubectl rollout status" does.
func (s *scene) rolledOut(name string) func() bool {
	return func() bool {
		d := s.deployment(name)
		st := d.Status
		return st.ObservedGeneration >= d.Generation && st.UpdatedReplicas == *d.Spec.Replicas && st.Replicas == st.UpdatedReplicas && st.AvailableReplicas == st.UpdatedReplicas
	}
}

// events are the messages of a reason, in the order in which they were told; those of one second by what they are about.
func (s *scene) events(reason string) []string {
	var list []*corev1.Event
	for _, e := range client.Events(s).List("") {
		if e.Reason == reason {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b *corev1.Event) int { return a.FirstTimestamp.Compare(b.FirstTimestamp.Time) })
	messages := make([]string, len(list))
	for i, e := range list {
		messages[i] = e.Message
	}
	return messages
}

func (s *scene) is(what, got, want string) {
	s.t.Helper()
	if got != want {
		s.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func message(ns *corev1.Namespace, kind corev1.NamespaceConditionType) string {
	if ns == nil {
		return "no namespace"
	}
	for _, c := range ns.Status.Conditions {
		if c.Type == kind {
			return c.Message
		}
	}
	return "no condition"
}
