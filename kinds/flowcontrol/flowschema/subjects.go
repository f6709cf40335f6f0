package flowschema

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateSubject wants the one member that belongs to the subject's kind.
func validateSubject(s *flowcontrolv1.Subject, path *field.Path) field.ErrorList {
	members := []struct {
		kind flowcontrolv1.SubjectKind
		name string
		set  bool
		ok   func(path *field.Path) field.ErrorList
	}{
		{flowcontrolv1.SubjectKindUser, "user", s.User != nil, func(at *field.Path) field.ErrorList { return named(s.User.Name, at) }},
		{flowcontrolv1.SubjectKindGroup, "group", s.Group != nil, func(at *field.Path) field.ErrorList { return named(s.Group.Name, at) }},
		{flowcontrolv1.SubjectKindServiceAccount, "serviceAccount", s.ServiceAccount != nil, func(at *field.Path) field.ErrorList { return validateAccount(s.ServiceAccount, at) }},
	}
	if errs := rules.In(s.Kind, path.Child("kind"), flowcontrolv1.SubjectKindGroup, flowcontrolv1.SubjectKindServiceAccount, flowcontrolv1.SubjectKindUser); errs != nil {
		return errs
	}
	var errs field.ErrorList
	for _, m := range members {
		at := path.Child(m.name)
		switch {
		case m.kind == s.Kind && !m.set:
			errs = append(errs, field.Required(at, m.name+" is required when subject kind is '"+string(m.kind)+"'"))
		case m.kind == s.Kind:
			errs = append(errs, m.ok(at)...)
		case m.set:
			errs = append(errs, field.Forbidden(at, m.name+" is forbidden when subject kind is not '"+string(m.kind)+"'"))
		}
	}
	return errs
}

func named(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path.Child("name"), "")}
	}
	return nil
}

func validateAccount(a *flowcontrolv1.ServiceAccountSubject, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch at := path.Child("name"); a.Name {
	case "":
		errs = append(errs, field.Required(at, ""))
	case flowcontrolv1.NameAll:
	default:
		errs = append(errs, rules.Each(validation.ValidateServiceAccountName(a.Name, false), a.Name, at)...)
	}
	at := path.Child("namespace")
	if a.Namespace == "" {
		return append(errs, field.Required(at, "must specify namespace for service account"))
	}
	return append(errs, rules.Each(validation.ValidateNamespaceName(a.Namespace, false), a.Namespace, at)...)
}
