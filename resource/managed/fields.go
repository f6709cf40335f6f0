package managed

import (
	"bytes"
	"fmt"
	"runtime"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"argosy.dev/kinds"
)

// Config says what a Fields is for.
type Config struct {
	// Types knows the merge rules of every field.
	Types managedfields.TypeConverter
	// GVK is the version in which is written, and Default completes an object of it.
	GVK     schema.GroupVersionKind
	Default func(obj kinds.Object)
	// Stored is the version in which Update and Apply take and return objects.
	Stored schema.GroupVersionKind
	// New makes an empty object of any version in which the kind is served, nil of others. Convert takes one to another.
	New     func(schema.GroupVersion) kinds.Object
	Convert func(obj kinds.Object, from, to schema.GroupVersion) (kinds.Object, error)
	// Subresource is "" for the object itself.
	Subresource string
	// Reset are fields that a write through here cannot change; nobody owns them by it.
	Reset []fieldpath.Path
}

// Fields keeps the owners of one kind's fields.
type Fields struct {
	config  Config
	manager *managedfields.FieldManager
}

// New prepares a kind. It fails where Types does not know it.
func New(c Config) (*Fields, error) {
	one := versions{c}
	reset := map[fieldpath.APIVersion]fieldpath.Filter{}
	if len(c.Reset) > 0 {
		set := fieldpath.NewSet(c.Reset...)
		reset[fieldpath.APIVersion(c.GVK.GroupVersion().String())] = fieldpath.NewExcludeSetFilter(set)
	}
	m, err := managedfields.NewDefaultFieldManager(c.Types, one, one, creator{c}, c.GVK, c.Stored.GroupVersion(), c.Subresource, reset)
	if err != nil {
		return nil, fmt.Errorf("preparing the field owners of %s: %w", c.GVK, err)
	}
	return &Fields{config: c, manager: m}, nil
}

// Update notes in obj's metadata what manager changes from live to obj. live is nil for a new object, and is not changed. What cannot be
// tracked is left as the writer sent it: owners are no reason to refuse a write. Its error is of a field that holds JSON of whatever sort,
// and has what is none or is more than a number can be: who reads it later could not either.
func (f *Fields) Update(live, obj kinds.Object, manager string) (err error) {
	defer unreadable(&err)
	if live == nil {
		live = f.config.New(f.config.Stored.GroupVersion())
	}
	shown := f.show(live)
	gvk := obj.GetObjectKind()
	gvk.SetGroupVersionKind(f.config.Stored)
	f.manager.UpdateNoErrors(shown, obj, manager)
	f.hide(obj)
	if live.GetResourceVersion() != "" && sameOwners(live.GetManagedFields(), obj.GetManagedFields()) {
		// Only the times differ: the write says nothing new about owners.
		obj.SetManagedFields(live.GetManagedFields())
	}
	return nil
}

// Apply merges patch, the fields that manager wants, into live (nil: there is none yet). Its error is a conflict with other owners unless
// force takes their fields over.
func (f *Fields) Apply(live kinds.Object, patch *unstructured.Unstructured, manager string, force bool) (obj kinds.Object, err error) {
	defer unreadable(&err)
	if live == nil {
		live = f.config.New(f.config.Stored.GroupVersion())
	}
	merged, err := f.manager.Apply(f.show(live), patch, manager, force)
	if err != nil {
		return nil, err
	}
	var ok bool
	if obj, ok = merged.(kinds.Object); !ok {
		return nil, fmt.Errorf("applying came to a %T", merged)
	}
	if obj == live {
		obj = obj.DeepCopyObject().(kinds.Object)
	}
	f.hide(obj)
	if live.GetResourceVersion() != "" && sameOwners(live.GetManagedFields(), obj.GetManagedFields()) {
		obj.SetManagedFields(live.GetManagedFields())
	}
	return obj, nil
}

// unreadable makes an error of the one that the merge library panics with where it meets raw JSON that it cannot read. Any other panic
// goes on.
func unreadable(err *error) {
	switch cause := recover().(type) {
	case nil:
	case runtime.Error:
		panic(cause)
	case error:
		*err = apierrors.NewBadRequest(fmt.Sprintf("a field of the object cannot be read: %v", cause))
	default:
		panic(cause)
	}
}

// show makes a shallow copy with kind and apiVersion.
func (f *Fields) show(obj kinds.Object) kinds.Object {
	c := shallow(obj)
	c.GetObjectKind().SetGroupVersionKind(f.config.Stored)
	return c
}

// hide takes kind and apiVersion out of a typed object again.
func (f *Fields) hide(obj kinds.Object) {
	if _, custom := obj.(*unstructured.Unstructured); !custom {
		obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	}
}

// sameOwners compares all but the times.
func sameOwners(a, b []metav1.ManagedFieldsEntry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.Manager != y.Manager || x.Operation != y.Operation || x.APIVersion != y.APIVersion || x.Subresource != y.Subresource || x.FieldsType != y.FieldsType {
			return false
		}
		if (x.FieldsV1 == nil) != (y.FieldsV1 == nil) || x.FieldsV1 != nil && !bytes.Equal(x.FieldsV1.GetRawBytes(), y.FieldsV1.GetRawBytes()) {
			return false
		}
	}
	return true
}
