package catalogue

import (
	"argosy.dev/kinds"
	"argosy.dev/kinds/apps/controllerrevision"
	"argosy.dev/kinds/apps/daemonset"
	"argosy.dev/kinds/apps/deployment"
	"argosy.dev/kinds/apps/replicaset"
	"argosy.dev/kinds/apps/statefulset"
	"argosy.dev/kinds/batch/cronjob"
	"argosy.dev/kinds/batch/job"
	"argosy.dev/kinds/coordination/lease"
	"argosy.dev/kinds/core/binding"
	"argosy.dev/kinds/core/configmap"
	"argosy.dev/kinds/core/event"
	"argosy.dev/kinds/core/namespace"
	"argosy.dev/kinds/core/node"
	"argosy.dev/kinds/core/persistentvolume"
	"argosy.dev/kinds/core/persistentvolumeclaim"
	"argosy.dev/kinds/core/pod"
	"argosy.dev/kinds/core/secret"
	"argosy.dev/kinds/core/service"
	"argosy.dev/kinds/core/serviceaccount"
	"argosy.dev/kinds/networking/ingressclass"
	"argosy.dev/kinds/node/runtimeclass"
	"argosy.dev/kinds/rbac/clusterrole"
	"argosy.dev/kinds/rbac/clusterrolebinding"
	"argosy.dev/kinds/rbac/role"
	"argosy.dev/kinds/rbac/rolebinding"
	"argosy.dev/kinds/scheduling/priorityclass"
	"argosy.dev/kinds/storage/csidriver"
	"argosy.dev/kinds/storage/csinode"
	"argosy.dev/kinds/storage/csistoragecapacity"
	"argosy.dev/kinds/storage/storageclass"
	"argosy.dev/kinds/storage/volumeattachment"
	"argosy.dev/kinds/storage/volumeattributesclass"
)

// All returns new descriptors of every built-in kind, by group and name.
func All() []*kinds.Kind {
	return []*kinds.Kind{
		binding.Kind(),
		configmap.Kind(),
		event.Kind(),
		namespace.Kind(),
		node.Kind(),
		persistentvolume.Kind(),
		persistentvolumeclaim.Kind(),
		pod.Kind(),
		secret.Kind(),
		service.Kind(),
		serviceaccount.Kind(),
		controllerrevision.Kind(),
		daemonset.Kind(),
		deployment.Kind(),
		replicaset.Kind(),
		statefulset.Kind(),
		cronjob.Kind(),
		job.Kind(),
		lease.Kind(),
		ingressclass.Kind(),
		runtimeclass.Kind(),
		clusterrole.Kind(),
		clusterrolebinding.Kind(),
		role.Kind(),
		rolebinding.Kind(),
		priorityclass.Kind(),
		csidriver.Kind(),
		csinode.Kind(),
		csistoragecapacity.Kind(),
		storageclass.Kind(),
		volumeattachment.Kind(),
		volumeattributesclass.Kind(),
	}
}
