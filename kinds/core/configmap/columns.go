package configmap

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := corev1.ConfigMap{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Data", Type: "string", Description: doc["data"], Value: table.Cell(func(m *corev1.ConfigMap) any {
			return int64(len(m.Data) + len(m.BinaryData))
		})},
		table.Age(),
	}
}
