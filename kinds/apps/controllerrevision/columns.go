package controllerrevision

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := appsv1.ControllerRevision{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Controller", Type: "string", Description: "Controller of the object", Value: table.Cell(controller)},
		{Name: "Revision", Type: "string", Description: doc["revision"], Value: table.Cell(func(r *appsv1.ControllerRevision) any {
			return r.Revision
		})},
		table.Age(),
	}
}

func controller(r *appsv1.ControllerRevision) any {
	ref := metav1.GetControllerOfNoCopy(r)
	if ref == nil {
		return table.None
	}
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return table.Unknown
	}
	kind := schema.GroupKind{Group: gv.Group, Kind: ref.Kind}
	return strings.ToLower(kind.String()) + "/" + ref.Name
}
