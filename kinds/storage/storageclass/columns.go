package storageclass

import (
	"time"

	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/storage/parameters"
	"argosy.dev/kinds/table"
)

// DefaultAnnotation marks the class of claims that name none; the older spelling means the same.
const (
	DefaultAnnotation    = "storageclass.kubernetes.io/is-default-class"
	oldDefaultAnnotation = "storageclass.beta.kubernetes.io/is-default-class"
)

// IsDefault tells whether claims that name no class get this one.
func IsDefault(c *storagev1.StorageClass) bool {
	return c.Annotations[DefaultAnnotation] == "true" || c.Annotations[oldDefaultAnnotation] == "true"
}

func columns() []kinds.Column {
	doc := storagev1.StorageClass{}.SwaggerDoc()
	name := table.Name()
	name.Value = func(obj kinds.Object, _ time.Time) any {
		if IsDefault(obj.(*storagev1.StorageClass)) {
			return obj.GetName() + " (default)"
		}
		return obj.GetName()
	}
	return []kinds.Column{
		name,
		{Name: "Provisioner", Type: "string", Description: doc["provisioner"], Value: table.Cell(func(c *storagev1.StorageClass) any { return c.Provisioner })},
		{Name: "ReclaimPolicy", Type: "string", Description: doc["reclaimPolicy"], Value: table.Cell(func(c *storagev1.StorageClass) any {
			return parameters.Unset(c.ReclaimPolicy, "Delete")
		})},
		{Name: "VolumeBindingMode", Type: "string", Description: doc["volumeBindingMode"], Value: table.Cell(func(c *storagev1.StorageClass) any {
			return parameters.Unset(c.VolumeBindingMode, "Immediate")
		})},
		{Name: "AllowVolumeExpansion", Type: "string", Description: doc["allowVolumeExpansion"], Value: table.Cell(func(c *storagev1.StorageClass) any {
			return c.AllowVolumeExpansion != nil && *c.AllowVolumeExpansion
		})},
		table.Age(),
	}
}
