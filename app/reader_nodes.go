package app

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds/core/pod"
)

// PodsOn, Claim, Volume and Attachment show the node authorizer what nodes have to do with.
func (r *reader) PodsOn(node string) []*corev1.Pod {
	pods, ok := r.Pipeline.Lookup(corev1.SchemeGroupVersion.WithResource("pods"))
	if !ok {
		return nil
	}
	entries := pods.Table.ByIndex(pod.NodeIndex, node)
	list := make([]*corev1.Pod, 0, len(entries))
	for _, e := range entries {
		if p, ok := e.Object.(*corev1.Pod); ok {
			list = append(list, p)
		}
	}
	return list
}

func (r *reader) Claim(namespace, name string) (*corev1.PersistentVolumeClaim, bool) {
	claim, ok := r.Get(corev1.SchemeGroupVersion.WithResource("persistentvolumeclaims"), namespace+"/"+name).(*corev1.PersistentVolumeClaim)
	return claim, ok
}

func (r *reader) Volume(name string) (*corev1.PersistentVolume, bool) {
	volume, ok := r.Get(corev1.SchemeGroupVersion.WithResource("persistentvolumes"), name).(*corev1.PersistentVolume)
	return volume, ok
}

func (r *reader) Attachment(name string) (*storagev1.VolumeAttachment, bool) {
	attachment, ok := r.Get(storagev1.SchemeGroupVersion.WithResource("volumeattachments"), name).(*storagev1.VolumeAttachment)
	return attachment, ok
}
