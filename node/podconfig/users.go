package podconfig

import (
	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// IDs is how many user and group ids a pod's user namespace has.
const IDs = 65536

// OwnUsers tells whether a pod has a user namespace of its own.
func OwnUsers(pod *corev1.Pod) bool { return pod.Spec.HostUsers != nil && !*pod.Spec.HostUsers }

func ids(n Node) []*runtimeapi.IDMapping {
	return []*runtimeapi.IDMapping{{HostId: n.FirstID, ContainerId: 0, Length: IDs}}
}

// mapOwners makes the files of a container's mounts belong to whom they would without a user namespace.
func mapOwners(pod *corev1.Pod, mounts []*runtimeapi.Mount, n Node) {
	if !OwnUsers(pod) {
		return
	}
	for _, m := range mounts {
		m.UidMappings, m.GidMappings = ids(n), ids(n)
	}
}
