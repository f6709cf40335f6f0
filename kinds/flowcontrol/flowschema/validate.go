package flowschema

import (
	"fmt"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(s *flowcontrolv1.FlowSchema) field.ErrorList {
	spec, path := &s.Spec, field.NewPath("spec")
	errs := validateMandatory(s)
	switch at := path.Child("matchingPrecedence"); {
	case spec.MatchingPrecedence <= 0:
		errs = append(errs, field.Invalid(at, spec.MatchingPrecedence, "must be a positive value"))
	case spec.MatchingPrecedence > flowcontrolv1.FlowSchemaMaxMatchingPrecedence:
		errs = append(errs, field.Invalid(at, spec.MatchingPrecedence, fmt.Sprintf("must not be greater than %v", flowcontrolv1.FlowSchemaMaxMatchingPrecedence)))
	case spec.MatchingPrecedence == 1 && s.Name != flowcontrolv1.FlowSchemaNameExempt:
		errs = append(errs, field.Invalid(at, spec.MatchingPrecedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
	}
	if m := spec.DistinguisherMethod; m != nil && m.Type != flowcontrolv1.FlowDistinguisherMethodByUserType && m.Type != flowcontrolv1.FlowDistinguisherMethodByNamespaceType {
		errs = append(errs, field.NotSupported(path.Child("distinguisherMethod", "type"), rules.Shown(m),
			[]flowcontrolv1.FlowDistinguisherMethodType{flowcontrolv1.FlowDistinguisherMethodByNamespaceType, flowcontrolv1.FlowDistinguisherMethodByUserType}))
	}
	level, at := spec.PriorityLevelConfiguration.Name, path.Child("priorityLevelConfiguration", "name")
	if level == "" {
		errs = append(errs, field.Required(at, "must reference a priority level"))
	} else {
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(level, false), level, at)...)
	}
	for i := range spec.Rules {
		errs = append(errs, validateRule(&spec.Rules[i], path.Child("rules").Index(i))...)
	}
	return errs
}

// The schemas without which the server would not work are what they are.
func validateMandatory(s *flowcontrolv1.FlowSchema) field.ErrorList {
	for _, m := range Mandatory() {
		if m.Name == s.Name && !equality.Semantic.DeepEqual(s.Spec, m.Spec) {
			return field.ErrorList{field.Invalid(field.NewPath("spec"), rules.Shown(s.Spec), fmt.Sprintf("spec of '%s' must equal the fixed value", s.Name))}
		}
	}
	return nil
}

func validateRule(r *flowcontrolv1.PolicyRulesWithSubjects, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(r.Subjects) == 0 {
		errs = append(errs, field.Required(path.Child("subjects"), "subjects must contain at least one value"))
	}
	for i := range r.Subjects {
		errs = append(errs, validateSubject(&r.Subjects[i], path.Child("subjects").Index(i))...)
	}
	if len(r.ResourceRules) == 0 && len(r.NonResourceRules) == 0 {
		errs = append(errs, field.Required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"))
	}
	for i := range r.ResourceRules {
		errs = append(errs, validateResources(&r.ResourceRules[i], path.Child("resourceRules").Index(i))...)
	}
	for i := range r.NonResourceRules {
		errs = append(errs, validatePaths(&r.NonResourceRules[i], path.Child("nonResourceRules").Index(i))...)
	}
	return errs
}
