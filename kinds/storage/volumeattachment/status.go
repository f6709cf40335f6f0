package volumeattachment

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

const (
	maxMetadata = 256 * 1024
	maxMessage  = 1024
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareStatus),
		Resets:   []string{"metadata", "spec"},
		Validate: kinds.AskWith(validateStatus),
	}
}

func prepareStatus(a, old *storagev1.VolumeAttachment) {
	a.Spec = old.Spec
	a.Labels, a.OwnerReferences = old.Labels, old.OwnerReferences
	a.Finalizers, a.Annotations = old.Finalizers, old.Annotations
}

func validateStatus(a, _ *storagev1.VolumeAttachment) field.ErrorList {
	path := field.NewPath("status")
	errs := validateMetadata(a.Status.AttachmentMetadata, path.Child("attachmentMetadata"))
	errs = append(errs, validateError(a.Status.AttachError, path.Child("attachError"))...)
	return append(errs, validateError(a.Status.DetachError, path.Child("detachError"))...)
}

func validateMetadata(set map[string]string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	size := 0
	for key, value := range set {
		if key == "" {
			errs = append(errs, field.Invalid(path, key, "field can not be empty."))
		}
		size += len(key) + len(value)
	}
	if size > maxMetadata {
		errs = append(errs, field.TooLong(path, "", maxMetadata))
	}
	return errs
}

func validateError(e *storagev1.VolumeError, path *field.Path) field.ErrorList {
	if e == nil || len(e.Message) <= maxMessage {
		return nil
	}
	return field.ErrorList{field.TooLong(path.Child("message"), "", maxMessage)}
}
