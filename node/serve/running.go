package serve

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/podconfig"
)

// running puts together, from the runtime's containers that run, the pods that they belong to.
func running(containers []*runtimeapi.Container) []corev1.Pod {
	list, at := []corev1.Pod{}, map[string]int{}
	for _, c := range containers {
		if c.State != runtimeapi.ContainerState_CONTAINER_RUNNING {
			continue
		}
		uid := c.Labels[podconfig.PodUIDLabel]
		i, ok := at[uid]
		if !ok {
			i, at[uid] = len(list), len(list)
			list = append(list, corev1.Pod{ObjectMeta: metav1.ObjectMeta{
				Name: c.Labels[podconfig.PodNameLabel], Namespace: c.Labels[podconfig.PodNamespaceLabel], UID: types.UID(uid),
			}})
		}
		spec := &list[i].Spec
		spec.Containers = append(spec.Containers, corev1.Container{Name: c.Labels[podconfig.ContainerNameLabel], Image: c.GetImage().GetImage()})
	}
	return list
}
