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

// Event names were never restricted.
func anyName(string, bool) []string { return nil }

// Events of the old style have no eventTime, and nothing else is asked of them than to be in their object's namespace.
func validate(e *corev1.Event) field.ErrorList {
	errs := validateNamespace(e, field.NewPath("involvedObject", "namespace"))
	if e.EventTime.IsZero() {
		return errs
	}
	errs = append(errs, validateSeries(e.Series, field.NewPath("series"))...)
	if e.ReportingController == "" {
		errs = append(errs, field.Required(field.NewPath("reportingComponent"), ""))
	}
	for _, msg := range validation.IsQualifiedName(e.ReportingController) {
		errs = append(errs, field.Invalid(field.NewPath("reportingComponent"), e.ReportingController, msg))
	}
	errs = append(errs, validateWord(e.ReportingInstance, field.NewPath("reportingInstance"))...)
	errs = append(errs, validateWord(e.Action, field.NewPath("action"))...)
	errs = append(errs, validateWord(e.Reason, field.NewPath("reason"))...)
	if len(e.Message) > maxMessage {
		errs = append(errs, tooLong(field.NewPath("message"), "", maxMessage))
	}
	return errs
}

// Events about objects without a namespace are in "default", or nowhere.
func validateNamespace(e *corev1.Event, path *field.Path) field.ErrorList {
	ns := e.InvolvedObject.Namespace
	if ns == e.Namespace || ns == "" && e.Namespace == metav1.NamespaceDefault {
		return nil
	}
	return field.ErrorList{field.Invalid(path, ns, "does not match event.namespace")}
}

func validateSeries(s *corev1.EventSeries, path *field.Path) field.ErrorList {
	if s == nil {
		return nil
	}
	var errs field.ErrorList
	if s.Count < 2 {
		errs = append(errs, field.Invalid(path.Child("count"), s.Count, "should be at least 2"))
	}
	if s.LastObservedTime.IsZero() {
		errs = append(errs, field.Required(path.Child("lastObservedTime"), ""))
	}
	return errs
}

func validateWord(s string, path *field.Path) field.ErrorList {
	if s == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	if len(s) > maxWord {
		return field.ErrorList{tooLong(path, s, maxWord)}
	}
	return nil
}

func tooLong(path *field.Path, s string, limit int) *field.Error {
	return field.Invalid(path, s, fmt.Sprintf("can have at most %v characters", limit))
}
