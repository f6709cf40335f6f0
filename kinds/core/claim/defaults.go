package claim

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/rules"
)

// DefaultSpec fills in what a claim leaves out.
func DefaultSpec(spec *corev1.PersistentVolumeClaimSpec) {
	if spec.VolumeMode == nil {
		spec.VolumeMode = new(corev1.PersistentVolumeFilesystem)
	}
	rules.RoundUp(spec.Resources.Limits)
	rules.RoundUp(spec.Resources.Requests)
}

// Default fills in what a whole claim leaves out.
func Default(c *corev1.PersistentVolumeClaim) {
	DefaultSpec(&c.Spec)
	rules.RoundUp(c.Status.Capacity)
	rules.RoundUp(c.Status.AllocatedResources)
	if c.Status.Phase == "" {
		c.Status.Phase = corev1.ClaimPending
	}
}
