package bootstrap

import (
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/access"
)

const controllerPrefix = "system:controller:"

// ClusterRoles are the cluster's default roles.
func ClusterRoles() []*rbacv1.ClusterRole {
	all := append(people(), system()...)
	of := controllers()
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, clusterRole(controllerPrefix+name, of[name]...))
	}
	return all
}

// ClusterRoleBindings are who has them.
func ClusterRoleBindings() []*rbacv1.ClusterRoleBinding {
	all := systemBindings()
	for _, name := range slices.Sorted(maps.Keys(controllers())) {
		all = append(all, clusterBinding(controllerPrefix+name, account(name)))
	}
	return all
}

const (
	reader     = "extension-apiserver-authentication-reader"
	signer     = controllerPrefix + "bootstrap-signer"
	cloud      = controllerPrefix + "cloud-provider"
	cleaner    = controllerPrefix + "token-cleaner"
	locking    = "system::leader-locking-"
	managerOf  = "kube-controller-manager"
	schedulers = "kube-scheduler"
)

// Roles are the default roles in namespaces.
func Roles() []*rbacv1.Role {
	lock := func(name string) *rbacv1.Role {
		return role(metav1.NamespaceSystem, locking+name, on("watch", "configmaps"), named(on("get,update", "configmaps"), name))
	}
	return []*rbacv1.Role{
		role(metav1.NamespacePublic, signer, on(read, "configmaps"), named(on("update", "configmaps"), "cluster-info"), events()),
		role(metav1.NamespaceSystem, reader, named(on(read, "configmaps"), "extension-apiserver-authentication")),
		role(metav1.NamespaceSystem, signer, on(read, "secrets")),
		role(metav1.NamespaceSystem, cloud, on("create,get,list,watch", "configmaps")),
		role(metav1.NamespaceSystem, cleaner, on("delete,get,list,watch", "secrets"), events()),
		lock(managerOf), lock(schedulers),
	}
}

// RoleBindings are who has them.
func RoleBindings() []*rbacv1.RoleBinding {
	system := metav1.NamespaceSystem
	return []*rbacv1.RoleBinding{
		binding(metav1.NamespacePublic, signer, signer, account("bootstrap-signer")),
		binding(system, "system::"+reader, reader, user(access.ControllerManager), user(access.Scheduler)),
		binding(system, locking+managerOf, locking+managerOf, user(access.ControllerManager), account(managerOf)),
		binding(system, locking+schedulers, locking+schedulers, user(access.Scheduler), account(schedulers)),
		binding(system, signer, signer, account("bootstrap-signer")),
		binding(system, cloud, cloud, account("cloud-provider")),
		binding(system, cleaner, cleaner, account("token-cleaner")),
	}
}
