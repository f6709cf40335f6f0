package persistentvolume

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func prepareCreate(v *corev1.PersistentVolume) {
	v.Status = corev1.PersistentVolumeStatus{Phase: corev1.VolumePending}
	stampPhase(v, time.Now())
}

func prepareUpdate(v, old *corev1.PersistentVolume) { v.Status = old.Status }

// stampPhase notes when the phase became what it is. (KEP-3762)
func stampPhase(v *corev1.PersistentVolume, now time.Time) {
	v.Status.LastPhaseTransitionTime = new(metav1.NewTime(now.Truncate(time.Second)))
}

func warnings(v, _ *corev1.PersistentVolume) []string {
	var list []string
	for _, old := range []struct {
		set  bool
		text string
	}{
		{v.Annotations[corev1.BetaStorageClassAnnotation] != "", "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \"storageClassName\" attribute instead"},
		{v.Annotations["volume.beta.kubernetes.io/mount-options"] != "", "metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use \"mountOptions\" attribute instead"},
		{v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRecycle, "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."},
		{v.Spec.CephFS != nil, "spec.cephfs: deprecated in v1.28, non-functional in v1.31+"},
		{v.Spec.PhotonPersistentDisk != nil, "spec.photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+"},
		{v.Spec.ScaleIO != nil, "spec.scaleIO: deprecated in v1.16, non-functional in v1.22+"},
		{v.Spec.StorageOS != nil, "spec.storageOS: deprecated in v1.22, non-functional in v1.25+"},
		{v.Spec.Glusterfs != nil, "spec.glusterfs: deprecated in v1.25, non-functional in v1.26+"},
		{v.Spec.RBD != nil, "spec.rbd: deprecated in v1.28, non-functional in v1.31+"},
	} {
		if old.set {
			list = append(list, old.text)
		}
	}
	return list
}
