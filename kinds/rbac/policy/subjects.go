package policy

import rbacv1 "k8s.io/api/rbac/v1"

// BySubject is the index of bindings by whom they are for: [UserKey] and [GroupKey], with the binding's namespace and a slash in front
// where it has one.
const BySubject = "subjects"

// UserKey is how BySubject knows a user.
func UserKey(name string) string { return "User/" + name }

// GroupKey is how BySubject knows a group.
func GroupKey(name string) string { return "Group/" + name }

// SubjectKeys are a binding's values of BySubject. A service account is its user; without a namespace it is one of the binding's own.
func SubjectKeys(namespace string, subjects []rbacv1.Subject) []string {
	prefix := ""
	if namespace != "" {
		prefix = namespace + "/"
	}
	keys := make([]string, 0, len(subjects))
	for i := range subjects {
		if user, group, ok := Subject(namespace, &subjects[i]); ok {
			if group != "" {
				keys = append(keys, prefix+GroupKey(group))
			} else {
				keys = append(keys, prefix+UserKey(user))
			}
		}
	}
	return keys
}

// Subject is the user or the group that a subject of a binding means; ok is false if it means nobody.
func Subject(namespace string, s *rbacv1.Subject) (user, group string, ok bool) {
	switch s.Kind {
	case rbacv1.UserKind:
		return s.Name, "", s.Name != ""
	case rbacv1.GroupKind:
		return "", s.Name, s.Name != ""
	case rbacv1.ServiceAccountKind:
		if s.Namespace != "" {
			namespace = s.Namespace
		}
		return "system:serviceaccount:" + namespace + ":" + s.Name, "", namespace != "" && s.Name != ""
	}
	return "", "", false
}
