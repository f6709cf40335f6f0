package secret

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := corev1.Secret{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Type", Type: "string", Description: doc["type"], Value: table.Cell(func(s *corev1.Secret) any { return string(s.Type) })},
		{Name: "Data", Type: "string", Description: doc["data"], Value: table.Cell(func(s *corev1.Secret) any { return int64(len(s.Data)) })},
		table.Age(),
	}
}
