package resource_test

import (
	"context"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"argosy.dev/resource"
)

func managers(obj metav1.Object) string {
	var list []string
	for _, e := range obj.GetManagedFields() {
		list = append(list, e.Manager+"/"+string(e.Operation)+"/"+e.Subresource)
	}
	return strings.Join(list, " ")
}

func TestServerSideApply(t *testing.T) {
	p, target := serve(t)
	ctx := context.Background()
	target = named(target, "web")
	apply := func(body, manager string, force bool) (resource.Result, error) {
		return p.Patch(ctx, target, types.ApplyYAMLPatchType, []byte(body), metav1.PatchOptions{FieldManager: manager, Force: ptr.To(force)})
	}
	made, err := apply(webJSON, "one", false)
	if err != nil || !made.Created {
		t.Fatalf("applying what is not there: %+v, %v", made, err)
	}
	again, err := apply(webJSON, "one", false)
	if err != nil || again.Created || again.Entry.Revision != made.Entry.Revision {
		t.Errorf("applying the same again: %+v, %v; want nothing written", again, err)
	}
	const replicas = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n"
	if res, err := apply(replicas, "two", false); err != nil || *res.Entry.Object.(*appsv1.Deployment).Spec.Replicas != 3 {
		t.Fatalf("a second manager's field: %v", err)
	}
	if _, err := apply(strings.Replace(replicas, "3", "4", 1), "one", false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "two": .spec.replicas`) {
		t.Errorf("taking another's field: %v", err)
	}
	res, err := apply(strings.Replace(replicas, "3", "4", 1), "three", true)
	if err != nil || *res.Entry.Object.(*appsv1.Deployment).Spec.Replicas != 4 {
		t.Fatalf("taking another's field by force: %v", err)
	}
	scale := target
	scale.Subresource = "scale"
	if _, err := p.Patch(ctx, scale, types.MergePatchType, []byte(`{"spec":{"replicas":7}}`), metav1.PatchOptions{FieldManager: "scaler"}); err != nil {
		t.Fatal(err)
	}
	got, err := p.Get(ctx, target, metav1.GetOptions{})
	if err != nil || managers(got.Entry.Object) != "one/Apply/ scaler/Update/scale" {
		t.Errorf("owners are %q, %v", managers(got.Entry.Object), err)
	}
}

func TestUpdatesHaveOwners(t *testing.T) {
	p, target := serve(t)
	ctx := context.Background()
	if _, err := p.Create(ctx, target, web("web"), metav1.CreateOptions{FieldManager: "maker"}); err != nil {
		t.Fatal(err)
	}
	target = named(target, "web")
	res, err := p.Patch(ctx, target, types.MergePatchType, []byte(`{"spec":{"paused":true}}`), metav1.PatchOptions{FieldManager: "pauser"})
	if err != nil || managers(res.Entry.Object) != "maker/Update/ pauser/Update/" {
		t.Errorf("owners are %q, %v", managers(res.Entry.Object), err)
	}
}
