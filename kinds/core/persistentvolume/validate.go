package persistentvolume

import (
	"fmt"
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(v *corev1.PersistentVolume) field.ErrorList {
	return ValidateSpec(&v.Spec, false, field.NewPath("spec"))
}

// ValidateSpec checks the specification of a volume, or what of it is written down in an attachment: then it is inline, and has no
// claim and no class.
func ValidateSpec(spec *corev1.PersistentVolumeSpec, inline bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	refuse := func(set bool, name string) {
		if inline && set {
			errs = append(errs, field.Forbidden(at.Child(name), "may not be specified in the context of inline volumes"))
		}
	}
	refuse(spec.ClaimRef != nil, "claimRef")
	refuse(len(spec.Capacity) > 0, "capacity")
	if inline && spec.CSI == nil {
		errs = append(errs, field.Required(at.Child("csi"), "has to be specified in the context of inline volumes"))
	}
	errs = append(errs, validateAccessModes(spec.AccessModes, at.Child("accessModes"))...)
	if !inline {
		errs = append(errs, validateCapacity(spec.Capacity, at.Child("capacity"))...)
	}
	errs = append(errs, validateReclaimPolicy(spec.PersistentVolumeReclaimPolicy, inline, at.Child("persistentVolumeReclaimPolicy"))...)
	if !inline {
		errs = append(errs, validateNodeAffinity(spec.NodeAffinity, at.Child("nodeAffinity"))...)
	}
	refuse(spec.NodeAffinity != nil, "nodeAffinity")
	errs = append(errs, validateSources(spec, at)...)
	if spec.HostPath != nil && path.Clean(spec.HostPath.Path) == "/" && spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRecycle {
		errs = append(errs, field.Forbidden(at.Child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'"))
	}
	refuse(spec.StorageClassName != "", "storageClassName")
	if spec.StorageClassName != "" && !inline {
		errs = append(errs, validateClassName(spec.StorageClassName, at.Child("storageClassName"))...)
	}
	switch m := spec.VolumeMode; {
	case m == nil:
	case !inline:
		errs = append(errs, rules.In(*m, at.Child("volumeMode"), corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem)...)
	case *m != corev1.PersistentVolumeFilesystem:
		errs = append(errs, field.Forbidden(at.Child("volumeMode"), "may not specify volumeMode other than Filesystem in the context of inline volumes"))
	}
	return append(errs, validateAttributesClass(spec, inline, at)...)
}

func validateReclaimPolicy(policy corev1.PersistentVolumeReclaimPolicy, inline bool, at *field.Path) field.ErrorList {
	const keep = corev1.PersistentVolumeReclaimRetain
	switch {
	case policy == "", inline && policy == keep:
		return nil
	case inline:
		return field.ErrorList{field.Forbidden(at, fmt.Sprintf("may only be %s in the context of inline volumes", keep))}
	}
	return rules.In(policy, at, corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRecycle, keep)
}

func validateAttributesClass(spec *corev1.PersistentVolumeSpec, inline bool, at *field.Path) field.ErrorList {
	class := at.Child("volumeAttributesClassName")
	switch name := spec.VolumeAttributesClassName; {
	case name == nil, inline: // an attachment does nothing with it
		return nil
	case *name == "":
		return field.ErrorList{field.Required(class, "an empty string is disallowed")}
	default:
		errs := validateClassName(*name, class)
		if spec.CSI == nil {
			errs = append(errs, field.Required(at.Child("csi"), "has to be specified when using volumeAttributesClassName"))
		}
		return errs
	}
}

func validateAccessModes(modes []corev1.PersistentVolumeAccessMode, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(modes) == 0 {
		errs = append(errs, field.Required(at, ""))
	}
	for _, mode := range modes {
		errs = append(errs, rules.In(mode, at, corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOnce, corev1.ReadWriteOncePod)...)
	}
	if slices.Contains(modes, corev1.ReadWriteOncePod) && slices.ContainsFunc(modes, func(m corev1.PersistentVolumeAccessMode) bool { return m != corev1.ReadWriteOncePod }) {
		errs = append(errs, field.Forbidden(at, "may not use ReadWriteOncePod with other access modes"))
	}
	return errs
}

func validateCapacity(list corev1.ResourceList, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) == 0 {
		errs = append(errs, field.Required(at, ""))
	}
	if _, ok := list[corev1.ResourceStorage]; !ok || len(list) > 1 {
		errs = append(errs, field.NotSupported(at, list, []corev1.ResourceName{corev1.ResourceStorage}))
	}
	for name, q := range list {
		key := at.Key(string(name))
		if q.Value() < 0 {
			errs = append(errs, field.Invalid(key, q.Value(), "must be a valid resource quantity"))
		}
		if q.Sign() <= 0 {
			errs = append(errs, field.Invalid(key, q.String(), "must be greater than zero"))
		}
	}
	return errs
}

func validateNodeAffinity(a *corev1.VolumeNodeAffinity, at *field.Path) field.ErrorList {
	if a == nil {
		return nil
	}
	if a.Required == nil {
		return field.ErrorList{field.Required(at.Child("required"), "must specify required node constraints")}
	}
	return podtemplate.ValidateNodeSelector(a.Required, at.Child("required"))
}

func validateSources(spec *corev1.PersistentVolumeSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	found := 0
	for _, src := range sources(spec) {
		switch {
		case !src.set:
		case found > 0 && src.name != "flexVolume": // upstream never counts these against another
			errs = append(errs, field.Forbidden(at.Child(src.name), "may not specify more than 1 volume type"))
		default:
			found++
			errs = append(errs, src.check(at)...)
		}
	}
	if found == 0 {
		errs = append(errs, field.Required(at, "must specify a volume type"))
	}
	return errs
}
