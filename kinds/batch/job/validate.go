package job

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/batch/jobspec"
)

func validate(j *batchv1.Job) field.ErrorList { return validateJob(j, nil) }

// validateJob checks the job as it stands; old is the pod template before the change, or nil.
func validateJob(j *batchv1.Job, old *corev1.PodTemplateSpec) field.ErrorList {
	errs := validateGenerated(j)
	errs = append(errs, validateSpec(&j.Spec, old, field.NewPath("spec"))...)
	if n := j.Spec.Completions; jobspec.Indexed(&j.Spec) && n != nil && *n > 0 {
		// Each pod's hostname is the job's name and the pod's index.
		longest := fmt.Sprintf("%s-%d", j.Name, *n-1)
		if len(utilvalidation.IsDNS1123Label(longest)) > 0 {
			errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), j.Name, "will not able to create pod with invalid DNS label: "+longest))
		}
	}
	return errs
}

func validateSpec(spec *batchv1.JobSpec, old *corev1.PodTemplateSpec, path *field.Path) field.ErrorList {
	errs := jobspec.Validate(spec, old, path)
	at := path.Child("selector")
	if spec.Selector == nil {
		errs = append(errs, field.Required(at, ""))
	} else {
		errs = append(errs, metavalidation.ValidateLabelSelector(spec.Selector, metavalidation.LabelSelectorValidationOptions{}, at)...)
	}
	if selector, err := metav1.LabelSelectorAsSelector(spec.Selector); err == nil && !selector.Matches(labels.Set(spec.Template.Labels)) {
		errs = append(errs, field.Invalid(path.Child("template", "metadata", "labels"), spec.Template.Labels, "`selector` does not match template `labels`"))
	}
	return errs
}

// validateKeptSelector is apart from what is shown of other fields, for selectors look the same everywhere.
func validateKeptSelector(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	return validation.ValidateImmutableField(j.Spec.Selector, old.Spec.Selector, path.Child("selector"))
}
