package persistentvolume

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func setDefaults(v *corev1.PersistentVolume) {
	if v.Status.Phase == "" {
		v.Status.Phase = corev1.VolumePending
	}
	if v.Spec.PersistentVolumeReclaimPolicy == "" {
		v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	}
	if v.Spec.VolumeMode == nil {
		v.Spec.VolumeMode = new(corev1.PersistentVolumeFilesystem)
	}
	DefaultSpec(&v.Spec)
}

// DefaultSpec fills in what the specification of a volume leaves out wherever it is written down.
func DefaultSpec(spec *corev1.PersistentVolumeSpec) {
	rules.RoundUp(spec.Capacity)
	podtemplate.DefaultSource(&corev1.VolumeSource{HostPath: spec.HostPath, AzureDisk: spec.AzureDisk})
	if s := spec.ISCSI; s != nil && s.ISCSIInterface == "" {
		s.ISCSIInterface = "default"
	}
	if s := spec.RBD; s != nil {
		fill(&s.RBDPool, "rbd")
		fill(&s.RadosUser, "admin")
		fill(&s.Keyring, "/etc/ceph/keyring")
	}
	if s := spec.ScaleIO; s != nil {
		fill(&s.StorageMode, "ThinProvisioned")
		fill(&s.FSType, "xfs")
	}
}

func fill(s *string, value string) {
	if *s == "" {
		*s = value
	}
}
