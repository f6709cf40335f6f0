package validatingadmissionpolicy

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/admissionregistration/matching"
	"argosy.dev/kinds/admissionregistration/policy"
	"argosy.dev/kinds/rules"
)

const (
	maxAnnotations = 20
	// maxAnnotation is how many bytes the expression of an audit annotation may have.
	maxAnnotation = 5 * 1024
)

func validate(compiler *expression.Compiler) func(*admissionv1.ValidatingAdmissionPolicy) field.ErrorList {
	return func(p *admissionv1.ValidatingAdmissionPolicy) field.ErrorList {
		return validateSpec(p, nil, compiler)
	}
}

func validateUpdate(compiler *expression.Compiler) func(p, old *admissionv1.ValidatingAdmissionPolicy) field.ErrorList {
	return func(p, old *admissionv1.ValidatingAdmissionPolicy) field.ErrorList {
		return validateSpec(p, &old.Spec, compiler)
	}
}

func validateSpec(p *admissionv1.ValidatingAdmissionPolicy, old *admissionv1.ValidatingAdmissionPolicySpec, compiler *expression.Compiler) field.ErrorList {
	spec, path := &p.Spec, field.NewPath("spec")
	errs := policy.ValidateFailure(spec.FailurePolicy, path.Child("failurePolicy"))
	errs = append(errs, policy.ValidateParamKind(spec.ParamKind, path.Child("paramKind"))...)
	errs = append(errs, matching.ValidateConstraints(spec.MatchConstraints, path.Child("matchConstraints"))...)

	var conditions []admissionv1.MatchCondition
	if old != nil {
		conditions = old.MatchConditions
	}
	o := expression.Options{Params: spec.ParamKind != nil}
	scopes := func(stored bool) (*expression.Scope, error) { return compiler.New(o, stored) }
	errs = append(errs, matching.ValidateConditions(spec.MatchConditions, conditions, scopes, path.Child("matchConditions"))...)

	e, err := policy.Prepare(compiler, o, known(old))
	if err != nil {
		return append(errs, field.InternalError(path, err))
	}
	errs = append(errs, e.Variables(spec.Variables, path.Child("variables"))...)
	if len(spec.Validations) == 0 && len(spec.AuditAnnotations) == 0 {
		const why = "validations or auditAnnotations must contain at least one item"
		return append(errs, field.Required(path.Child("validations"), why), field.Required(path.Child("auditAnnotations"), why))
	}
	for i := range spec.Validations {
		errs = append(errs, validateValidation(&spec.Validations[i], e, path.Child("validations").Index(i))...)
	}
	return append(errs, validateAnnotations(p.ObjectMeta, spec.AuditAnnotations, e, path.Child("auditAnnotations"))...)
}

// known are the expressions of a policy as it was.
func known(old *admissionv1.ValidatingAdmissionPolicySpec) sets.Set[string] {
	set := sets.Set[string]{}
	if old == nil {
		return set
	}
	for _, v := range old.Variables {
		set.Insert(v.Expression)
	}
	for _, v := range old.Validations {
		set.Insert(v.Expression, v.MessageExpression)
	}
	for _, a := range old.AuditAnnotations {
		set.Insert(a.ValueExpression)
	}
	return set
}

func validateValidation(v *admissionv1.Validation, e *policy.Expressions, path *field.Path) field.ErrorList {
	_, errs := e.Check(v.Expression, path.Child("expression"), cel.BoolType)
	if v.MessageExpression != "" {
		if strings.TrimSpace(v.MessageExpression) == "" {
			errs = append(errs, field.Invalid(path.Child("messageExpression"), v.MessageExpression, "must be non-empty if specified"))
		} else {
			_, wrong := e.Check(v.MessageExpression, path.Child("messageExpression"), cel.StringType)
			errs = append(errs, wrong...)
		}
	}
	message := path.Child("message")
	switch {
	case v.Message != "" && strings.TrimSpace(v.Message) == "":
		errs = append(errs, field.Invalid(message, v.Message, "message must be non-empty if specified"))
	case strings.ContainsAny(v.Message, "\n\r"):
		errs = append(errs, field.Invalid(message, v.Message, "must not contain line breaks"))
	case v.Message == "" && strings.ContainsAny(strings.TrimSpace(v.Expression), "\n\r"):
		errs = append(errs, field.Required(message, "message must be specified if expression contains line breaks"))
	}
	if v.Reason != nil {
		errs = append(errs, rules.In(*v.Reason, path.Child("reason"), metav1.StatusReasonForbidden, metav1.StatusReasonInvalid, metav1.StatusReasonRequestEntityTooLarge)...)
	}
	return errs
}

func validateAnnotations(meta metav1.ObjectMeta, list []admissionv1.AuditAnnotation, e *policy.Expressions, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > maxAnnotations {
		errs = append(errs, field.Invalid(path, list, fmt.Sprintf("must not have more than %d auditAnnotations", maxAnnotations)))
	}
	seen := map[string]bool{}
	for i, a := range list {
		at := path.Index(i)
		switch {
		case meta.Name == "":
			errs = append(errs, field.Invalid(at.Child("key"), a.Key, "requires metadata.name be non-empty"))
		case seen[a.Key]:
			errs = append(errs, field.Duplicate(at.Child("key"), a.Key))
		default:
			whole := meta.Name + "/" + a.Key // as it stands in the audit log
			errs = append(errs, rules.Each(validation.IsQualifiedName(whole), whole, at.Child("key"))...)
		}
		seen[a.Key] = true
		if len(a.ValueExpression) > maxAnnotation {
			errs = append(errs, field.Invalid(at.Child("valueExpression"), a.ValueExpression, fmt.Sprintf("must not exceed %d bytes in length", maxAnnotation)))
			continue
		}
		_, wrong := e.Check(a.ValueExpression, at.Child("valueExpression"), cel.StringType, cel.NullType)
		errs = append(errs, wrong...)
	}
	return errs
}
