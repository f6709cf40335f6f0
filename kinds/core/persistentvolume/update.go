package persistentvolume

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateUpdate keeps where the volume is, and what it is; the paths are those of Kubernetes' messages.
func validateUpdate(v, old *corev1.PersistentVolume) field.ErrorList {
	errs := validate(v)
	errs = append(errs, errs...) // told twice, as upstream does
	source, before := v.Spec.PersistentVolumeSource, old.Spec.PersistentVolumeSource
	if source.CSI != nil && before.CSI != nil && before.CSI.ControllerExpandSecretRef == nil {
		// A volume made before it could grow is given the secret for that.
		same := *before.CSI
		same.ControllerExpandSecretRef = source.CSI.ControllerExpandSecretRef
		before.CSI = &same
	}
	if !equality.Semantic.DeepEqual(source, before) {
		errs = append(errs, field.Forbidden(field.NewPath("spec", "persistentvolumesource"),
			"spec.persistentvolumesource is immutable after creation\n"+rules.Changes(source, old.Spec.PersistentVolumeSource)))
	}
	errs = append(errs, rules.Immutable(v.Spec.VolumeMode, old.Spec.VolumeMode, field.NewPath("volumeMode"))...)
	if old.Spec.NodeAffinity != nil && !sameAffinity(v.Spec.NodeAffinity, old.Spec.NodeAffinity) {
		errs = append(errs, field.Invalid(field.NewPath("nodeAffinity"), rules.Shown(v.Spec.NodeAffinity), "field is immutable, except for updating from beta label to GA"))
	}
	if old.Spec.VolumeAttributesClassName != nil && v.Spec.VolumeAttributesClassName == nil {
		errs = append(errs, field.Forbidden(field.NewPath("spec", "volumeAttributesClassName"), "update from non-nil value to nil is forbidden"))
	}
	return errs
}

// Node labels that were renamed; an affinity may follow them.
var renamed = map[string]string{
	"beta.kubernetes.io/os":             corev1.LabelOSStable,
	"beta.kubernetes.io/arch":           corev1.LabelArchStable,
	corev1.LabelFailureDomainBetaZone:   corev1.LabelTopologyZone,
	corev1.LabelFailureDomainBetaRegion: corev1.LabelTopologyRegion,
	corev1.LabelInstanceType:            corev1.LabelInstanceTypeStable,
}

func sameAffinity(now, before *corev1.VolumeNodeAffinity) bool {
	if equality.Semantic.DeepEqual(now, before) {
		return true
	}
	if now == nil || now.Required == nil || before.Required == nil || len(now.Required.NodeSelectorTerms) != len(before.Required.NodeSelectorTerms) {
		return false
	}
	followed := before.DeepCopy()
	for i := range followed.Required.NodeSelectorTerms {
		was, is := followed.Required.NodeSelectorTerms[i].MatchExpressions, now.Required.NodeSelectorTerms[i].MatchExpressions
		for j := range min(len(was), len(is)) {
			if to, ok := renamed[was[j].Key]; ok && is[j].Key == to {
				was[j].Key = to
			}
		}
	}
	return equality.Semantic.DeepEqual(now, followed)
}
