package resource

import (
	"fmt"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

// matchNamespace fills in the namespace of the path, and refuses a body that says another.
func (t Target) matchNamespace(obj metav1.Object) error {
	want := t.Namespace
	if !t.Resource.Kind.Namespaced {
		want = ""
	}
	switch got := obj.GetNamespace(); {
	case got == want:
	case got == "" && want != "":
		obj.SetNamespace(want)
	default:
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	return nil
}

// matchName fills in the name of the path, and refuses a body that says another.
func (t Target) matchName(obj metav1.Object) error {
	switch got := obj.GetName(); {
	case got == t.Name:
	case got == "":
		obj.SetName(t.Name)
	default:
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", got, t.Name))
	}
	return nil
}

// stampNew gives a new object what only the server gives.
func stampNew(obj kinds.Object) {
	obj.SetUID(uuid.NewUUID())
	obj.SetCreationTimestamp(metav1.Time{Time: time.Now().UTC().Truncate(time.Second)})
	obj.SetDeletionTimestamp(nil)
	obj.SetDeletionGracePeriodSeconds(nil)
	obj.SetSelfLink("")
}

// keepSystem carries over what no writer may change.
func keepSystem(obj, old kinds.Object) {
	obj.SetUID(old.GetUID())
	obj.SetCreationTimestamp(old.GetCreationTimestamp())
	obj.SetDeletionTimestamp(old.GetDeletionTimestamp())
	obj.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	obj.SetGeneration(old.GetGeneration())
	obj.SetSelfLink("")
}

const (
	// nameLetters leaves out vowels and what looks alike, so that no word comes out.
	nameLetters  = "bcdfghjklmnpqrstvwxz2456789"
	nameSuffix   = 5
	nameMaxBase  = 63 - nameSuffix
	nameAttempts = 8
)

// generateName makes a name of metadata.generateName.
func generateName(base string) string {
	if len(base) > nameMaxBase {
		base = base[:nameMaxBase]
	}
	suffix := make([]byte, nameSuffix)
	for i := range suffix {
		suffix[i] = nameLetters[rand.IntN(len(nameLetters))]
	}
	return base + string(suffix)
}

func (r *Resource) validateName(name string, prefix bool) []string {
	if r.Kind.Name != nil {
		return r.Kind.Name(name, prefix)
	}
	return apivalidation.NameIsDNSSubdomain(name, prefix)
}

func (r *Resource) validateCreate(obj kinds.Object) error {
	errs := apivalidation.ValidateObjectMetaAccessor(obj, r.Kind.Namespaced, r.validateName, field.NewPath("metadata"))
	if r.Kind.Validate != nil {
		errs = append(errs, r.Kind.Validate(obj)...)
	}
	return r.invalid(obj.GetName(), errs)
}

func (r *Resource) validateUpdate(obj, old kinds.Object, sub *kinds.Subresource) error {
	errs := apivalidation.ValidateObjectMetaAccessor(obj, r.Kind.Namespaced, r.validateName, field.NewPath("metadata"))
	errs = append(errs, apivalidation.ValidateObjectMetaAccessorUpdate(obj, old, field.NewPath("metadata"))...)
	switch {
	case sub != nil && sub.Validate != nil:
		errs = append(errs, sub.Validate(obj, old)...)
	case r.Kind.ValidateUpdate != nil:
		errs = append(errs, r.Kind.ValidateUpdate(obj, old)...)
	case r.Kind.Validate != nil:
		errs = append(errs, r.Kind.Validate(obj)...)
	}
	return r.invalid(obj.GetName(), errs)
}

func (r *Resource) invalid(name string, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(r.Kind.GVK.GroupKind(), name, errs)
}

// checkPreconditions compares what a writer expects the object to be with what it is.
func checkPreconditions(r *Resource, old kinds.Object, uid *types.UID, resourceVersion *string) error {
	if uid != nil && *uid != old.GetUID() {
		return apierrors.NewConflict(r.Kind.GroupResource(), old.GetName(), fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", *uid, old.GetUID())) //nolint:staticcheck // upstream's words
	}
	if resourceVersion != nil && *resourceVersion != old.GetResourceVersion() {
		return apierrors.NewConflict(r.Kind.GroupResource(), old.GetName(), fmt.Errorf("Precondition failed: ResourceVersion in precondition: %v, ResourceVersion in object meta: %v", *resourceVersion, old.GetResourceVersion())) //nolint:staticcheck // upstream's words
	}
	return nil
}

var errModified = fmt.Errorf("the object has been modified; please apply your changes to the latest version and try again")

func (r *Resource) conflict(name string) error {
	return apierrors.NewConflict(r.Kind.GroupResource(), name, errModified)
}
