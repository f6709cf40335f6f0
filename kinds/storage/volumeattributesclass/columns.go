package volumeattributesclass

import (
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := storagev1.VolumeAttributesClass{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "DriverName", Type: "string", Description: doc["driverName"], Value: table.Cell(func(c *storagev1.VolumeAttributesClass) any { return c.DriverName })},
		table.Age(),
	}
}
