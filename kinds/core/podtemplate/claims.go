package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateClaims checks the resource claims of the pod and notes their names for its containers. (KEP-4381)
func (s *scope) validateClaims(path *field.Path) field.ErrorList {
	s.claims = sets.New[string]()
	var errs field.ErrorList
	for i := range s.spec.ResourceClaims {
		c, at := &s.spec.ResourceClaims[i], path.Index(i)
		switch {
		case c.Name == "":
			errs = append(errs, field.Required(at.Child("name"), ""))
		case s.claims.Has(c.Name):
			errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
		default:
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(c.Name), c.Name, at.Child("name"))...)
			s.claims.Insert(c.Name)
		}
		errs = append(errs, validateClaimSource(c, at)...)
	}
	return errs
}

func validateClaimSource(c *corev1.PodResourceClaim, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case c.ResourceClaimName != nil && c.ResourceClaimTemplateName != nil:
		errs = append(errs, field.Invalid(path, shownClaim(c), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"))
	case c.ResourceClaimName == nil && c.ResourceClaimTemplateName == nil:
		errs = append(errs, field.Invalid(path, shownClaim(c), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"))
	}
	if n := c.ResourceClaimName; n != nil {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*n), *n, path.Child("resourceClaimName"))...)
	}
	if n := c.ResourceClaimTemplateName; n != nil {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*n), *n, path.Child("resourceClaimTemplateName"))...)
	}
	return errs
}

// shownClaim prints a claim as clients of Kubernetes know it from these messages, unset members and all.
func shownClaim(c *corev1.PodResourceClaim) any {
	return struct {
		Name                                         string
		ResourceClaimName, ResourceClaimTemplateName *string
	}{c.Name, c.ResourceClaimName, c.ResourceClaimTemplateName}
}
