package volumeresize

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/resource"
)

// Reader finds storage classes.
type Reader interface {
	StorageClass(name string) (*storagev1.StorageClass, bool)
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

var (
	//lint:ignore ST1005 upstream's words
	errUnbound = errors.New("Only bound persistent volume claims can be expanded")
	errFixed   = errors.New("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")
)

// Validate refuses.
func (p Plugin) Validate(_ context.Context, a *resource.Attempt) error {
	claim, ok := a.Object.(*corev1.PersistentVolumeClaim)
	if !ok || a.Operation != resource.Update || a.Subresource != "" {
		return nil
	}
	old, ok := a.Old.(*corev1.PersistentVolumeClaim)
	if !ok {
		return nil
	}
	if size := claim.Spec.Resources.Requests[corev1.ResourceStorage]; size.Cmp(old.Spec.Resources.Requests[corev1.ResourceStorage]) <= 0 {
		return nil
	}
	switch {
	case old.Status.Phase != corev1.ClaimBound:
		return a.Forbid(errUnbound)
	case !p.expands(claim):
		return a.Forbid(errFixed)
	}
	return nil
}

func (p Plugin) expands(claim *corev1.PersistentVolumeClaim) bool {
	name := claim.Annotations[corev1.BetaStorageClassAnnotation]
	if name == "" && claim.Spec.StorageClassName != nil {
		name = *claim.Spec.StorageClassName
	}
	if name == "" {
		return false
	}
	class, ok := p.Reader.StorageClass(name)
	return ok && class.AllowVolumeExpansion != nil && *class.AllowVolumeExpansion
}
