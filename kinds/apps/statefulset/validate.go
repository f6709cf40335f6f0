package statefulset

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/claim"
	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(s *appsv1.StatefulSet) field.ErrorList {
	return validateSpec(&s.Spec, nil, field.NewPath("spec"))
}

// What identifies the set's pods and their claims stays; how many there are, how they look and how they are replaced may change.
func validateUpdate(s, old *appsv1.StatefulSet) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateSpec(&s.Spec, &old.Spec, path)
	rest := s.Spec
	rest.Replicas = old.Spec.Replicas
	rest.Ordinals = old.Spec.Ordinals
	rest.Template = old.Spec.Template
	rest.UpdateStrategy = old.Spec.UpdateStrategy
	rest.RevisionHistoryLimit = old.Spec.RevisionHistoryLimit
	rest.PersistentVolumeClaimRetentionPolicy = old.Spec.PersistentVolumeClaimRetentionPolicy
	rest.MinReadySeconds = old.Spec.MinReadySeconds
	if !equality.Semantic.DeepEqual(rest, old.Spec) {
		errs = append(errs, field.Forbidden(path, "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "+
			"'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"))
	}
	return errs
}

func validateSpec(spec, old *appsv1.StatefulSetSpec, path *field.Path) field.ErrorList {
	errs := validatePodManagement(spec.PodManagementPolicy, path.Child("podManagementPolicy"))
	errs = append(errs, validateUpdateStrategy(&spec.UpdateStrategy, path.Child("updateStrategy"))...)
	errs = append(errs, validateRetention(spec.PersistentVolumeClaimRetentionPolicy, path.Child("persistentVolumeClaimRetentionPolicy"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.Replicas, path.Child("replicas"))...)
	errs = append(errs, rules.NonNegative(spec.MinReadySeconds, path.Child("minReadySeconds"))...)
	if spec.Ordinals != nil {
		errs = append(errs, rules.NonNegative(spec.Ordinals.Start, path.Child("ordinals", "start"))...)
	}
	if old == nil { // they never change after that
		errs = append(errs, validateClaims(spec.VolumeClaimTemplates, path.Child("volumeClaimTemplates"))...)
	}
	at := path.Child("selector")
	if spec.Selector == nil {
		errs = append(errs, field.Required(at, ""))
	} else {
		errs = append(errs, metavalidation.ValidateLabelSelector(spec.Selector, metavalidation.LabelSelectorValidationOptions{}, at)...)
		if len(spec.Selector.MatchLabels)+len(spec.Selector.MatchExpressions) == 0 {
			errs = append(errs, field.Invalid(at, spec.Selector, "empty selector is invalid for statefulset"))
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(spec.Selector)
	if err != nil {
		errs = append(errs, field.Invalid(at, spec.Selector, ""))
	} else {
		errs = append(errs, validateTemplate(spec, old, selector, path.Child("template"))...)
	}
	return append(errs, validateLifetime(&spec.Template.Spec, path.Child("template", "spec"))...)
}

func validateClaims(list []corev1.PersistentVolumeClaim, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range list {
		errs = append(errs, claim.ValidateSpec(&list[i].Spec, path.Index(i).Child("spec"))...)
	}
	return errs
}

func validateTemplate(spec, old *appsv1.StatefulSetSpec, selector labels.Selector, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if !selector.Empty() && !selector.Matches(labels.Set(spec.Template.Labels)) {
		errs = append(errs, field.Invalid(path.Child("metadata", "labels"), spec.Template.Labels, "`selector` does not match template `labels`"))
	}
	var before *corev1.PodTemplateSpec
	if old != nil {
		before = &old.Template
	}
	// Upstream looks at these twice, and tells what it finds as often.
	errs = append(errs, metavalidation.ValidateLabels(spec.Template.Labels, path.Child("labels"))...)
	errs = append(errs, validation.ValidateAnnotations(spec.Template.Annotations, path.Child("annotations"))...)
	return append(errs, podtemplate.ValidateTemplate(withClaims(spec), before, path)...)
}

// withClaims is the template with the volumes that every pod of the set will have for its claims, in place of those of the same name.
func withClaims(spec *appsv1.StatefulSetSpec) *corev1.PodTemplateSpec {
	if len(spec.VolumeClaimTemplates) == 0 {
		return &spec.Template
	}
	t := spec.Template
	t.Spec.Volumes = nil
	claimed := make(map[string]bool, len(spec.VolumeClaimTemplates))
	for i := range spec.VolumeClaimTemplates {
		name := spec.VolumeClaimTemplates[i].Name
		if claimed[name] {
			continue
		}
		claimed[name] = true
		t.Spec.Volumes = append(t.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name},
		}})
	}
	for _, v := range spec.Template.Spec.Volumes {
		if !claimed[v.Name] {
			t.Spec.Volumes = append(t.Spec.Volumes, v)
		}
	}
	return &t
}

func validateLifetime(pod *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if pod.RestartPolicy != corev1.RestartPolicyAlways {
		errs = append(errs, field.NotSupported(path.Child("restartPolicy"), pod.RestartPolicy, []corev1.RestartPolicy{corev1.RestartPolicyAlways}))
	}
	if pod.ActiveDeadlineSeconds != nil {
		errs = append(errs, field.Forbidden(path.Child("activeDeadlineSeconds"), "activeDeadlineSeconds in StatefulSet is not Supported"))
	}
	return errs
}

func validatePodManagement(policy appsv1.PodManagementPolicyType, path *field.Path) field.ErrorList {
	switch policy {
	case "":
		return field.ErrorList{field.Required(path, "")}
	case appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement:
		return nil
	}
	return field.ErrorList{field.Invalid(path, policy, fmt.Sprintf("must be '%s' or '%s'", appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement))}
}

func validateUpdateStrategy(s *appsv1.StatefulSetUpdateStrategy, path *field.Path) field.ErrorList {
	const onDelete, rolling = appsv1.OnDeleteStatefulSetStrategyType, appsv1.RollingUpdateStatefulSetStrategyType
	switch s.Type {
	case "":
		return field.ErrorList{field.Required(path, "")}
	case onDelete:
		if s.RollingUpdate != nil {
			return field.ErrorList{field.Invalid(path.Child("rollingUpdate"), rules.Shown(s.RollingUpdate), fmt.Sprintf("only allowed for updateStrategy '%s'", rolling))}
		}
		return nil
	case rolling:
		if s.RollingUpdate == nil {
			return nil
		}
		return rules.OptionalNonNegative(s.RollingUpdate.Partition, path.Child("rollingUpdate", "partition"))
	}
	return field.ErrorList{field.Invalid(path, rules.Shown(s), fmt.Sprintf("must be '%s' or '%s'", rolling, onDelete))}
}

func validateRetention(p *appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy, path *field.Path) field.ErrorList {
	if p == nil {
		return nil
	}
	const retain, remove = appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType
	errs := rules.In(p.WhenDeleted, path.Child("whenDeleted"), retain, remove)
	return append(errs, rules.In(p.WhenScaled, path.Child("whenScaled"), retain, remove)...)
}
