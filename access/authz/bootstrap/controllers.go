package bootstrap

import rbacv1 "k8s.io/api/rbac/v1"

// controllers are the roles of the controllers, each bound to a service account of its own in kube-system.
func controllers() map[string][]rbacv1.PolicyRule {
	return map[string][]rbacv1.PolicyRule{
		"attachdetach-controller": {
			on("list,watch", "persistentvolumeclaims,persistentvolumes"), on(read, "nodes"), on("patch,update", "nodes/status"),
			on("list,watch", "pods"), events(), in("storage.k8s.io", "create,delete,get,list,watch", "volumeattachments"),
			in("storage.k8s.io", read, "csidrivers"), in("storage.k8s.io", read, "csinodes")},
		"certificate-controller": {
			in("certificates.k8s.io", "delete,get,list,watch", "certificatesigningrequests"),
			in("certificates.k8s.io", "update", "certificatesigningrequests/approval,certificatesigningrequests/status"),
			named(in("certificates.k8s.io", "approve", "signers"), "kubernetes.io/kube-apiserver-client-kubelet"),
			named(in("certificates.k8s.io", "sign", "signers"),
				"kubernetes.io/kube-apiserver-client,kubernetes.io/kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/legacy-unknown"),
			in("authorization.k8s.io", "create", "subjectaccessreviews"), events()},
		"clusterrole-aggregation-controller": {
			in("rbac.authorization.k8s.io", "escalate,get,list,patch,update,watch", "clusterroles")},
		"cronjob-controller": {
			in("batch", "get,list,update,watch", "cronjobs"), in("batch", "create,delete,get,list,patch,update,watch", "jobs"),
			in("batch", "update", "cronjobs/status"), in("batch", "update", "cronjobs/finalizers"), on("delete,list", "pods"), events()},
		"daemon-set-controller": {
			in("apps,extensions", read, "daemonsets"), in("apps,extensions", "update", "daemonsets/status"),
			in("apps,extensions", "update", "daemonsets/finalizers"), on("list,watch", "nodes"), on("create,delete,list,patch,watch", "pods"),
			on("create", "pods/binding"), in("apps", "create,delete,get,list,patch,update,watch", "controllerrevisions"), events()},
		"deployment-controller": {
			in("apps,extensions", "get,list,update,watch", "deployments"), in("apps,extensions", "update", "deployments/status"),
			in("apps,extensions", "update", "deployments/finalizers"),
			in("apps,extensions", "create,delete,get,list,patch,update,watch", "replicasets"), on("get,list,update,watch", "pods"), events()},
		"device-taint-eviction-controller": {
			on("delete,get,list,watch", "pods"), on("patch", "pods/status"), in("resource.k8s.io", read, "resourceclaims,resourceslices,deviceclasses"), events()},
		"disruption-controller": {
			in("apps,extensions", read, "deployments"), in("apps,extensions", read, "replicasets"), on(read, "replicationcontrollers"),
			in("policy", read, "poddisruptionbudgets"), in("apps", read, "statefulsets"), in("policy", "update", "poddisruptionbudgets/status"),
			on("list,watch", "pods"), on("patch,update", "pods/status"), in("*", "get", "*/scale"), events()},
		"endpoint-controller": {
			on(read, "pods,services"), on("create,delete,get,list,update", "endpoints"), on("create", "endpoints/restricted"), events()},
		"endpointslice-controller": {
			on(read, "nodes,pods,services"), on("update", "services/finalizers"),
			in("discovery.k8s.io", "create,delete,get,list,update", "endpointslices"), in("discovery.k8s.io", "create", "endpointslices/restricted"), events()},
		"endpointslicemirroring-controller": {
			on(read, "endpoints,services"), on("update", "services/finalizers"), on("update", "endpoints/finalizers"),
			in("discovery.k8s.io", "create,delete,get,list,update", "endpointslices"), in("discovery.k8s.io", "create", "endpointslices/restricted"), events()},
		"ephemeral-volume-controller": {
			on("update", "pods/finalizers"), on(read, "pods"), on("create,get,list,watch", "persistentvolumeclaims"), events()},
		"expand-controller": {
			on("get,list,patch,update,watch", "persistentvolumes"), on("patch,update", "persistentvolumeclaims/status"), on(read, "persistentvolumeclaims"), events()},
		"generic-garbage-collector": {in("*", "delete,get,list,patch,update,watch", "*"), events()},
		"horizontal-pod-autoscaler": {
			in("autoscaling", read, "horizontalpodautoscalers"), in("autoscaling", "update", "horizontalpodautoscalers/status"),
			in("*", "get,update", "*/scale"), on("list,watch", "pods"), in("metrics.k8s.io", "list", "pods"),
			in("custom.metrics.k8s.io", "get,list", "*"), in("external.metrics.k8s.io", "get,list", "*"), events()},
		"job-controller": {
			in("batch", "get,list,patch,update,watch", "jobs"), in("batch", "update", "jobs/status"), in("batch", "update", "jobs/finalizers"),
			on("create,delete,list,patch,watch", "pods"), events()},
		"legacy-service-account-token-cleaner": {
			named(on("get", "configmaps"), "kube-apiserver-legacy-service-account-token-tracking"), on("delete,patch", "secrets")},
		"namespace-controller": {
			on("delete,get,list,watch", "namespaces"), on("update", "namespaces/finalize,namespaces/status"), in("*", "delete,deletecollection,get,list", "*")},
		"node-controller": {
			on("get,list,patch,update,watch", "nodes"), on("patch,update", "nodes/status"), on("patch,update", "pods/status"),
			on("delete,get,list,watch", "pods"), in("coordination.k8s.io", read, "leases"), events()},
		"persistent-volume-binder": {
			on("create,delete,get,list,patch,update,watch", "persistentvolumes"), on("patch,update", "persistentvolumes/status"),
			on("get,list,patch,update,watch", "persistentvolumeclaims"), on("patch,update", "persistentvolumeclaims/status"),
			on("create,delete,get,list,watch", "pods"), in("storage.k8s.io", read, "storageclasses"),
			on("create,delete,get,list,update,watch", "endpoints,services"), on("get,list", "secrets"), on("get,list,watch", "nodes"), on("watch", "events"), events()},
		"pod-garbage-collector":    {on("delete,list,watch", "pods"), on(read, "nodes"), on("patch", "pods/status"), events()},
		"pv-protection-controller": {on("get,list,update,watch", "persistentvolumes"), events()},
		"pvc-protection-controller": {
			on("get,list,update,watch", "persistentvolumeclaims"), on(read, "pods"), events()},
		"replicaset-controller": {
			in("apps,extensions", "get,list,update,watch", "replicasets"), in("apps,extensions", "update", "replicasets/status"),
			in("apps,extensions", "update", "replicasets/finalizers"), on("create,delete,list,patch,watch", "pods"), events()},
		"replication-controller": {
			on("get,list,update,watch", "replicationcontrollers"), on("update", "replicationcontrollers/status"),
			on("update", "replicationcontrollers/finalizers"), on("create,delete,list,patch,watch", "pods"), events()},
		"resource-claim-controller": {
			on(read, "pods"), on("update", "pods/finalizers"), in("resource.k8s.io", "create,delete,get,list,watch", "resourceclaims"),
			in("resource.k8s.io", read, "resourceclaimtemplates"), in("resource.k8s.io", "patch,update", "resourceclaims,resourceclaims/status"),
			on("patch,update", "pods/status"), events()},
		"resourcequota-controller": {in("*", "list,watch", "*"), on("update", "resourcequotas/status"), events()},
		"root-ca-cert-publisher":   {on("create,update", "configmaps"), events()},
		"route-controller":         {on("list,watch", "nodes"), on("patch", "nodes/status"), events()},
		"selinux-warning-controller": {
			on("list,watch", "persistentvolumeclaims,persistentvolumes,pods"), in("storage.k8s.io", "list,watch", "csidrivers"), events()},
		"service-account-controller": {on("create", "serviceaccounts"), events()},
		"service-cidrs-controller": {
			in("networking.k8s.io", "get,list,patch,update,watch", "servicecidrs"), in("networking.k8s.io", "patch,update", "servicecidrs/finalizers"),
			in("networking.k8s.io", "patch,update", "servicecidrs/status"), in("networking.k8s.io", read, "ipaddresses"), events()},
		"service-controller": {
			on(read, "services"), on("patch,update", "services/status"), on("list,watch", "nodes"), events()},
		"statefulset-controller": {
			on("list,watch", "pods"), in("apps", read, "statefulsets"), in("apps", "update", "statefulsets/status"), in("apps", "update", "statefulsets/finalizers"),
			on("create,delete,get,patch,update", "pods"), in("apps", "create,delete,get,list,patch,update,watch", "controllerrevisions"),
			on("create,delete,get,list,update,watch", "persistentvolumeclaims"), on("update", "pods/finalizers"), events()},
		"ttl-after-finished-controller": {in("batch", "delete,get,list,watch", "jobs"), events()},
		"ttl-controller":                {on("list,patch,update,watch", "nodes"), events()},
		"validatingadmissionpolicy-status-controller": {
			in("admissionregistration.k8s.io", read, "validatingadmissionpolicies"),
			in("admissionregistration.k8s.io", "get,patch,update", "validatingadmissionpolicies/status"), events()},
		"volumeattributesclass-protection-controller": {
			on(read, "persistentvolumeclaims"), on(read, "persistentvolumes"), in("storage.k8s.io", "get,list,update,watch", "volumeattributesclasses"), events()},
	}
}
