package resource

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/cache"
)

// matcher tells which entries the selectors want; nil where they want all.
func (r *Resource) matcher(byLabel labels.Selector, byField fields.Selector) (func(*cache.Entry) bool, error) {
	anyLabel := byLabel == nil || byLabel.Empty()
	anyField := byField == nil || byField.Empty()
	if !anyField {
		if err := r.checkFields(byField); err != nil {
			return nil, err
		}
	}
	if anyLabel && anyField {
		return nil, nil
	}
	return func(e *cache.Entry) bool {
		if !anyLabel && !byLabel.Matches(labels.Set(e.Object.GetLabels())) {
			return false
		}
		return anyField || byField.Matches(objectFields{r, e.Object})
	}, nil
}

// checkFields refuses fields that objects cannot be selected by. Kinds without selectable fields of their own have other words for it.
func (r *Resource) checkFields(s fields.Selector) error {
	plain := len(r.Kind.Fields) == 0
	for _, q := range s.Requirements() {
		switch {
		case q.Field == "metadata.name", q.Field == "metadata.namespace" && (plain || r.Kind.Namespaced), r.Kind.Fields[q.Field] != nil:
		case plain:
			return apierrors.NewBadRequest(fmt.Sprintf("%q is not a known field selector: only %q, %q", q.Field, "metadata.name", "metadata.namespace"))
		default:
			return apierrors.NewBadRequest("field label not supported: " + q.Field)
		}
	}
	return nil
}

// objectFields shows an object to a field selector.
type objectFields struct {
	r   *Resource
	obj cache.Object
}

func (f objectFields) Has(field string) bool { return true }

func (f objectFields) Get(field string) string {
	switch field {
	case "metadata.name":
		return f.obj.GetName()
	case "metadata.namespace":
		return f.obj.GetNamespace()
	}
	if value := f.r.Kind.Fields[field]; value != nil {
		return value(f.obj)
	}
	return ""
}
