package bootstrap

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Verbs that often come together.
const (
	read      = "get,list,watch"
	write     = "create,delete,deletecollection,patch,update"
	readWrite = "create,delete,deletecollection,get,list,patch,update,watch"
	tell      = "create,patch,update" // of events
)

// on allows verbs on resources of the core group.
func on(verbs, resources string) rbacv1.PolicyRule { return in("", verbs, resources) }

// in allows verbs on resources of other groups; all are lists with commas. The core group is "".
func in(groups, verbs, resources string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: list(verbs), APIGroups: strings.Split(groups, ","), Resources: list(resources)}
}

// named limits a rule to objects with these names.
func named(rule rbacv1.PolicyRule, names string) rbacv1.PolicyRule {
	rule.ResourceNames = list(names)
	return rule
}

// at allows verbs on what is no resource.
func at(verbs, paths string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: list(verbs), NonResourceURLs: list(paths)}
}

// events may be told by every component.
func events() rbacv1.PolicyRule { return in(",events.k8s.io", tell, "events") }

func list(s string) []string { return strings.Split(s, ",") }

const (
	autoupdate    = rbacv1.AutoUpdateAnnotationKey
	bootstrapping = "kubernetes.io/bootstrapping"
	defaults      = "rbac-defaults"
	aggregateTo   = "rbac.authorization.k8s.io/aggregate-to-"
)

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name,
		Labels: map[string]string{bootstrapping: defaults}, Annotations: map[string]string{autoupdate: "true"}}
}

func clusterRole(name string, rules ...rbacv1.PolicyRule) *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{ObjectMeta: meta("", name), Rules: rules}
}

func role(namespace, name string, rules ...rbacv1.PolicyRule) *rbacv1.Role {
	return &rbacv1.Role{ObjectMeta: meta(namespace, name), Rules: rules}
}

func clusterBinding(role string, subjects ...rbacv1.Subject) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{ObjectMeta: meta("", role), Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}}
}

func binding(namespace, name, role string, subjects ...rbacv1.Subject) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{ObjectMeta: meta(namespace, name), Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role}}
}

func user(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}
}

func group(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: name}
}

func account(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: metav1.NamespaceSystem, Name: name}
}
