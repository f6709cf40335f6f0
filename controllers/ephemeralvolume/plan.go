package ephemeralvolume

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/storage/ephemeral"

	"argosy.dev/facts/pods"
)

// Missing are the claims that the pod needs and that are not there. A claim of that name that is not the pod's is an error: the pod must not
// use another's data.
func Missing(pod *corev1.Pod, get func(name string) (*corev1.PersistentVolumeClaim, bool)) (list []*corev1.PersistentVolumeClaim, taken []error) {
	if pods.Terminating(pod) || pods.Finished(pod) {
		return nil, nil
	}
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		if v.Ephemeral == nil || v.Ephemeral.VolumeClaimTemplate == nil {
			continue
		}
		name := ephemeral.VolumeClaimName(pod, v)
		if there, ok := get(name); ok {
			if err := ephemeral.VolumeIsForPod(pod, there); err != nil {
				taken = append(taken, err)
			}
			continue
		}
		template := v.Ephemeral.VolumeClaimTemplate.DeepCopy()
		list = append(list, &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: pod.Namespace, Labels: template.Labels, Annotations: template.Annotations,
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID, Controller: new(true), BlockOwnerDeletion: new(true)}}},
			Spec: template.Spec,
		})
	}
	return list, taken
}

// ephemeralOf tells whether the pod has such volumes at all.
func ephemeralOf(pod *corev1.Pod) bool {
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].Ephemeral != nil {
			return true
		}
	}
	return false
}
