package storageprotection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

func (r *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	if key.Namespace != "" {
		claim, ok := r.claims.Get(key.Namespace, key.Name)
		if ok && held(claim, ClaimFinalizer) && !ClaimInUse(claim, r.pods.List(key.Namespace)) {
			return 0, release(ctx, r.claims, claim, ClaimFinalizer)
		}
		return 0, nil
	}
	if v, ok := r.volumes.Get("", key.Name); ok && held(v, VolumeFinalizer) && !VolumeInUse(v) {
		if err := release(ctx, r.volumes, v, VolumeFinalizer); err != nil {
			return 0, err
		}
	}
	if class, ok := r.classes.Get("", key.Name); ok && held(class, ClassFinalizer) && !ClassInUse(key.Name, r.claims.List(""), r.volumes.List("")) {
		return 0, release(ctx, r.classes, class, ClassFinalizer)
	}
	return 0, nil
}

// release takes the finalizer away, provided that the object is as it was looked at.
func release[T client.Object](ctx context.Context, of client.Resource[T], obj T, finalizer string) error {
	left := slices.DeleteFunc(slices.Clone(obj.GetFinalizers()), func(f string) bool { return f == finalizer })
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": obj.GetUID(), "resourceVersion": obj.GetResourceVersion(), "finalizers": left}})
	if err != nil {
		return fmt.Errorf("encoding the finalizers of %s: %w", obj.GetName(), err)
	}
	_, err = of.Patch(ctx, obj.GetNamespace(), obj.GetName(), types.MergePatchType, patch, "")
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("letting %s go: %w", obj.GetName(), err)
	}
	return nil
}
