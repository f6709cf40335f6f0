package resource

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
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
	case got == "", want == "":
		obj.SetNamespace(want)
	default:
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	return nil
}

// matchName refuses a body that does not say the name of the path.
func (t Target) matchName(obj metav1.Object) error {
	switch got := obj.GetName(); got {
	case t.Name:
		return nil
	case "":
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s based on URL) was undeterminable: name must be provided", t.Name))
	default:
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", got, t.Name))
	}
}

// wipeSystem takes out of a new object what a creator cannot set.
func wipeSystem(obj kinds.Object) {
	obj.SetUID("")
	obj.SetCreationTimestamp(metav1.Time{})
	obj.SetDeletionTimestamp(nil)
	obj.SetDeletionGracePeriodSeconds(nil)
	obj.SetSelfLink("")
}

// stampNew gives a new object what only the server gives.
func stampNew(obj kinds.Object) {
	obj.SetUID(uuid.NewUUID())
	obj.SetCreationTimestamp(metav1.Time{Time: time.Now().UTC().Truncate(time.Second)})
}

// keepSystem carries over what no writer may change and what one may leave out.
func keepSystem(obj, old kinds.Object) {
	if obj.GetUID() == "" {
		obj.SetUID(old.GetUID())
	}
	obj.SetCreationTimestamp(old.GetCreationTimestamp())
	if since := old.GetDeletionTimestamp(); since != nil {
		obj.SetDeletionTimestamp(since)
	}
	if grace := old.GetDeletionGracePeriodSeconds(); grace != nil && obj.GetDeletionGracePeriodSeconds() == nil {
		obj.SetDeletionGracePeriodSeconds(grace)
	}
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

var metadataPath = field.NewPath("metadata")

func (r *Resource) validateCreate(obj kinds.Object) error {
	errs := r.validateMetadata(obj)
	if r.Kind.Validate != nil {
		errs = append(errs, r.Kind.Validate(obj)...)
	}
	return r.invalid(obj.GetName(), errs)
}

func (r *Resource) validateUpdate(obj, old kinds.Object, sub *kinds.Subresource) error {
	// Upstream looks at the metadata twice, for all kinds alike and with the kind's own rules, and tells what it finds as often.
	errs := apivalidation.ValidateObjectMetaAccessorUpdate(obj, old, metadataPath)
	errs = append(errs, errs...)
	errs = append(errs, r.validateMetadata(obj)...)
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

func (r *Resource) validateMetadata(obj kinds.Object) field.ErrorList {
	errs := apivalidation.ValidateObjectMetaAccessor(obj, r.Kind.Namespaced, r.validateName, metadataPath)
	if r.Custom() {
		return errs
	}
	for i, name := range obj.GetFinalizers() {
		if !strings.Contains(name, "/") && !standardFinalizers[name] {
			errs = append(errs, field.Invalid(metadataPath.Child("finalizers").Index(i), name, "name is neither a standard finalizer name nor is it fully qualified"))
		}
	}
	return errs
}

// standardFinalizers are those of Kubernetes that built-in kinds take without a domain.
var standardFinalizers = map[string]bool{"kubernetes": true, metav1.FinalizerOrphanDependents: true, metav1.FinalizerDeleteDependents: true}

func (r *Resource) invalid(name string, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return invalid(r.Stored.GroupKind(), name, errs)
}

// checkPreconditions compares what a deletion expects the object to be with what it is.
func checkPreconditions(r *Resource, old kinds.Object, uid *types.UID, resourceVersion *string) error {
	if uid != nil && *uid != old.GetUID() {
		return apierrors.NewConflict(r.Kind.GroupResource(), old.GetName(), wrongUID(*uid, old))
	}
	if resourceVersion != nil && *resourceVersion != old.GetResourceVersion() {
		//lint:ignore ST1005 upstream's words
		return apierrors.NewConflict(r.Kind.GroupResource(), old.GetName(), fmt.Errorf("Precondition failed: ResourceVersion in precondition: %v, ResourceVersion in object meta: %v", *resourceVersion, old.GetResourceVersion()))
	}
	return nil
}

func wrongUID(uid types.UID, old kinds.Object) error {
	//lint:ignore ST1005 upstream's words
	return fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", uid, old.GetUID())
}

// checkUID compares the uid that an update's body carries with the object's.
func (t Target) checkUID(old kinds.Object, uid types.UID) error {
	if uid == "" || uid == old.GetUID() {
		return nil
	}
	r := t.Resource
	return apierrors.NewConflict(r.Kind.GroupResource(), t.Name, fmt.Errorf("StorageError: invalid object, Code: 4, Key: %s, ResourceVersion: 0, AdditionalErrorMsg: %w",
		r.Kind.Prefix()+t.key(), wrongUID(uid, old)))
}

var errModified = fmt.Errorf("the object has been modified; please apply your changes to the latest version and try again")

func (r *Resource) conflict(name string) error {
	return apierrors.NewConflict(r.Kind.GroupResource(), name, errModified)
}

// checkVersion compares what the writer read with what is stored. conditional: the writer said what it had read.
func (t Target) checkVersion(obj, old kinds.Object) (conditional bool, err error) {
	version := uint64(0)
	if said := obj.GetResourceVersion(); said != "" {
		if version, err = strconv.ParseUint(said, 10, 64); err != nil {
			return true, err
		}
	}
	switch {
	case version == 0 && t.Resource.Kind.AllowUnconditionalUpdate:
		obj.SetResourceVersion(old.GetResourceVersion())
		return false, nil
	case version == 0:
		kind := schema.GroupKind{Group: t.Resource.Kind.GVK.Group, Kind: t.Resource.Kind.Resource} // upstream names the resource here, not the kind
		return false, apierrors.NewInvalid(kind, t.Name, field.ErrorList{field.Invalid(metadataPath.Child("resourceVersion"), 0, "must be specified for an update")})
	case obj.GetResourceVersion() != old.GetResourceVersion():
		return true, t.Resource.conflict(t.Name)
	}
	return true, nil
}
