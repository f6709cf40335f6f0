package bootstrap

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// people are the roles that are meant for people: cluster-admin, and admin, edit and view, which gather what is labelled for them.
func people() []*rbacv1.ClusterRole {
	return []*rbacv1.ClusterRole{
		clusterRole("cluster-admin", in("*", "*", "*"), at("*", "*")),
		gathering("admin", ""),
		gathering("edit", "admin"),
		gathering("view", "edit"),
		labelled(clusterRole("system:aggregate-to-admin",
			in("authorization.k8s.io", "create", "localsubjectaccessreviews"),
			in("rbac.authorization.k8s.io", readWrite, "rolebindings,roles"),
		), "admin"),
		labelled(clusterRole("system:aggregate-to-edit",
			on(read, "pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy"),
			on("impersonate", "serviceaccounts"),
			on(write, "pods,pods/attach,pods/exec,pods/portforward,pods/proxy"),
			on("create", "pods/eviction"),
			on(write, "configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy"),
			on("create", "serviceaccounts/token"),
			in("apps", write, "daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale"),
			in("autoscaling", write, "horizontalpodautoscalers"),
			in("batch", write, "cronjobs,jobs"),
			in("extensions", write, "daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale"),
			in("policy", write, "poddisruptionbudgets"),
			in("networking.k8s.io", write, "ingresses,networkpolicies"),
			in("coordination.k8s.io", readWrite, "leases"),
			in("resource.k8s.io", write, "resourceclaims,resourceclaimtemplates"),
		), "edit"),
		labelled(clusterRole("system:aggregate-to-view",
			on(read, "configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status"),
			on(read, "bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status"),
			on(read, "namespaces"),
			in("discovery.k8s.io", read, "endpointslices"),
			in("apps", read, "controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status"),
			in("autoscaling", read, "horizontalpodautoscalers,horizontalpodautoscalers/status"),
			in("batch", read, "cronjobs,cronjobs/status,jobs,jobs/status"),
			in("extensions", read, "daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale"),
			in("policy", read, "poddisruptionbudgets,poddisruptionbudgets/status"),
			in("networking.k8s.io", read, "ingresses,ingresses/status,networkpolicies"),
			in("resource.k8s.io", read, "resourceclaims,resourceclaims/status,resourceclaimtemplates"),
		), "view"),
		labelled(labelled(labelled(clusterRole("system:aggregated-metrics-reader",
			in("metrics.k8s.io", read, "nodes,pods"),
		), "admin"), "edit"), "view"),
	}
}

// gathering is a role whose rules are those of all roles labelled for it, and which is itself labelled for another.
func gathering(name, into string) *rbacv1.ClusterRole {
	r := clusterRole(name)
	r.AggregationRule = &rbacv1.AggregationRule{ClusterRoleSelectors: []metav1.LabelSelector{{MatchLabels: map[string]string{aggregateTo + name: "true"}}}}
	if into != "" {
		labelled(r, into)
	}
	return r
}

func labelled(r *rbacv1.ClusterRole, into string) *rbacv1.ClusterRole {
	r.Labels[aggregateTo+into] = "true"
	return r
}
