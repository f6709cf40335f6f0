package attributes

import (
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var spec = field.NewPath("spec")

// Validate tells what is wrong with the things that a review asks about: exactly one of the two.
func Validate(resource *authorizationv1.ResourceAttributes, path *authorizationv1.NonResourceAttributes) field.ErrorList {
	var errs field.ErrorList
	switch {
	case resource != nil && path != nil:
		errs = append(errs, field.Invalid(spec.Child("nonResourceAttributes"), shown(path), "cannot be specified in combination with resourceAttributes"))
	case resource == nil && path == nil:
		errs = append(errs, field.Invalid(spec.Child("resourceAttributes"), resource, "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
	}
	return errs
}

// ValidateSelectors tells what is wrong with the selectors by which a list or a watch is narrowed.
func ValidateSelectors(resource *authorizationv1.ResourceAttributes) field.ErrorList {
	if resource == nil {
		return nil
	}
	at := spec.Child("resourceAttributes")
	var errs field.ErrorList
	if s := resource.FieldSelector; s != nil {
		at := at.Child("fieldSelector")
		errs = append(errs, either(s.RawSelector, len(s.Requirements), at)...)
		for i, r := range s.Requirements {
			errs = append(errs, metavalidation.ValidateFieldSelectorRequirement(r, metavalidation.FieldSelectorValidationOptions{}, at.Child("requirements").Index(i))...)
		}
	}
	if s := resource.LabelSelector; s != nil {
		at := at.Child("labelSelector")
		errs = append(errs, either(s.RawSelector, len(s.Requirements), at)...)
		for i, r := range s.Requirements {
			errs = append(errs, metavalidation.ValidateLabelSelectorRequirement(r, metavalidation.LabelSelectorValidationOptions{}, at.Child("requirements").Index(i))...)
		}
	}
	return errs
}

// either tells that a selector has not exactly one of its two forms.
func either(raw string, requirements int, at *field.Path) field.ErrorList {
	switch {
	case raw != "" && requirements > 0:
		return field.ErrorList{field.Invalid(at.Child("rawSelector"), raw, "may not specified at the same time as requirements")}
	case raw == "" && requirements == 0:
		return field.ErrorList{field.Required(at.Child("requirements"), fmt.Sprintf("when %s is specified, requirements or rawSelector is required", at))}
	}
	return nil
}

// ValidateSubject tells that a review asks about nobody.
func ValidateSubject(user string, groups []string) field.ErrorList {
	if user == "" && len(groups) == 0 {
		return field.ErrorList{field.Invalid(spec.Child("user"), user, "at least one of user or group must be specified")}
	}
	return nil
}

// ValidateMetadata refuses metadata that a question has no use for. The owners of its fields, which the server notes, are none of the
// asker's.
func ValidateMetadata(m *metav1.ObjectMeta, but string, allowed metav1.ObjectMeta) field.ErrorList {
	allowed.ManagedFields = m.ManagedFields
	if equality.Semantic.DeepEqual(*m, allowed) {
		return nil
	}
	return field.ErrorList{field.Invalid(field.NewPath("metadata"), *m, "must be empty"+but)}
}

// ValidateLocal tells what a review within one namespace may not ask about.
func ValidateLocal(namespace string, resource *authorizationv1.ResourceAttributes, path *authorizationv1.NonResourceAttributes) field.ErrorList {
	var errs field.ErrorList
	if resource != nil && resource.Namespace != namespace {
		errs = append(errs, field.Invalid(spec.Child("resourceAttributes", "namespace"), resource.Namespace, "must match metadata.namespace"))
	}
	if path != nil {
		errs = append(errs, field.Invalid(spec.Child("nonResourceAttributes"), shown(path), "disallowed on this kind of request"))
	}
	return errs
}

// shown is how messages show what is no resource.
func shown(path *authorizationv1.NonResourceAttributes) any {
	return struct{ Path, Verb string }{path.Path, path.Verb}
}
