package mutatingadmissionpolicy

import (
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/admissionregistration/matching"
	"argosy.dev/kinds/admissionregistration/policy"
	"argosy.dev/kinds/rules"
)

func validate(compiler *expression.Compiler) func(*admissionv1.MutatingAdmissionPolicy) field.ErrorList {
	return func(p *admissionv1.MutatingAdmissionPolicy) field.ErrorList {
		return validateSpec(&p.Spec, nil, compiler)
	}
}

func validateUpdate(compiler *expression.Compiler) func(p, old *admissionv1.MutatingAdmissionPolicy) field.ErrorList {
	return func(p, old *admissionv1.MutatingAdmissionPolicy) field.ErrorList {
		return validateSpec(&p.Spec, &old.Spec, compiler)
	}
}

func validateSpec(spec, old *admissionv1.MutatingAdmissionPolicySpec, compiler *expression.Compiler) field.ErrorList {
	path := field.NewPath("spec")
	errs := policy.ValidateFailure(spec.FailurePolicy, path.Child("failurePolicy"))
	errs = append(errs, policy.ValidateParamKind(spec.ParamKind, path.Child("paramKind"))...)
	errs = append(errs, validateConstraints(spec.MatchConstraints, path.Child("matchConstraints"))...)

	var conditions []admissionv1.MatchCondition
	known := sets.Set[string]{}
	if old != nil {
		conditions = old.MatchConditions
		for _, v := range old.Variables {
			known.Insert(v.Expression)
		}
		for _, m := range old.Mutations {
			if m.ApplyConfiguration != nil {
				known.Insert(m.ApplyConfiguration.Expression)
			}
			if m.JSONPatch != nil {
				known.Insert(m.JSONPatch.Expression)
			}
		}
	}
	params := spec.ParamKind != nil
	scopes := func(stored bool) (*expression.Scope, error) {
		return compiler.New(expression.Options{Params: params}, stored)
	}
	errs = append(errs, matching.ValidateConditions(spec.MatchConditions, conditions, scopes, path.Child("matchConditions"))...)

	e, err := policy.Prepare(compiler, expression.Options{Params: params, Patches: true}, known)
	if err != nil {
		return append(errs, field.InternalError(path, err))
	}
	errs = append(errs, e.Variables(spec.Variables, path.Child("variables"))...)
	if len(spec.Mutations) == 0 {
		errs = append(errs, field.Required(path.Child("mutations"), "mutations must contain at least one item"))
	}
	for i := range spec.Mutations {
		errs = append(errs, validateMutation(&spec.Mutations[i], e, path.Child("mutations").Index(i))...)
	}
	return append(errs, rules.OneOf(spec.ReinvocationPolicy, path.Child("reinvocationPolicy"), admissionv1.IfNeededReinvocationPolicy, admissionv1.NeverReinvocationPolicy)...)
}

// validateConstraints also refuses what leaves no object to change.
func validateConstraints(m *admissionv1.MatchResources, path *field.Path) field.ErrorList {
	errs := matching.ValidateConstraints(m, path)
	if m == nil {
		return errs
	}
	changing := []admissionv1.OperationType{admissionv1.OperationAll, admissionv1.Connect, admissionv1.Create, admissionv1.Update}
	for _, r := range m.ResourceRules {
		for _, op := range r.Operations {
			if !slices.Contains(changing, op) {
				errs = append(errs, field.NotSupported(path.Child("resourceRules", "operations"), op, changing))
			}
		}
	}
	return errs
}

func validateMutation(m *admissionv1.Mutation, e *policy.Expressions, path *field.Path) field.ErrorList {
	apply, patch := path.Child("applyConfiguration"), path.Child("jsonPatch")
	var errs field.ErrorList
	switch m.PatchType {
	case admissionv1.PatchTypeApplyConfiguration:
		if m.ApplyConfiguration == nil {
			errs = append(errs, field.Required(apply, "must be specified when patchType is ApplyConfiguration"))
		} else {
			_, wrong := e.Check(m.ApplyConfiguration.Expression, apply.Child("expression"), expression.Patch())
			errs = append(errs, wrong...)
		}
		if m.JSONPatch != nil {
			errs = append(errs, field.Invalid(patch, "{jsonPatch}", "must not be specified when patchType is ApplyConfiguration"))
		}
	case admissionv1.PatchTypeJSONPatch:
		if m.JSONPatch == nil {
			errs = append(errs, field.Required(patch, "must be specified when patchType is JSONPatch"))
		} else {
			_, wrong := e.Check(m.JSONPatch.Expression, patch.Child("expression"), expression.Patches())
			errs = append(errs, wrong...)
		}
		if m.ApplyConfiguration != nil {
			errs = append(errs, field.Invalid(apply, "{applyConfiguration}", "must not be specified when patchType is JSONPatch"))
		}
	default:
		errs = rules.OneOf(m.PatchType, path.Child("patchType"), admissionv1.PatchTypeApplyConfiguration, admissionv1.PatchTypeJSONPatch)
	}
	return errs
}
