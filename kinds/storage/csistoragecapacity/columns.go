package csistoragecapacity

import (
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := storagev1.CSIStorageCapacity{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "StorageClassName", Type: "string", Description: doc["storageClassName"], Value: table.Cell(func(c *storagev1.CSIStorageCapacity) any { return c.StorageClassName })},
		{Name: "Capacity", Type: "string", Description: doc["capacity"], Value: table.Cell(func(c *storagev1.CSIStorageCapacity) any {
			if c.Capacity == nil {
				return table.Unset
			}
			return c.Capacity.String()
		})},
		table.Age(),
	}
}
