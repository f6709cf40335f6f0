package resource

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestInvalidIsTheLibrarys(t *testing.T) {
	kind, path := schema.GroupKind{Group: "apps", Kind: "Deployment"}, field.NewPath("spec")
	one, other := field.Required(path.Child("a"), "it is"), field.Invalid(path.Index(3), 5, "too much")
	for _, errs := range []field.ErrorList{nil, {one}, {one, one}, {one, other}, {one, other, one, field.TooMany(path, 3, 2)}} {
		if diff := cmp.Diff(apierrors.NewInvalid(kind, "d", errs).ErrStatus, invalid(kind, "d", errs).(*apierrors.StatusError).ErrStatus); diff != "" {
			t.Errorf("%v (-library +own):\n%s", errs, diff)
		}
	}
}

// A mistake may show the whole list that it is in; as many of them as that list is long would take all memory.
func TestWhatIsToldIsBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	var errs field.ErrorList
	for i := range 10000 {
		errs = append(errs, field.Invalid(field.NewPath("spec").Index(i), long, "no"))
	}
	status := invalid(schema.GroupKind{Kind: "Pod"}, "p", errs).(*apierrors.StatusError).ErrStatus
	if len(status.Message) > 6<<20 || len(status.Details.Causes) > 6 || !strings.HasSuffix(status.Message, ", and 9996 more]") {
		t.Errorf("%d causes, %d bytes, which end with %s", len(status.Details.Causes), len(status.Message), status.Message[len(status.Message)-50:])
	}
}

func BenchmarkInvalid(b *testing.B) {
	var errs field.ErrorList
	for i := range 20000 {
		errs = append(errs, field.Invalid(field.NewPath("spec").Index(i), fmt.Sprint(i), "it is not what it should be"))
	}
	for b.Loop() {
		_ = invalid(schema.GroupKind{Kind: "Pod"}, "p", errs)
	}
}
