package volumeattachment

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/persistentvolume"
	"argosy.dev/kinds/rules"
	"argosy.dev/kinds/storage/parameters"
)

func validate(a *storagev1.VolumeAttachment) field.ErrorList {
	path := field.NewPath("spec")
	errs := parameters.ValidateDriver(a.Spec.Attacher, path.Child("attacher"))
	errs = append(errs, validateSource(&a.Spec.Source, path.Child("source"))...)
	return append(errs, rules.Each(validation.NameIsDNSSubdomain(a.Spec.NodeName, false), a.Spec.NodeName, path.Child("nodeName"))...)
}

func validateUpdate(a, old *storagev1.VolumeAttachment) field.ErrorList {
	return append(validate(a), rules.Immutable(a.Spec, old.Spec, field.NewPath("spec"))...)
}

func validateSource(s *storagev1.VolumeAttachmentSource, path *field.Path) field.ErrorList {
	const message = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
	switch name, inline := s.PersistentVolumeName, s.InlineVolumeSpec; {
	case name == nil && inline == nil:
		return field.ErrorList{field.Required(path, message)}
	case name != nil && inline != nil:
		return field.ErrorList{field.Forbidden(path, message)}
	case inline != nil:
		return persistentvolume.ValidateSpec(inline, true, path.Child("inlineVolumeSpec"))
	case *name == "":
		return field.ErrorList{field.Required(path.Child("persistentVolumeName"), "must specify non empty persistentVolumeName")}
	default:
		return rules.Each(validation.NameIsDNSSubdomain(*name, false), *name, path.Child("persistentVolumeName"))
	}
}
