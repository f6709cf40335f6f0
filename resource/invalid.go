package resource

import (
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxTold is about how many bytes of mistakes an answer has: some show the whole list that they are in, each.
const maxTold = 4 << 20

// invalid is [apierrors.NewInvalid] for any number of mistakes. That one grows its message by one mistake at a time, which for what a body
// of the largest size can do wrong takes minutes, and tells all of them, which can take all memory.
func invalid(kind schema.GroupKind, name string, errs field.ErrorList) error {
	err := apierrors.NewInvalid(kind, name, nil)
	causes := err.ErrStatus.Details.Causes
	var texts []string
	seen := map[string]bool{}
	told := 0
	for i, e := range errs {
		if told > maxTold {
			texts = append(texts, fmt.Sprintf("and %d more", len(errs)-i))
			break
		}
		body := e.ErrorBody()
		causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(e.Type), Message: body, Field: e.Field})
		text := e.Field + ": " + body
		told += len(text)
		if !seen[text] {
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
