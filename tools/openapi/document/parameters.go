package document

import (
	"reflect"
	"slices"
	"strings"

	"k8s.io/kube-openapi/pkg/common"
)

// pretty is on every operation that replies with an object.
var pretty = parameter{
	name: "pretty",
	description: "If 'true', then the output is pretty printed. Defaults to 'false' unless the user-agent indicates a " +
		"browser or command-line HTTP tool (curl and wget).",
	kind:     common.QueryParameterKind,
	dataType: "string",
}

func pathParameter(name, description string) parameter {
	return parameter{name: name, description: description, kind: common.PathParameterKind, dataType: "string", required: true}
}

func bodyParameter(required bool) parameter {
	return parameter{name: "body", kind: common.BodyParameterKind, dataType: "string", required: required}
}

// documented is what the API packages' options types have: the description of each field by its JSON name.
type documented interface{ SwaggerDoc() map[string]string }

// queryParameters lists the fields of an options type that may be given in the query, less the excluded ones. Fields that
// hold objects, which a query cannot carry, are left out.
func queryParameters(options documented, exclude ...string) []parameter {
	t := reflect.TypeOf(options)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	docs := options.SwaggerDoc()
	var out []parameter
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		dataType := queryType(field.Type)
		if name == "" || dataType == "" || slices.Contains(exclude, name) {
			continue
		}
		out = append(out, parameter{name: name, description: docs[name], kind: common.QueryParameterKind, dataType: dataType})
	}
	return out
}

// queryType is the simple type of a query parameter's value; a list is given by repeating the parameter. It is empty for
// what has no simple form.
func queryType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int32, reflect.Int64:
		return "integer"
	default:
		return ""
	}
}
