package resource

import (
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// invalid is [apierrors.NewInvalid] for any number of mistakes. That one grows its message by one mistake at a time, which for what a body
// of the largest size can do wrong takes minutes.
func invalid(kind schema.GroupKind, name string, errs field.ErrorList) error {
	err := apierrors.NewInvalid(kind, name, nil)
	causes := make([]metav1.StatusCause, len(errs))
	var texts []string
	seen := map[string]bool{}
	for i, e := range errs {
		causes[i] = metav1.StatusCause{Type: metav1.CauseType(e.Type), Message: e.ErrorBody(), Field: e.Field}
		if text := e.Error(); !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	err.ErrStatus.Details.Causes = causes
	switch len(texts) {
	case 0:
	case 1:
		err.ErrStatus.Message += ": " + texts[0]
	default:
		err.ErrStatus.Message += ": [" + strings.Join(texts, ", ") + "]"
	}
	return err
}
