package rules

import (
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// MaxData is the most bytes that the values of a ConfigMap or a Secret may have together.
const MaxData = 1024 * 1024

// DataKey wants a key that can be a file's name.
func DataKey(key string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, msg := range validation.IsConfigMapKey(key) {
		errs = append(errs, field.Invalid(path.Key(key), key, msg))
	}
	return errs
}

// Frozen is the complaint about a change of an object that was marked immutable.
func Frozen(path *field.Path) *field.Error {
	return field.Forbidden(path, "field is immutable when `immutable` is set")
}
