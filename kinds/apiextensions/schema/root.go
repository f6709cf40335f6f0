package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// rootFields are what the root of a schema may say when the status is written apart from the rest: nothing that would join the two.
var rootFields = []string{"Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength", "MinLength", "Pattern",
	"MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations"}

func validateRoot(s *apiextensions.JSONSchemaProps, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if !slices.Contains(rootFields, v.Type().Field(i).Name) && !v.Field(i).IsZero() {
			why := fmt.Sprintf("only [%s] fields are allowed at the root of the schema if the status subresource is enabled", strings.Join(rootFields, " "))
			errs = append(errs, field.Invalid(path, *s, why))
			break
		}
	}
	if s.Type != "" && s.Type != "object" {
		errs = append(errs, field.Invalid(path.Child("type"), s.Type, `only "object" is allowed as the type at the root of the schema if the status subresource is enabled`))
	}
	return errs
}
