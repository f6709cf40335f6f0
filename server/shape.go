package server

import (
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
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
	switch {
	case out.as == shapeTable:
		include, err := includeObject(r)
		if err != nil {
			return err
		}
		rows, err := table(t, objects, m.api(), tableView{include: include, version: out.version, columns: true})
		if err != nil {
			return err
		}
		return writeObject(w, r, code, out, gvk, rows)
	case many != (out.as == shapePartialList):
		return wrongShape(out.as, t, many)
	case !many:
		return writeObject(w, r, code, out, gvk, partial(objects[0], out.version))
	}
	list := &metav1.PartialObjectMetadataList{ListMeta: m.api(), Items: make([]metav1.PartialObjectMetadata, len(objects))}
	for i, obj := range objects {
		list.Items[i] = *partial(obj, out.version)
	}
	return writeObject(w, r, code, out, gvk, list)
}

// partial is an object's metadata alone, in a version of meta.k8s.io.
func partial(obj kinds.Object, version string) *metav1.PartialObjectMetadata {
	m := meta.AsPartialObjectMetadata(obj)
	m.SetGroupVersionKind(schema.GroupVersionKind{Group: metav1.GroupName, Version: version, Kind: shapePartial})
	return m
}

// includeObject is what the rows of a table shall carry of their objects.
func includeObject(r *http.Request) (metav1.IncludeObjectPolicy, error) {
	var opts metav1.TableOptions
	if r.URL.RawQuery != "" {
		opts.IncludeObject = metav1.IncludeObjectPolicy(r.URL.Query().Get("includeObject"))
	}
	if errs := metav1validation.ValidateTableOptions(&opts); len(errs) > 0 {
		return "", apierrors.NewBadRequest("Unable to convert to Table as requested: " + errs[0].Error())
	}
	if opts.IncludeObject == "" {
		return metav1.IncludeMetadata, nil
	}
	return opts.IncludeObject, nil
}

var (
	nameColumn = kinds.Column{Name: "Name", Type: "string", Format: "name", Description: metav1.ObjectMeta{}.SwaggerDoc()["name"],
		Value: func(obj kinds.Object, _ time.Time) any { return obj.GetName() }}
	ageColumn = kinds.Column{Name: "Created At", Type: "date", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"],
		Value: func(obj kinds.Object, _ time.Time) any {
			return obj.GetCreationTimestamp().UTC().Format(time.RFC3339)
		}}
)

// columnsOf are a kind's own columns, or those that every object has.
func columnsOf(t resource.Target) []kinds.Column {
	if own := t.Columns(); own != nil {
		return own
	}
	return []kinds.Column{nameColumn, ageColumn}
}

// tableView is how a table is wanted.
type tableView struct {
	include metav1.IncludeObjectPolicy
	version string // of meta.k8s.io
	// columns: the table says what its columns are. Only the first of a watch does.
	columns bool
}

// table renders objects as kubectl prints them.
func table(t resource.Target, objects []kinds.Object, m metav1.ListMeta, view tableView) (*metav1.Table, error) {
	defs := columnsOf(t)
	out := &metav1.Table{ListMeta: m, Rows: make([]metav1.TableRow, len(objects))}
	conditions := t.Resource.Kind.RowConditions
	stored := t.Restore
	if t.AnswerGVK() != t.GVK() {
		// A subresource shows an object of another kind.
		defs, conditions = []kinds.Column{nameColumn, ageColumn}, nil
		stored = func(obj kinds.Object) (kinds.Object, error) { return obj, nil }
	}
	if view.columns {
		out.ColumnDefinitions = make([]metav1.TableColumnDefinition, len(defs))
		for i, c := range defs {
			out.ColumnDefinitions[i] = metav1.TableColumnDefinition{Name: c.Name, Type: c.Type, Format: c.Format, Description: c.Description, Priority: c.Priority}
		}
	}
	now := time.Now()
	for i, obj := range objects {
		row := &out.Rows[i]
		whole, err := stored(obj)
		if err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		row.Cells = make([]any, len(defs))
		for j, c := range defs {
			row.Cells[j] = c.Value(whole, now)
		}
		if conditions != nil {
			row.Conditions = conditions(whole)
		}
		switch view.include {
		case metav1.IncludeMetadata:
			row.Object.Object = partial(obj, view.version)
		case metav1.IncludeObject:
			full := obj.DeepCopyObject()
			full.GetObjectKind().SetGroupVersionKind(t.AnswerGVK())
			row.Object.Object = full
		}
	}
	return out, nil
}
