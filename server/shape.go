package server

import (
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

func objectsOf(t resource.Target, entries []*cache.Entry) ([]kinds.Object, error) {
	objects := make([]kinds.Object, len(entries))
	for i, e := range entries {
		obj, err := t.Convert(e.Object)
		if err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		objects[i] = obj
	}
	return objects, nil
}

// writeShape writes objects as a Table or as their metadata alone.
func (s *Server) writeShape(w http.ResponseWriter, r *http.Request, code int, out output, t resource.Target, objects []kinds.Object, m listMeta, many bool) error {
	gvk := schema.GroupVersionKind{Group: metav1.GroupName, Version: out.version, Kind: out.as}
	var answer runtime.Object
	switch {
	case out.as == "Table":
		include, err := includeObject(r)
		if err != nil {
			return err
		}
		api := m.api()
		answer = table(t, objects, api, include, true)
	case many:
		list := &metav1.PartialObjectMetadataList{ListMeta: m.api(), Items: make([]metav1.PartialObjectMetadata, len(objects))}
		for i, obj := range objects {
			list.Items[i] = *partial(obj)
			if !out.protobuf() {
				list.Items[i].TypeMeta = metav1.TypeMeta{}
			}
		}
		answer = list
	default:
		answer = partial(objects[0])
	}
	return writeObject(w, r, code, out, gvk, answer)
}

// partial is an object's metadata alone.
func partial(obj kinds.Object) *metav1.PartialObjectMetadata {
	return meta.AsPartialObjectMetadata(obj)
}

func includeObject(r *http.Request) (metav1.IncludeObjectPolicy, error) {
	switch include := metav1.IncludeObjectPolicy(r.URL.Query().Get("includeObject")); include {
	case "":
		return metav1.IncludeMetadata, nil
	case metav1.IncludeMetadata, metav1.IncludeNone, metav1.IncludeObject:
		return include, nil
	default:
		return "", apierrors.NewBadRequest("includeObject must be one of None, Metadata, Object")
	}
}

var (
	nameColumn = kinds.Column{Name: "Name", Type: "string", Format: "name", Description: metav1.ObjectMeta{}.SwaggerDoc()["name"],
		Value: func(obj kinds.Object, _ time.Time) any { return obj.GetName() }}
	ageColumn = kinds.Column{Name: "Created At", Type: "date", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"],
		Value: func(obj kinds.Object, _ time.Time) any {
			return obj.GetCreationTimestamp().UTC().Format(time.RFC3339)
		}}
)

// table renders objects as kubectl prints them. Only the first table of a watch says what its columns are.
func table(t resource.Target, objects []kinds.Object, m metav1.ListMeta, include metav1.IncludeObjectPolicy, columns bool) *metav1.Table {
	defs := t.Columns()
	if defs == nil {
		defs = []kinds.Column{nameColumn, ageColumn}
	}
	out := &metav1.Table{ListMeta: m, Rows: make([]metav1.TableRow, len(objects))}
	if columns {
		out.ColumnDefinitions = make([]metav1.TableColumnDefinition, len(defs))
		for i, c := range defs {
			out.ColumnDefinitions[i] = metav1.TableColumnDefinition{Name: c.Name, Type: c.Type, Format: c.Format, Description: c.Description, Priority: c.Priority}
		}
	}
	now := time.Now()
	for i, obj := range objects {
		row := &out.Rows[i]
		row.Cells = make([]any, len(defs))
		for j, c := range defs {
			row.Cells[j] = c.Value(obj, now)
		}
		if conditions := t.Resource.Kind.RowConditions; conditions != nil {
			row.Conditions = conditions(obj)
		}
		switch include {
		case metav1.IncludeMetadata:
			m := partial(obj)
			m.SetGroupVersionKind(schema.GroupVersionKind{Group: metav1.GroupName, Version: "v1", Kind: "PartialObjectMetadata"})
			row.Object.Object = m
		case metav1.IncludeObject:
			full := obj.DeepCopyObject()
			full.GetObjectKind().SetGroupVersionKind(t.GVK())
			row.Object.Object = full
		}
	}
	return out
}
