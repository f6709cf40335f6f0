package cluster

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
)

// awaitTimeout is how long the cluster may take for what a test waits for, unless that is said otherwise.
const awaitTimeout = 30 * time.Second

var notInNames = regexp.MustCompile("[^a-z0-9]+")

// Space makes a namespace for one test, ready for pods, and is its administrator there. It is deleted after the test.
func (c *Cluster) Space(t testing.TB) Client {
	t.Helper()
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(t.Name()), "-"), "-")
	if len(name) > 63 {
		name = strings.Trim(name[len(name)-63:], "-")
	}
	api := c.API(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := api.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			c.describe(t, "--namespace="+name)
		}
		_ = api.CoreV1().Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{})
	})
	client := Client{Cluster: c, Namespace: name}
	Await(t, client, "serviceaccounts", "default", func(*corev1.ServiceAccount) error { return nil })
	Await(t, client, "configmaps", "kube-root-ca.crt", func(*corev1.ConfigMap) error { return nil })
	return client
}

// API is the administrator's typed client.
func (c *Cluster) API(t testing.TB) *kubernetes.Clientset {
	t.Helper()
	api, err := kubernetes.NewForConfig(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// errGone is what Await tells of an object that does not exist.
var errGone = errors.New("there is none")

// Await watches one object of a resource of core/v1 or apps/v1 in the client's namespace, until check returns nil, and
// returns it. It fails the test with check's last error after half a minute.
func Await[T any, P interface {
	*T
	runtime.Object
}](t testing.TB, c Client, resource, name string, check func(P) error) P {
	t.Helper()
	return AwaitFor(t, awaitTimeout, c, resource, name, check)
}

// AwaitFor is Await with another timeout.
func AwaitFor[T any, P interface {
	*T
	runtime.Object
}](t testing.TB, timeout time.Duration, c Client, resource, name string, check func(P) error) P {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	last := errGone
	for {
		found, err := follow(ctx, c, t, resource, name, func(event watch.Event) (P, bool) {
			object, ok := event.Object.(P)
			if !ok || event.Type == watch.Deleted {
				last = errGone
				return nil, false
			}
			last = check(object)
			return object, last == nil
		})
		var refused apierrors.APIStatus
		switch {
		case errors.As(err, &refused):
			t.Fatalf("watching %s %s: %v", resource, name, err)
		case err != nil && ctx.Err() == nil: // it may just be starting, or stopping
			last = err
			<-time.After(50 * time.Millisecond)
		case found != nil:
			return found
		case ctx.Err() != nil:
			t.Fatalf("%s %s/%s: not within %v: %v", resource, c.Namespace, name, timeout, last)
		}
	}
}

// follow watches one object until want takes an event, or the watch ends.
func follow[P runtime.Object](ctx context.Context, c Client, t testing.TB, resource, name string, want func(watch.Event) (P, bool)) (none P, err error) {
	t.Helper()
	api := c.API(t)
	group := api.CoreV1().RESTClient()
	if slices.Contains([]string{"deployments", "replicasets", "controllerrevisions"}, resource) {
		group = api.AppsV1().RESTClient()
	}
	w, err := group.Get().Namespace(c.Namespace).Resource(resource).
		VersionedParams(&metav1.ListOptions{Watch: true, FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String()}, metav1.ParameterCodec).
		Watch(ctx)
	if err != nil {
		return none, err
	}
	defer w.Stop()
	for event := range w.ResultChan() {
		if event.Type == watch.Error {
			return none, apierrors.FromObject(event.Object)
		}
		if object, ok := want(event); ok {
			return object, nil
		}
	}
	return none, nil
}

// AwaitPod waits for a pod of the client's namespace.
func AwaitPod(t testing.TB, c Client, name string, check func(*corev1.Pod) error) *corev1.Pod {
	t.Helper()
	return Await(t, c, "pods", name, check)
}

// AwaitGone waits until an object does not exist.
func AwaitGone(t testing.TB, c Client, resource, name string) {
	t.Helper()
	Eventually(t, awaitTimeout, resource+" "+name+" gone", func() error {
		if out := c.Kubectl(t, "get", resource, name, "--ignore-not-found", "-o", "name"); out != "" {
			return fmt.Errorf("%s is still there", strings.TrimSpace(out))
		}
		return nil
	})
}

// Running is a check for [AwaitPod]: it runs, and all its containers are ready.
func Running(p *corev1.Pod) error {
	for _, s := range p.Status.ContainerStatuses {
		if !s.Ready {
			return fmt.Errorf("container %s is not ready: %+v", s.Name, s.State)
		}
	}
	if p.Status.Phase != corev1.PodRunning {
		return fmt.Errorf("it is %s: %s %s", p.Status.Phase, p.Status.Reason, p.Status.Message)
	}
	return nil
}
