package controllerrevision

import (
	"bytes"
	"encoding/json"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(r *appsv1.ControllerRevision) field.ErrorList {
	errs := validateData(&r.Data, field.NewPath("data"))
	return append(errs, rules.NonNegative(r.Revision, field.NewPath("revision"))...)
}

func validateUpdate(r, old *appsv1.ControllerRevision) field.ErrorList {
	var errs field.ErrorList
	if !bytes.Equal(r.Data.Raw, old.Data.Raw) {
		errs = append(errs, field.Invalid(field.NewPath("data"), shown(&r.Data), validation.FieldImmutableErrorMsg))
	}
	return append(errs, rules.NonNegative(r.Revision, field.NewPath("revision"))...)
}

func validateData(data *runtime.RawExtension, path *field.Path) field.ErrorList {
	if len(data.Raw) == 0 && data.Object == nil {
		return field.ErrorList{field.Required(path, "data is mandatory")}
	}
	var object map[string]any
	if json.Unmarshal(data.Raw, &object) != nil || object == nil {
		return field.ErrorList{field.Required(path, "data must be a valid JSON object")}
	}
	return nil
}

func shown(data *runtime.RawExtension) any {
	if len(data.Raw) == 0 {
		return nil
	}
	return json.RawMessage(data.Raw)
}
