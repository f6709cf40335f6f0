package resource_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"

	"argosy.dev/cache"
	"argosy.dev/kinds/apps/deployment"
	"argosy.dev/resource"
	"argosy.dev/store/embedded"
)

var mergeRules = sync.OnceValue(func() resource.Types { return applyconfigurations.NewTypeConverter(scheme.Scheme) })

// serve makes a pipeline for deployments on an empty store in memory.
func serve(t *testing.T) (*resource.Pipeline, resource.Target) {
	t.Helper()
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(s, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := resource.New(resource.Options{Store: s, Cache: c, Types: mergeRules, Log: slog.Default()})
	r, err := p.Add(ctx, deployment.Kind())
	if err != nil {
		t.Fatal(err)
	}
	return p, resource.Target{Resource: r, Version: "v1", Namespace: "default"}
}

func named(t resource.Target, name string) resource.Target { t.Name = name; return t }

func web(name string) resource.Body {
	labels := map[string]string{"a": "b"}
	return resource.Body{Object: &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}},
	}}}
}

const webJSON = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"a":"b"}},
"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`

func TestLifeOfAnObject(t *testing.T) {
	p, target := serve(t)
	ctx := context.Background()
	w, err := p.Watch(ctx, target, resource.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	body := resource.Body{Data: []byte(webJSON), MediaType: resource.MediaJSON}
	made, err := p.Create(ctx, target, body, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := made.Entry.Object.(*appsv1.Deployment)
	if d.UID == "" || d.Generation != 1 || *d.Spec.Replicas != 1 || d.ResourceVersion == "" {
		t.Errorf("the created object lacks what the server gives: %+v", d.ObjectMeta)
	}
	if _, err := p.Create(ctx, target, body, metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		t.Errorf("creating it again: %v, want AlreadyExists", err)
	}
	target = named(target, "web")
	patched, err := p.Patch(ctx, target, types.StrategicMergePatchType, []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"j"}]}}}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := patched.Entry.Object.(*appsv1.Deployment); got.Generation != 2 || got.Spec.Template.Spec.Containers[0].Image != "j" {
		t.Errorf("the patch came to generation %d, image %s", got.Generation, got.Spec.Template.Spec.Containers[0].Image)
	}
	scale := target
	scale.Subresource = "scale"
	if res, err := p.Patch(ctx, scale, types.MergePatchType, []byte(`{"spec":{"replicas":5}}`), metav1.PatchOptions{}); err != nil || res.Object == nil {
		t.Errorf("patching the scale: %+v, %v; want a scale", res, err)
	}
	if res, err := p.Delete(ctx, target, metav1.DeleteOptions{}); err != nil || res.Status == nil {
		t.Errorf("delete: %+v, %v; want a status", res, err)
	}
	var seen []watch.EventType
	for len(seen) < 4 {
		events, err := w.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			seen = append(seen, e.Type)
		}
	}
	if want := []watch.EventType{watch.Added, watch.Modified, watch.Modified, watch.Deleted}; !slices.Equal(seen, want) {
		t.Errorf("the watch saw %v, want %v", seen, want)
	}
	if _, err := p.Get(ctx, target, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("get after delete: %v, want NotFound", err)
	}
}

func TestFinalizersHoldAnObject(t *testing.T) {
	p, target := serve(t)
	ctx := context.Background()
	if _, err := p.Create(ctx, target, web("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	target = named(target, "web")
	foreground := metav1.DeletePropagationForeground
	res, err := p.Delete(ctx, target, metav1.DeleteOptions{PropagationPolicy: &foreground})
	if err != nil || !res.Pending {
		t.Fatalf("foreground deletion: %+v, %v; want it pending", res, err)
	}
	if _, err := p.Patch(ctx, target, types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Get(ctx, target, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the last finalizer went: %v, want NotFound", err)
	}
}

// Of those who delete one object at once, one does, and the others find nothing there: nobody is told of a conflict.
func TestDeletedByManyAtOnce(t *testing.T) {
	p, target := serve(t)
	ctx := context.Background()
	for range 50 {
		created, err := p.Create(ctx, target, web("web"), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		uid := created.Entry.Object.GetUID()
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := p.Delete(ctx, named(target, "web"), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
				if err != nil && !apierrors.IsNotFound(err) {
					t.Errorf("deleted at the same time as others: %v", err)
				}
			})
		}
		group.Wait()
	}
}

func TestPagesShowOneMoment(t *testing.T) {
	p, target := serve(t)
	ctx := context.Background()
	create := func(name string) {
		if _, err := p.Create(ctx, target, web(name), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []string{"a", "c", "e"} {
		create(n)
	}
	first, err := p.List(ctx, target, resource.ListOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	create("b")
	if _, err := p.Delete(ctx, named(target, "c"), metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	rest, err := p.List(ctx, target, resource.ListOptions{Continue: first.Continue})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range slices.Concat(first.Entries, rest.Entries) {
		names = append(names, e.Object.GetName())
	}
	if !slices.Equal(names, []string{"a", "c", "e"}) || rest.Revision != first.Revision {
		t.Errorf("the pages show %v of revisions %d and %d, want a, c, e of one", names, first.Revision, rest.Revision)
	}
}
