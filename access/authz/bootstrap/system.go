package bootstrap

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"argosy.dev/access"
)

const publicPaths = "/healthz,/livez,/readyz,/version,/version/"

// system are the roles of everybody, and of the cluster's own components.
func system() []*rbacv1.ClusterRole {
	return []*rbacv1.ClusterRole{
		clusterRole("system:discovery", at("get", "/api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/")),
		clusterRole("system:basic-user",
			in("authentication.k8s.io", "create", "selfsubjectreviews"),
			in("authorization.k8s.io", "create", "selfsubjectaccessreviews,selfsubjectrulesreviews")),
		clusterRole("system:public-info-viewer", at("get", publicPaths)),
		clusterRole("system:service-account-issuer-discovery", at("get",
			"/.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/")),
		clusterRole("system:monitoring", at("get", "/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*")),
		clusterRole("system:heapster", on(read, "events,namespaces,nodes,pods"), in("extensions", read, "deployments")),
		clusterRole("system:auth-delegator",
			in("authentication.k8s.io", "create", "tokenreviews"), in("authorization.k8s.io", "create", "subjectaccessreviews")),
		clusterRole("system:kube-aggregator", on(read, "endpoints,services"), in("discovery.k8s.io", read, "endpointslices")),
		clusterRole("system:kubelet-api-admin",
			on(read, "nodes"), on("proxy", "nodes"),
			on("*", "nodes/configz,nodes/healthz,nodes/log,nodes/metrics,nodes/pods,nodes/proxy,nodes/stats")),
		clusterRole("system:node-bootstrapper", in("certificates.k8s.io", "create,get,list,watch", "certificatesigningrequests")),
		clusterRole("system:node-problem-detector", on("get", "nodes"), on("patch", "nodes/status"), events()),
		clusterRole("system:node-proxier",
			on("list,watch", "endpoints,services"), on(read, "nodes"), events(),
			in("discovery.k8s.io", "list,watch", "endpointslices"), in("networking.k8s.io", "list,watch", "servicecidrs")),
		clusterRole("system:kube-dns", on("list,watch", "endpoints,services")),
		clusterRole("system:persistent-volume-provisioner",
			on("create,delete,get,list,watch", "persistentvolumes"), on("get,list,update,watch", "persistentvolumeclaims"),
			in("storage.k8s.io", read, "storageclasses"), on("watch", "events"), events()),
		clusterRole("system:volume-scheduler",
			on("get,list,patch,update,watch", "persistentvolumes"), in("storage.k8s.io", read, "storageclasses"),
			on("get,list,patch,update,watch", "persistentvolumeclaims")),
		scheduler(), controllerManager(), node(),
		clusterRole("system:certificates.k8s.io:certificatesigningrequests:nodeclient",
			in("certificates.k8s.io", "create", "certificatesigningrequests/nodeclient")),
		clusterRole("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
			in("certificates.k8s.io", "create", "certificatesigningrequests/selfnodeclient")),
		approver("system:certificates.k8s.io:kube-apiserver-client-approver", "kubernetes.io/kube-apiserver-client"),
		approver("system:certificates.k8s.io:kube-apiserver-client-kubelet-approver", "kubernetes.io/kube-apiserver-client-kubelet"),
		approver("system:certificates.k8s.io:kubelet-serving-approver", "kubernetes.io/kubelet-serving"),
		approver("system:certificates.k8s.io:legacy-unknown-approver", "kubernetes.io/legacy-unknown"),
	}
}

// approver may approve requests for certificates of one signer.
func approver(name, signer string) *rbacv1.ClusterRole {
	return clusterRole(name, named(in("certificates.k8s.io", "approve", "signers"), signer))
}

func scheduler() *rbacv1.ClusterRole {
	return clusterRole("system:kube-scheduler",
		events(),
		in("coordination.k8s.io", "create,list,watch", "leases"),
		named(in("coordination.k8s.io", "get,update", "leases"), "kube-scheduler"),
		in("coordination.k8s.io", "create,list,watch", "leasecandidates"),
		on(read, "nodes"), on("delete,get,list,watch", "pods"),
		on("create", "bindings,pods/binding"), on("patch,update", "pods/status"),
		on(read, "replicationcontrollers,services"),
		in("apps,extensions", read, "replicasets"), in("apps", read, "statefulsets"),
		in("policy", read, "poddisruptionbudgets"),
		on(read, "persistentvolumeclaims,persistentvolumes"),
		in("authentication.k8s.io", "create", "tokenreviews"), in("authorization.k8s.io", "create", "subjectaccessreviews"),
		in("storage.k8s.io", read, "csinodes"), on(read, "namespaces"),
		in("storage.k8s.io", read, "csidrivers"), in("storage.k8s.io", read, "csistoragecapacities"),
		in("storage.k8s.io", read, "volumeattachments"),
		in("resource.k8s.io", read, "deviceclasses"),
		in("resource.k8s.io", "create,delete,get,list,patch,update,watch", "resourceclaims"),
		in("resource.k8s.io", "get,list,patch,update,watch", "resourceclaims/status"),
		on("patch,update", "pods/finalizers"),
		in("resource.k8s.io", read, "resourceslices"))
}

func controllerManager() *rbacv1.ClusterRole {
	return clusterRole("system:kube-controller-manager",
		events(),
		in("coordination.k8s.io", "create,list,watch", "leases"),
		named(in("coordination.k8s.io", "get,update", "leases"), "kube-controller-manager"),
		in("coordination.k8s.io", "create,list,watch", "leasecandidates"),
		on("create", "secrets,serviceaccounts"), on("delete", "secrets"),
		on("get", "configmaps,namespaces,secrets,serviceaccounts"), on("update", "secrets,serviceaccounts"),
		in("authentication.k8s.io", "create", "tokenreviews"), in("authorization.k8s.io", "create", "subjectaccessreviews"),
		in("*", "list,watch", "*"), on("create", "serviceaccounts/token"))
}

// node is what any node may ask for; which objects, the node authorizer and the NodeRestriction plugin decide. Nobody is bound to it.
func node() *rbacv1.ClusterRole { return clusterRole("system:node", NodeRules()...) }

// NodeRules are the rules of the role system:node.
func NodeRules() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		in("authentication.k8s.io", "create", "tokenreviews"),
		in("authorization.k8s.io", "create", "localsubjectaccessreviews,subjectaccessreviews"),
		on(read, "services"), on("create,get,list,watch", "nodes"), on("patch,update", "nodes/status"), on("patch,update", "nodes"),
		events(),
		on(read, "pods"), on("create,delete", "pods"), on("patch,update", "pods/status"), on("create", "pods/eviction"),
		on(read, "configmaps,secrets"),
		on("get", "persistentvolumeclaims,persistentvolumes"), on("get", "endpoints"),
		in("certificates.k8s.io", "create,get,list,watch", "certificatesigningrequests"),
		in("coordination.k8s.io", "create,delete,get,patch,update", "leases"),
		in("storage.k8s.io", "get", "volumeattachments"),
		on("create", "serviceaccounts/token"), on("get", "serviceaccounts"),
		on("get,patch,update", "persistentvolumeclaims/status"),
		in("storage.k8s.io", read, "csidrivers"),
		in("storage.k8s.io", "create,delete,get,patch,update", "csinodes"),
		in("node.k8s.io", read, "runtimeclasses"),
		in("resource.k8s.io", "get", "resourceclaims"),
		in("resource.k8s.io", "deletecollection", "resourceslices"),
		in("resource.k8s.io", "create,delete,get,list,patch,update,watch", "resourceslices"),
	}
}

// systemBindings say who has the roles of people and system.
func systemBindings() []*rbacv1.ClusterRoleBinding {
	return []*rbacv1.ClusterRoleBinding{
		clusterBinding("cluster-admin", group(access.Masters)),
		clusterBinding("system:monitoring", group("system:monitoring")),
		clusterBinding("system:discovery", group(access.Authenticated)),
		clusterBinding("system:basic-user", group(access.Authenticated)),
		clusterBinding("system:public-info-viewer", group(access.Authenticated), group(access.Unauthenticated)),
		clusterBinding("system:service-account-issuer-discovery", group(access.ServiceAccounts)),
		clusterBinding("system:node-proxier", user("system:kube-proxy")),
		clusterBinding("system:kube-controller-manager", user(access.ControllerManager)),
		clusterBinding("system:kube-dns", account("kube-dns")),
		clusterBinding("system:kube-scheduler", user(access.Scheduler)),
		clusterBinding("system:volume-scheduler", user(access.Scheduler)),
		clusterBinding("system:node"),
	}
}
