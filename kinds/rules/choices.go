package rules

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// In wants one of the choices; an unset value is none of them.
func In[T ~string](v T, path *field.Path, choices ...T) field.ErrorList {
	if slices.Contains(choices, v) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, v, choices)}
}

// OneOf is In, but an unset value is missing rather than wrong.
func OneOf[T ~string](v T, path *field.Path, choices ...T) field.ErrorList {
	if v == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	return In(v, path, choices...)
}

// Each makes errors about v out of the messages of a format check.
func Each(messages []string, v any, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, msg := range messages {
		errs = append(errs, field.Invalid(path, v, msg))
	}
	return errs
}
