package storageprotection

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/resource"
)

// Finalizers of what is protected.
const (
	Claim  = "kubernetes.io/pvc-protection"
	Volume = "kubernetes.io/pv-protection"
	Class  = "kubernetes.io/vac-protection"
)

var protected = map[schema.GroupResource]string{
	{Resource: "persistentvolumeclaims"}:                           Claim,
	{Resource: "persistentvolumes"}:                                Volume,
	{Group: "storage.k8s.io", Resource: "volumeattributesclasses"}: Class,
}

// Mutate adds the finalizer that a new object lacks.
func Mutate(_ context.Context, a *resource.Attempt) error {
	finalizer, ok := protected[a.Resource.Kind.GroupResource()]
	if !ok || a.Operation != resource.Create || a.Subresource != "" || slices.Contains(a.Object.GetFinalizers(), finalizer) {
		return nil
	}
	a.Object.SetFinalizers(append(slices.Clone(a.Object.GetFinalizers()), finalizer))
	return nil
}
