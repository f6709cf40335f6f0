package storageclass

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/resource"
)

// Reader lists storage classes.
type Reader interface {
	StorageClasses() []*storagev1.StorageClass
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

// marks are the annotations that make a class the default.
var marks = []string{"storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"}

// Mutate fills in the class.
func (p Plugin) Mutate(_ context.Context, a *resource.Attempt) error {
	claim, ok := a.Object.(*corev1.PersistentVolumeClaim)
	if !ok || a.Operation != resource.Create || a.Subresource != "" || claim.Spec.StorageClassName != nil {
		return nil
	}
	if _, old := claim.Annotations[corev1.BetaStorageClassAnnotation]; old {
		return nil
	}
	if name := p.fallback(); name != "" {
		claim.Spec.StorageClassName = &name
	}
	return nil
}

// fallback is the default class's name: the newest, by name among those of one second.
func (p Plugin) fallback() string {
	var found *storagev1.StorageClass
	for _, c := range p.Reader.StorageClasses() {
		if marked(c) && (found == nil || found.CreationTimestamp.Before(&c.CreationTimestamp) ||
			found.CreationTimestamp.Equal(&c.CreationTimestamp) && c.Name < found.Name) {
			found = c
		}
	}
	if found == nil {
		return ""
	}
	return found.Name
}

func marked(c *storagev1.StorageClass) bool {
	for _, m := range marks {
		if c.Annotations[m] == "true" {
			return true
		}
	}
	return false
}
