package podtemplate

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/core/claim"
)

func defaultVolume(v *corev1.Volume) {
	if v.VolumeSource == (corev1.VolumeSource{}) {
		v.EmptyDir = &corev1.EmptyDirVolumeSource{}
	}
	if s := v.Secret; s != nil {
		defaultMode(&s.DefaultMode)
	}
	if s := v.ConfigMap; s != nil {
		defaultMode(&s.DefaultMode)
	}
	if s := v.DownwardAPI; s != nil {
		defaultMode(&s.DefaultMode)
		defaultDownwardItems(s.Items)
	}
	if s := v.Projected; s != nil {
		defaultProjected(s)
	}
	if s := v.HostPath; s != nil && s.Type == nil {
		s.Type = new(corev1.HostPathUnset)
	}
	if s := v.Ephemeral; s != nil && s.VolumeClaimTemplate != nil {
		claim.DefaultSpec(&s.VolumeClaimTemplate.Spec)
	}
	if s := v.Image; s != nil && s.PullPolicy == "" {
		s.PullPolicy = pullPolicy(s.Reference)
	}
	defaultDriver(v)
}

// The older volume types that have defaults of their own.
func defaultDriver(v *corev1.Volume) {
	if s := v.ISCSI; s != nil {
		fill(&s.ISCSIInterface, "default")
	}
	if s := v.RBD; s != nil {
		fill(&s.RBDPool, "rbd")
		fill(&s.RadosUser, "admin")
		fill(&s.Keyring, "/etc/ceph/keyring")
	}
	if s := v.ScaleIO; s != nil {
		fill(&s.StorageMode, "ThinProvisioned")
		fill(&s.FSType, "xfs")
	}
	if s := v.AzureDisk; s != nil {
		fillPtr(&s.CachingMode, corev1.AzureDataDiskCachingReadWrite)
		fillPtr(&s.Kind, corev1.AzureSharedBlobDisk)
		fillPtr(&s.FSType, "ext4")
		fillPtr(&s.ReadOnly, false)
	}
}

func defaultProjected(s *corev1.ProjectedVolumeSource) {
	defaultMode(&s.DefaultMode)
	for i := range s.Sources {
		if d := s.Sources[i].DownwardAPI; d != nil {
			defaultDownwardItems(d.Items)
		}
		if t := s.Sources[i].ServiceAccountToken; t != nil {
			fillPtr(&t.ExpirationSeconds, 60*60)
		}
	}
}

func defaultDownwardItems(items []corev1.DownwardAPIVolumeFile) {
	for i := range items {
		defaultFieldRef(items[i].FieldRef)
	}
}

func defaultMode(mode **int32) { fillPtr(mode, 0o644) }

func fill(s *string, value string) {
	if *s == "" {
		*s = value
	}
}

func fillPtr[T any](p **T, value T) {
	if *p == nil {
		*p = &value
	}
}
