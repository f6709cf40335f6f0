package claim

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// ValidateTemplate checks the template of an ephemeral volume's claim.
func ValidateTemplate(t *corev1.PersistentVolumeClaimTemplate, path *field.Path) field.ErrorList {
	meta := path.Child("metadata")
	errs := metavalidation.ValidateLabels(t.Labels, meta.Child("labels"))
	errs = append(errs, validation.ValidateAnnotations(t.Annotations, meta.Child("annotations"))...)
	const message = "cannot be set for an ephemeral volume"
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"name", t.Name != ""},
		{"generateName", t.GenerateName != ""},
		{"namespace", t.Namespace != ""},
		{"uid", t.UID != ""},
		{"ownerReferences", len(t.OwnerReferences) > 0},
		{"finalizers", len(t.Finalizers) > 0},
	} {
		if f.set {
			errs = append(errs, field.Forbidden(meta.Child(f.name), message))
		}
	}
	return append(errs, ValidateSpec(&t.Spec, path.Child("spec"))...)
}

// ValidateSpec checks what a claim asks for.
func ValidateSpec(spec *corev1.PersistentVolumeClaimSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	modes := path.Child("accessModes")
	if len(spec.AccessModes) == 0 {
		errs = append(errs, field.Required(modes, "at least 1 access mode is required"))
	}
	if spec.Selector != nil {
		errs = append(errs, metavalidation.ValidateLabelSelector(spec.Selector, metavalidation.LabelSelectorValidationOptions{}, path.Child("selector"))...)
	}
	for _, mode := range spec.AccessModes {
		errs = append(errs, rules.In(mode, modes, corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOnce, corev1.ReadWriteOncePod)...)
	}
	if slices.Contains(spec.AccessModes, corev1.ReadWriteOncePod) && slices.ContainsFunc(spec.AccessModes, func(m corev1.PersistentVolumeAccessMode) bool { return m != corev1.ReadWriteOncePod }) {
		errs = append(errs, field.Forbidden(modes, "may not use ReadWriteOncePod with other access modes"))
	}
	errs = append(errs, validateStorage(spec, path.Child("resources").Key(string(corev1.ResourceStorage)))...)
	if c := spec.StorageClassName; c != nil && *c != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*c), *c, path.Child("storageClassName"))...)
	}
	if m := spec.VolumeMode; m != nil {
		errs = append(errs, rules.In(*m, path.Child("volumeMode"), corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem)...)
	}
	errs = append(errs, validateSources(spec, path)...)
	if c := spec.VolumeAttributesClassName; c != nil && *c != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*c), *c, path.Child("volumeAttributesClassName"))...)
	}
	return errs
}

func validateStorage(spec *corev1.PersistentVolumeClaimSpec, path *field.Path) field.ErrorList {
	q, ok := spec.Resources.Requests[corev1.ResourceStorage]
	switch {
	case !ok:
		return field.ErrorList{field.Required(path, "")}
	case q.Sign() <= 0:
		return field.ErrorList{field.Invalid(path, q.String(), "must be greater than zero")}
	}
	return nil
}

// dataSource is the older form of dataSourceRef, and knows fewer kinds.
func validateSources(spec *corev1.PersistentVolumeClaimSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if d := spec.DataSource; d != nil {
		group := ""
		if d.APIGroup != nil {
			group = *d.APIGroup
		}
		errs = append(errs, validateReference(group, d.Kind, d.Name, path.Child("dataSource"))...)
	}
	if d := spec.DataSourceRef; d != nil {
		group := ""
		if d.APIGroup != nil {
			group = *d.APIGroup
		}
		errs = append(errs, validateReference(group, d.Kind, d.Name, path.Child("dataSourceRef"))...)
		if d.Namespace != nil && *d.Namespace != "" {
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(*d.Namespace), *d.Namespace, path.Child("dataSourceRef", "namespace"))...)
		}
	}
	if a, b := spec.DataSource, spec.DataSourceRef; a != nil && b != nil && (b.Namespace == nil || *b.Namespace == "") {
		if a.Kind != b.Kind || a.Name != b.Name || !same(a.APIGroup, b.APIGroup) {
			errs = append(errs, field.Invalid(path, path.Child("dataSource"), "must match dataSourceRef"))
		}
	}
	return errs
}

func validateReference(group, kind, name string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if name == "" {
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	if kind == "" {
		errs = append(errs, field.Required(path.Child("kind"), ""))
	}
	if group == "" && kind != "" && kind != "PersistentVolumeClaim" {
		errs = append(errs, field.Invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
	}
	if group != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(group), group, path.Child("apiGroup"))...)
	}
	return errs
}

func same(a, b *string) bool {
	value := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return value(a) == value(b)
}
