package claim

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/facts/owners"
)

// Split sorts candidates by what they are to owner. An owner that is being deleted adopts nothing; an object that is being
// deleted is neither adopted nor released.
func Split[T client.Object](owner client.Object, selector labels.Selector, candidates []T) (owned, adopt, release []T) {
	for _, c := range candidates {
		ref, has := owners.Controller(c)
		matches := selector.Matches(labels.Set(c.GetLabels()))
		switch {
		case has && ref.UID == owner.GetUID():
			if matches || c.GetDeletionTimestamp() != nil {
				if matches {
					owned = append(owned, c)
				}
			} else {
				release = append(release, c)
			}
		case !has && matches && c.GetDeletionTimestamp() == nil && owner.GetDeletionTimestamp() == nil:
			adopt = append(adopt, c)
		}
	}
	return owned, adopt, release
}

// Objects returns what owner owns after adopting and releasing what Split says. ownerKind is the owner's.
func Objects[T client.Object](ctx context.Context, r client.Resource[T], owner client.Object, ownerKind schema.GroupVersionKind, selector labels.Selector) ([]T, error) {
	owned, adopt, release := Split(owner, selector, candidates(r, owner, selector))
	for _, c := range release {
		if err := disown(ctx, r, owner, c); err != nil {
			return nil, err
		}
	}
	for _, c := range adopt {
		adopted, err := own(ctx, r, owner, ownerKind, c)
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			continue // it went, or became somebody else's: the next look shows
		}
		if err != nil {
			return nil, err
		}
		owned = append(owned, adopted)
	}
	return owned, nil
}

// candidates are what owner owns by the index, and what in its namespace nobody owns but matches.
func candidates[T client.Object](r client.Resource[T], owner client.Object, selector labels.Selector) []T {
	list := r.ByIndex(client.ByOwner, string(owner.GetUID()))
	for _, c := range r.Orphans(owner.GetNamespace()) {
		if selector.Matches(labels.Set(c.GetLabels())) {
			list = append(list, c)
		}
	}
	return list
}

func own[T client.Object](ctx context.Context, r client.Resource[T], owner client.Object, kind schema.GroupVersionKind, c T) (T, error) {
	refs := append(append([]metav1.OwnerReference(nil), c.GetOwnerReferences()...), owners.Managing(owner, kind))
	return patchOwners(ctx, r, c, refs)
}

func disown[T client.Object](ctx context.Context, r client.Resource[T], owner client.Object, c T) error {
	refs := []metav1.OwnerReference{}
	for _, ref := range c.GetOwnerReferences() {
		if ref.UID != owner.GetUID() {
			refs = append(refs, ref)
		}
	}
	_, err := patchOwners(ctx, r, c, refs)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

// patchOwners replaces the owner references, provided that the object is still the one and in the state that was looked at.
func patchOwners[T client.Object](ctx context.Context, r client.Resource[T], c T, refs []metav1.OwnerReference) (T, error) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": c.GetUID(), "resourceVersion": c.GetResourceVersion(), "ownerReferences": refs,
	}})
	if err != nil {
		return c, fmt.Errorf("encoding the owners of %s: %w", c.GetName(), err)
	}
	return r.Patch(ctx, c.GetNamespace(), c.GetName(), types.MergePatchType, patch, "")
}
