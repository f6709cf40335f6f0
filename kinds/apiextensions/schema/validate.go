package schema

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Options say what else is known of a schema.
type Options struct {
	// Status tells that the resource has a status subresource.
	Status bool
	// Known are the rules that the definition had before: they may use what later versions have brought.
	Known map[string]bool
}

// Validate tells all that is wrong with the schema of a version.
func Validate(s *apiextensions.JSONSchemaProps, o Options, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if o.Status {
		errs = append(errs, validateRoot(s, path)...)
	}
	if s.Nullable {
		errs = append(errs, field.Forbidden(path.Child("nullable"), "nullable cannot be true at the root"))
	}
	own := validateProps(s, path, nil)
	if slices.ContainsFunc(own, inexpressible) {
		return append(errs, own...)
	}
	ss, err := structural.NewStructural(s)
	if err != nil {
		errs = append(errs, field.Invalid(path, "", err.Error()))
		return append(errs, own...)
	}
	wrong := structural.ValidateStructural(path, ss)
	if len(wrong) == 0 {
		defaults, err := defaulting.ValidateDefaults(context.Background(), path, ss, true, true)
		if err != nil {
			defaults = append(defaults, field.InternalError(path, err))
		}
		// They come in the order of a map.
		slices.SortStableFunc(defaults, func(a, b *field.Error) int { return strings.Compare(a.Field, b.Field) })
		wrong = defaults
	}
	errs = append(append(errs, wrong...), own...)
	return append(errs, validateRules(ss, o.Known, path)...)
}

// ExistingStructural is the schema as a structural one, nil where it is none.
func ExistingStructural(s *apiextensions.JSONSchemaProps) *structural.Structural {
	if s == nil {
		return nil
	}
	ss, err := structural.NewStructural(s)
	if err != nil {
		return nil
	}
	return ss
}

// inexpressible tells that a mistake is a word of JSON schema that structural ones do not have, so that nothing more can be said.
func inexpressible(err *field.Error) bool {
	return err.Type == field.ErrorTypeForbidden && (err.Detail == notSupported(lastName(err.Field)) || err.Detail == itemsNotList || err.Detail == notFalse) ||
		err.Type == field.ErrorTypeInvalid && err.Detail == mustBeTrue
}
