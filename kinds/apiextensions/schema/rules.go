package schema

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// node is a schema within another, and how often it can occur in an object; nil where nothing bounds that.
type node struct {
	schema *structural.Structural
	path   *field.Path
	root   bool
	times  *uint64
}

func one() *uint64 { return new(uint64(1)) }

// multiply is how often something occurs in each of what occurs times often.
func multiply(times *uint64, most *int64) *uint64 {
	if times == nil || most == nil {
		return nil
	}
	return new(product(*times, uint64(max(*most, 0))))
}

// walk visits a schema and all within it, the inner ones first.
func walk(s *structural.Structural, path *field.Path, root bool, times *uint64, visit func(node)) {
	if s == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		walk(&p, path.Child("properties").Key(name), false, times, visit)
	}
	if a := s.AdditionalProperties; a != nil && a.Structural != nil {
		var most *int64
		if s.ValueValidation != nil {
			most = s.ValueValidation.MaxProperties
		}
		walk(a.Structural, path.Child("additionalProperties"), false, multiply(times, most), visit)
	}
	if s.Items != nil {
		var most *int64
		if s.ValueValidation != nil {
			most = s.ValueValidation.MaxItems
		}
		walk(s.Items, path.Child("items"), false, multiply(times, most), visit)
	}
	visit(node{s, path, root, times})
}

// validateRules judges the CEL rules of a schema and what they may cost together.
func validateRules(s *structural.Structural, known map[string]bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	var total costs
	walk(s, path, true, one(), func(n node) {
		if len(n.schema.XValidations) > 0 {
			errs = append(errs, n.validate(known, &total)...)
		}
	})
	return append(errs, total.validate(path)...)
}

func (n node) validate(known map[string]bool, total *costs) field.ErrorList {
	var errs field.ErrorList
	at := n.path.Child("x-kubernetes-validations")
	for i := range n.schema.XValidations {
		errs = append(errs, n.validateWords(hub(n.schema.XValidations[i]), at.Index(i))...)
	}
	if len(errs) > 0 {
		return errs
	}
	compiled, err := cel.Compile(n.schema, model.SchemaDeclType(n.schema, n.root || n.schema.XEmbeddedResource), celconfig.PerCallLimit,
		environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()), loader{known})
	if err != nil {
		return field.ErrorList{field.InternalError(at, err)}
	}
	for i, c := range compiled {
		rule, where := hub(n.schema.XValidations[i]), at.Index(i)
		if c.Error != nil {
			errs = append(errs, compilation(c.Error, where.Child("rule"), rule))
			continue
		}
		if c.MessageExpressionError != nil {
			errs = append(errs, field.Invalid(where.Child("messageExpression"), rule, c.MessageExpressionError.Detail))
		}
		times := c.MaxCardinality
		if n.times != nil {
			times = *n.times
		}
		errs = append(errs, total.add(product(c.MaxCost, times), where.Child("rule"), "rule")...)
		if rule.MessageExpression != "" && c.MessageExpressionError == nil {
			errs = append(errs, total.add(product(c.MessageExpressionMaxCost, times), where.Child("messageExpression"), "messageExpression")...)
		}
	}
	return errs
}

// hub is a rule in the form in which messages show it.
func hub(r apiextensionsv1.ValidationRule) apiextensions.ValidationRule {
	return apiextensions.ValidationRule{Rule: r.Rule, Message: r.Message, MessageExpression: r.MessageExpression,
		Reason: (*apiextensions.FieldValueErrorReason)(r.Reason), FieldPath: r.FieldPath, OptionalOldSelf: r.OptionalOldSelf}
}

func compilation(err *apiservercel.Error, path *field.Path, rule apiextensions.ValidationRule) *field.Error {
	switch err.Type {
	case apiservercel.ErrorTypeRequired:
		return field.Required(path, err.Detail)
	case apiservercel.ErrorTypeInternal:
		return field.InternalError(path, err)
	}
	return field.Invalid(path, rule, err.Detail)
}

var reasons = []apiextensions.FieldValueErrorReason{apiextensions.FieldValueRequired, apiextensions.FieldValueForbidden, apiextensions.FieldValueInvalid, apiextensions.FieldValueDuplicate}

// validateWords judges all of a rule but its expressions.
func (n node) validateWords(r apiextensions.ValidationRule, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	trimmed := strings.TrimSpace(r.Rule)
	if trimmed == "" {
		errs = append(errs, field.Required(path.Child("rule"), "rule is not specified"))
	}
	message := path.Child("message")
	switch {
	case r.Message != "" && strings.TrimSpace(r.Message) == "":
		errs = append(errs, field.Invalid(message, r.Message, "message must be non-empty if specified"))
	case strings.ContainsAny(strings.TrimSpace(r.Message), "\n\r"):
		errs = append(errs, field.Invalid(message, r.Message, "message must not contain line breaks"))
	case r.Message == "" && strings.ContainsAny(trimmed, "\n\r"):
		errs = append(errs, field.Required(message, "message must be specified if rule contains line breaks"))
	}
	if r.MessageExpression != "" && strings.TrimSpace(r.MessageExpression) == "" {
		errs = append(errs, field.Required(path.Child("messageExpression"), "must be non-empty if specified"))
	}
	if r.Reason != nil && !slices.Contains(reasons, *r.Reason) {
		errs = append(errs, field.NotSupported(path.Child("reason"), *r.Reason, reasons))
	}
	if r.FieldPath == "" {
		return errs
	}
	at := path.Child("fieldPath")
	switch {
	case strings.TrimSpace(r.FieldPath) == "":
		errs = append(errs, field.Invalid(at, r.FieldPath, "must be non-empty if specified"))
	case strings.ContainsAny(r.FieldPath, "\n\r"):
		errs = append(errs, field.Invalid(at, r.FieldPath, "must not contain line breaks"))
	default:
		if _, _, err := cel.ValidFieldPath(r.FieldPath, n.schema); err != nil {
			errs = append(errs, field.Invalid(at, r.FieldPath, "must be a valid path"))
		}
	}
	return errs
}

// Rules notes the CEL expressions of a schema in known.
func Rules(s *apiextensions.JSONSchemaProps, known map[string]bool) {
	walk(ExistingStructural(s), nil, true, one(), func(n node) {
		for _, r := range n.schema.XValidations {
			known[r.Rule], known[r.MessageExpression] = true, true
		}
	})
}
