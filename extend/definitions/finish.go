package definitions

import (
	"context"
	"fmt"
	"slices"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/cache"
	"argosy.dev/client"
)

// pause is how long objects that have finalizers of their own are waited for before they are looked at again.
const pause = time.Second

// finish deletes the objects of a definition that goes, and then lets it go.
func (d *Definitions) finish(ctx context.Context, def *apiextensionsv1.CustomResourceDefinition) (again time.Duration, err error) {
	at := slices.Index(def.Finalizers, apiextensionsv1.CustomResourceCleanupFinalizer)
	if at < 0 {
		return 0, nil // somebody else's turn; when it is gone, it is no longer served
	}
	left, err := d.clear(ctx, def)
	if err != nil {
		return 0, err
	}
	if left > 0 {
		return pause, nil
	}
	next := def.DeepCopy()
	next.Finalizers = slices.Delete(next.Finalizers, at, at+1)
	if _, err := d.definitions.Update(ctx, next); err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("letting the definition %s go: %w", def.Name, err)
	}
	return 0, nil
}

// clear deletes all objects, and tells how many there still are.
func (d *Definitions) clear(ctx context.Context, def *apiextensionsv1.CustomResourceDefinition) (left int, err error) {
	s := d.served[def.Name]
	if s == nil || s.resource == nil {
		if !slices.ContainsFunc(def.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
			return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
		}) {
			return 0, nil // it has never been served, so there can be none
		}
		// Of a definition that is not served there may be objects from before.
		open := def.DeepCopy()
		for i := range open.Spec.Versions {
			open.Spec.Versions[i].Served = open.Spec.Versions[i].Storage
		}
		if err := d.serve(ctx, open); err != nil {
			return 0, err
		}
		s = d.served[def.Name]
	}
	if s.resource == nil {
		return 0, nil
	}
	gvr := s.resource.Kind.GVR()
	entries, _, err := s.resource.Table.List(cache.Range{})
	if err != nil {
		return 0, fmt.Errorf("listing the objects of the definition %s: %w", def.Name, err)
	}
	for _, e := range entries {
		t := client.Target{Resource: gvr, Namespace: e.Object.GetNamespace(), Name: e.Object.GetName()}
		if err := d.cluster.Delete(ctx, t, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return 0, fmt.Errorf("deleting %s %s of the definition %s: %w", gvr.Resource, e.Object.GetName(), def.Name, err)
		}
	}
	return s.resource.Table.Len(), nil
}
