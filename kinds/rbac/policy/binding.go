package policy

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// Default fills in the API groups of a binding's role and subjects.
func Default(ref *rbacv1.RoleRef, subjects []rbacv1.Subject) {
	if ref.APIGroup == "" {
		ref.APIGroup = rbacv1.GroupName
	}
	for i := range subjects {
		s := &subjects[i]
		if s.APIGroup == "" && (s.Kind == rbacv1.UserKind || s.Kind == rbacv1.GroupKind) {
			s.APIGroup = rbacv1.GroupName
		}
	}
}

// ValidateRef checks the reference to a role; roles are the kinds that it may refer to.
func ValidateRef(ref *rbacv1.RoleRef, path *field.Path, roles ...string) field.ErrorList {
	errs := rules.In(ref.APIGroup, path.Child("apiGroup"), rbacv1.GroupName)
	errs = append(errs, rules.In(ref.Kind, path.Child("kind"), roles...)...)
	if ref.Name == "" {
		return append(errs, field.Required(path.Child("name"), ""))
	}
	return append(errs, rules.Each(rules.PathSegment(ref.Name, false), ref.Name, path.Child("name"))...)
}

// ValidateKeptRef refuses another role: who may make a binding was decided for the first one.
func ValidateKeptRef(ref, old *rbacv1.RoleRef, path *field.Path) field.ErrorList {
	if *ref == *old {
		return nil
	}
	return field.ErrorList{field.Invalid(path, rules.Shown(ref), "cannot change roleRef")}
}

// ValidateSubjects checks who a role is given to. Where the binding has no namespace, service accounts must name theirs.
func ValidateSubjects(list []rbacv1.Subject, namespaced bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range list {
		errs = append(errs, validateSubject(&list[i], namespaced, path.Index(i))...)
	}
	return errs
}

func validateSubject(s *rbacv1.Subject, namespaced bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if s.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	switch s.Kind {
	case rbacv1.ServiceAccountKind:
		if s.Name != "" {
			errs = append(errs, rules.Each(validation.ValidateServiceAccountName(s.Name, false), s.Name, path.Child("name"))...)
		}
		errs = append(errs, rules.In(s.APIGroup, path.Child("apiGroup"), "")...)
		if !namespaced && s.Namespace == "" {
			errs = append(errs, field.Required(path.Child("namespace"), ""))
		}
	case rbacv1.UserKind, rbacv1.GroupKind:
		errs = append(errs, rules.In(s.APIGroup, path.Child("apiGroup"), rbacv1.GroupName)...)
	default:
		errs = append(errs, field.NotSupported(path.Child("kind"), s.Kind, []string{rbacv1.ServiceAccountKind, rbacv1.UserKind, rbacv1.GroupKind}))
	}
	return errs
}

// Names lists the subjects of one kind, for a table.
func Names(list []rbacv1.Subject, kind string) string {
	var names []string
	for _, s := range list {
		switch {
		case s.Kind != kind:
		case kind == rbacv1.ServiceAccountKind:
			names = append(names, s.Namespace+"/"+s.Name)
		default:
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}
