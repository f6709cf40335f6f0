package storageprotection

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/facts/pods"
)

// The finalizers that hold what is in use, as upstream names them.
const (
	ClaimFinalizer  = "kubernetes.io/pvc-protection"
	VolumeFinalizer = "kubernetes.io/pv-protection"
	ClassFinalizer  = "kubernetes.io/vac-protection"
)

// ClaimInUse tells whether a pod that is bound to a node and has not finished uses the claim.
func ClaimInUse(claim *corev1.PersistentVolumeClaim, inNamespace []*corev1.Pod) bool {
	return slices.ContainsFunc(inNamespace, func(p *corev1.Pod) bool {
		return pods.Scheduled(p) && !pods.Finished(p) && slices.Contains(claims(p), claim.Name)
	})
}

// claims are the names of the claims that a pod uses, generic ephemeral volumes' included.
func claims(p *corev1.Pod) []string {
	var names []string
	for i := range p.Spec.Volumes {
		switch v := &p.Spec.Volumes[i]; {
		case v.PersistentVolumeClaim != nil:
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		case v.Ephemeral != nil:
			names = append(names, p.Name+"-"+v.Name)
		}
	}
	return names
}

// VolumeInUse tells whether the volume is bound to a claim.
func VolumeInUse(v *corev1.PersistentVolume) bool { return v.Status.Phase == corev1.VolumeBound }

// ClassInUse tells whether a claim wants or has the class, or a volume has it.
func ClassInUse(name string, all []*corev1.PersistentVolumeClaim, volumes []*corev1.PersistentVolume) bool {
	is := func(s *string) bool { return s != nil && *s == name }
	return slices.ContainsFunc(all, func(c *corev1.PersistentVolumeClaim) bool {
		return is(c.Spec.VolumeAttributesClassName) || is(c.Status.CurrentVolumeAttributesClassName)
	}) || slices.ContainsFunc(volumes, func(v *corev1.PersistentVolume) bool { return is(v.Spec.VolumeAttributesClassName) })
}

// held tells whether the object is being deleted and has the finalizer.
func held(obj client.Object, finalizer string) bool {
	return obj.GetDeletionTimestamp() != nil && slices.Contains(obj.GetFinalizers(), finalizer)
}
