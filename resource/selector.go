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

func (r *Resource) checkFields(s fields.Selector) error {
	for _, q := range s.Requirements() {
		switch q.Field {
		case "metadata.name":
			continue
		case "metadata.namespace":
			if r.Kind.Namespaced {
				continue
			}
		}
		if r.Kind.Fields[q.Field] == nil {
			return apierrors.NewBadRequest(fmt.Sprintf("field label not supported: %s", q.Field))
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
