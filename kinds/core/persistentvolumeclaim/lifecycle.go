package persistentvolumeclaim

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/core/claim"
)

func setDefaults(c *corev1.PersistentVolumeClaim) { claim.Default(c) }

func prepareCreate(c *corev1.PersistentVolumeClaim) {
	c.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}
	dropDisabled(&c.Spec)
	alignSources(&c.Spec)
}

func prepareUpdate(c, old *corev1.PersistentVolumeClaim) {
	c.Status = old.Status
	dropDisabled(&c.Spec)
	// What was stored before there were two fields is compared with what is written now.
	alignSources(&c.Spec)
}

// Sources in other namespaces are off by default. (KEP-3294)
func dropDisabled(spec *corev1.PersistentVolumeClaimSpec) {
	if r := spec.DataSourceRef; r != nil && r.Namespace != nil && *r.Namespace != "" {
		spec.DataSourceRef = nil
	}
}

// alignSources makes the older of the two fields that name a source and the newer one say the same. (KEP-1495)
func alignSources(spec *corev1.PersistentVolumeClaimSpec) {
	switch a, b := spec.DataSource, spec.DataSourceRef; {
	case a != nil && b == nil:
		spec.DataSourceRef = &corev1.TypedObjectReference{APIGroup: a.APIGroup, Kind: a.Kind, Name: a.Name}
	case a == nil && b != nil && (b.Namespace == nil || *b.Namespace == ""):
		spec.DataSource = &corev1.TypedLocalObjectReference{APIGroup: b.APIGroup, Kind: b.Kind, Name: b.Name}
	}
}

func warnings(c, _ *corev1.PersistentVolumeClaim) []string {
	var list []string
	if c.Annotations[corev1.BetaStorageClassAnnotation] != "" {
		list = append(list, "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \"storageClassName\" attribute instead")
	}
	return append(list, claim.Warnings(&c.Spec, nil)...)
}
