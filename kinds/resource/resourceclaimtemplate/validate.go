package resourceclaimtemplate

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

func validate(t *resourcev1.ResourceClaimTemplate) field.ErrorList { return check(t, false) }

func check(t *resourcev1.ResourceClaimTemplate, stored bool) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateMetadata(&t.Spec.ObjectMeta, path.Child("metadata"))
	return append(errs, devices.ValidateClaim(&t.Spec.Spec.Devices, stored, path.Child("spec", "devices"))...)
}

// Claims are made from a template as it always was.
func validateUpdate(t, old *resourcev1.ResourceClaimTemplate) field.ErrorList {
	return append(check(t, true), rules.Immutable(t.Spec, old.Spec, field.NewPath("spec"))...)
}

// Claims get labels and annotations from their template, and nothing else.
func validateMetadata(m *metav1.ObjectMeta, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"name", m.Name != ""}, {"generateName", m.GenerateName != ""}, {"namespace", m.Namespace != ""}, {"selfLink", m.GetSelfLink() != ""}, {"uid", m.UID != ""},
		{"resourceVersion", m.ResourceVersion != ""}, {"generation", m.Generation != 0}, {"creationTimestamp", !m.CreationTimestamp.IsZero()},
		{"deletionTimestamp", m.DeletionTimestamp != nil}, {"deletionGracePeriodSeconds", m.DeletionGracePeriodSeconds != nil},
		{"ownerReferences", len(m.OwnerReferences) > 0}, {"finalizers", len(m.Finalizers) > 0}, {"managedFields", len(m.ManagedFields) > 0},
	} {
		if f.set {
			errs = append(errs, field.Forbidden(path.Child(f.name), "cannot be set"))
		}
	}
	errs = append(errs, metavalidation.ValidateLabels(m.Labels, path.Child("labels"))...)
	return append(errs, validation.ValidateAnnotations(m.Annotations, path.Child("annotations"))...)
}
