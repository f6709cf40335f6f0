package matching

import (
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/rules"
)

// maxConditions is how many conditions one webhook or policy may have.
const maxConditions = 64

// ValidateConditions tells what is wrong with match conditions. Expressions that old has too may use what later versions have brought.
func ValidateConditions(list, old []admissionv1.MatchCondition, scopes func(stored bool) (*expression.Scope, error), path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > maxConditions {
		errs = append(errs, field.TooMany(path, len(list), maxConditions))
	}
	seen := map[string]bool{}
	for i := range list {
		c, at := &list[i], path.Index(i)
		stored := slices.ContainsFunc(old, func(o admissionv1.MatchCondition) bool { return o.Expression == c.Expression })
		errs = append(errs, validateCondition(c, stored, scopes, at)...)
		if c.Name == "" {
			continue
		}
		if seen[c.Name] {
			errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
		}
		seen[c.Name] = true
	}
	return errs
}

func validateCondition(c *admissionv1.MatchCondition, stored bool, scopes func(stored bool) (*expression.Scope, error), path *field.Path) field.ErrorList {
	var errs field.ErrorList
	text := strings.TrimSpace(c.Expression)
	if text == "" {
		errs = append(errs, field.Required(path.Child("expression"), ""))
	} else if scope, err := scopes(stored); err != nil {
		errs = append(errs, field.InternalError(path.Child("expression"), err))
	} else if _, wrong := scope.Compile(text, cel.BoolType); wrong != "" {
		errs = append(errs, field.Invalid(path.Child("expression"), text, wrong))
	}
	if c.Name == "" {
		return append(errs, field.Required(path.Child("name"), ""))
	}
	return append(errs, rules.Each(validation.IsQualifiedName(c.Name), c.Name, path.Child("name"))...)
}
