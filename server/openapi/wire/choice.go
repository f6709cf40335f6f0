package wire

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// choose picks the message or scalar that a value is, of those that it may be. It gives nil when the value is none of
// them, which gnostic writes as a choice not made.
func choose(choice protoreflect.OneofDescriptor, n *node) (protoreflect.FieldDescriptor, error) {
	name, err := chosen(choice, n)
	if err != nil || name == "" {
		return nil, err
	}
	fd := choice.Fields().ByName(protoreflect.Name(name))
	if fd == nil {
		return nil, fmt.Errorf("%s is not among what %s may be", name, choice.Parent().Name())
	}
	return fd, nil
}

func chosen(choice protoreflect.OneofDescriptor, n *node) (string, error) {
	switch of := choice.Parent().Name(); of {
	case "AdditionalPropertiesItem":
		if _, ok := n.value.(bool); ok {
			return "boolean", nil
		}
		return string(choice.Fields().Get(0).Name()), nil
	case "DefaultType", "SpecificationExtension":
		return scalarName(n), nil
	case "AnyOrExpression":
		return "any", nil
	case "Parameter":
		if n.member("in") == "body" {
			return "body_parameter", nil
		}
		return "non_body_parameter", nil
	case "NonBodyParameter":
		return parameterName(n)
	case "SchemaItem":
		if n.member("type") == "file" {
			return "file_schema", nil
		}
		return "schema", nil
	case "SecurityDefinitionsItem":
		return securityName(n)
	}
	// The rest are something or a reference to it.
	for i := range choice.Fields().Len() {
		name := choice.Fields().Get(i).Name()
		if reference := name == "reference" || name == "json_reference"; reference == n.has("$ref") {
			return string(name), nil
		}
	}
	return "", fmt.Errorf("%s is of no known form", choice.Parent().Name())
}

func scalarName(n *node) string {
	switch n.value.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	default:
		return ""
	}
}

func parameterName(n *node) (string, error) {
	switch in := n.member("in"); in {
	case "header", "query", "path":
		return in + "_parameter_sub_schema", nil
	case "formData":
		return "form_data_parameter_sub_schema", nil
	default:
		return "", fmt.Errorf("a parameter cannot be in %q", in)
	}
}

func securityName(n *node) (string, error) {
	switch kind := n.member("type"); kind {
	case "basic":
		return "basic_authentication_security", nil
	case "apiKey":
		return "api_key_security", nil
	case "oauth2":
		flow := n.member("flow")
		if flow == "accessCode" {
			flow = "access_code"
		}
		return "oauth2_" + flow + "_security", nil
	default:
		return "", fmt.Errorf("%q is no way to authenticate", kind)
	}
}
