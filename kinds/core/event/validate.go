package event

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	maxWord    = 128
	maxMessage = 1024
)

// Events of the old style have no eventTime, and nothing else is asked of them than to be in their object's namespace.
func validate(e *corev1.Event) field.ErrorList {
	return validateFor(e, field.NewPath("reportingComponent"))
}

// validateFor is for both groups, which call the component that reports by different names.
func validateFor(e *corev1.Event, reporter *field.Path) field.ErrorList {
	errs := validateNamespace(e, field.NewPath("involvedObject", "namespace"))
	if e.EventTime.IsZero() {
		return errs
	}
	if e.ReportingController == "" {
		errs = append(errs, field.Required(reporter, ""))
	}
	for _, msg := range validation.IsQualifiedName(e.ReportingController) {
		errs = append(errs, field.Invalid(reporter, e.ReportingController, msg))
	}
	errs = append(errs, validateWord(e.ReportingInstance, field.NewPath("reportingInstance"))...)
	errs = append(errs, validateWord(e.Action, field.NewPath("action"))...)
	if len(e.Reason) > maxWord {
		errs = append(errs, tooLong(field.NewPath("reason"), "", maxWord))
	} else {
		errs = append(errs, validateWord(e.Reason, field.NewPath("reason"))...)
	}
	if len(e.Message) > maxMessage {
		errs = append(errs, tooLong(field.NewPath("message"), "", maxMessage))
	}
	return errs
}

// Events about objects without a namespace are in "default" or, those of the new style, in "kube-system". The new style may
// tell of objects elsewhere.
func validateNamespace(e *corev1.Event, path *field.Path) field.ErrorList {
	about, modern := e.InvolvedObject.Namespace, !e.EventTime.IsZero()
	switch {
	case about == e.Namespace, about != "" && modern:
		return nil
	case about == "" && (e.Namespace == metav1.NamespaceDefault || modern && e.Namespace == metav1.NamespaceSystem):
		return nil
	}
	return field.ErrorList{field.Invalid(path, about, "does not match event.namespace")}
}

func validateWord(s string, path *field.Path) field.ErrorList {
	if s == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	if len(s) > maxWord {
		return field.ErrorList{tooLong(path, "", maxWord)}
	}
	return nil
}

func tooLong(path *field.Path, s string, limit int) *field.Error {
	return field.Invalid(path, s, fmt.Sprintf("can have at most %v characters", limit))
}
