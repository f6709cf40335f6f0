package kinds

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/base/identity"
)

// Object is an API object that can be stored: typed for a built-in kind, unstructured for a custom one.
type Object interface {
	runtime.Object
	metav1.Object
}

// Kind describes one kind. A nil function means the usual behaviour, told at each. The value is never changed after it was made.
type Kind struct {
	// GVK is the version that objects have in memory and in the store.
	GVK schema.GroupVersionKind
	// Resource is the plural lower-case name in paths, Singular the one that kubectl also takes.
	Resource   string
	Singular   string
	ShortNames []string
	// Categories are kubectl's group names, such as "all".
	Categories []string
	Namespaced bool
	// Verbs that the resource answers; nil: AllVerbs.
	Verbs []string
	// StorePath is the part of the store's key between "/registry/" and the object's namespace and name, where upstream's
	// differs from Resource ("minions" for nodes, "services/specs"); custom resources put their group in front.
	StorePath string

	// New and NewList make empty values of GVK. A list has an exported Items slice.
	// Deprecated is what whoever uses the resource is warned of, with every answer.
	Deprecated string
	// Unknown names the fields of an object, as a client wrote it, that the kind does not know. nil: the type of its objects tells.
	Unknown func(obj Object) []string

	New     func() Object
	NewList func() runtime.Object
	// Versions are the other versions in which the kind is served.
	Versions []Version

	// Default fills in what the user left out. It must be idempotent, and is called for each decoded object, stored ones included.
	Default func(obj Object)
	// PrepareCreate resets what a creator may not set, status above all, before validation. nil: nothing is reset.
	PrepareCreate func(obj Object)
	// Requester notes in a new object who asks for it, after PrepareCreate. nil: nothing is noted.
	Requester func(obj Object, user *identity.User)
	// FixedSpec tells that the specification stays as it was created. Nobody owns its fields then.
	FixedSpec bool
	// PrepareUpdate puts back into obj what an update through the main resource may not change (status). nil: nothing.
	PrepareUpdate func(obj, old Object)
	// Generation tells whether the update changed what metadata.generation counts; metadata.deletionTimestamp
	// is counted by the pipeline. nil: the kind has no generation.
	Generation func(obj, old Object) bool
	// GenerationFromZero: a new object has no generation yet; its first change makes it 1.
	GenerationFromZero bool
	// Name validates metadata.name. nil: DNS subdomain. prefix is true for a generateName.
	Name func(name string, prefix bool) []string
	// Validate tells all that is wrong with a new object beside its metadata.
	Validate func(obj Object) field.ErrorList
	// ValidateUpdate tells all that is wrong with the change, including what is wrong with obj itself. nil: Validate(obj).
	ValidateUpdate func(obj, old Object) field.ErrorList
	// Warnings for the writer; old is nil on create.
	Warnings func(obj, old Object) []string
	// DeleteWarnings are for who deletes with these options; nil: none.
	DeleteWarnings func(opts *metav1.DeleteOptions) []string
	// AllowCreateOnUpdate: a PUT to a name that does not exist creates it (leases, events, ...).
	AllowCreateOnUpdate bool
	// AllowUnconditionalUpdate: a PUT without resourceVersion overwrites; else it is refused as invalid.
	AllowUnconditionalUpdate bool

	// Grace computes how long deletion takes: the seconds wanted by options (nil: not said), for obj as it is now. The pipeline keeps an object with
	// a positive result, sets deletionTimestamp, and expects a second delete with 0. nil: deletion is immediate.
	Grace func(obj Object, wanted *int64) int64
	// PrepareGrace changes obj as its graceful deletion begins; may be nil.
	PrepareGrace func(obj Object)
	// DefaultPropagation is used when a delete says nothing: background unless the kind says otherwise.
	DefaultPropagation metav1.DeletionPropagation
	// ReturnDeleted: a deletion that is over is answered with the object as it last was, not with a Status.
	ReturnDeleted bool
	// Cleanup is a finalizer that a deletion puts on the object, for somebody has to clean up after it. Such a deletion takes no time of its
	// own, and is no new generation.
	Cleanup string
	// KeepWhileFinalizing tells that obj has finalizers of its own beside metadata.finalizers (namespaces' spec.finalizers).
	KeepWhileFinalizing func(obj Object) bool

	// Fields are the field selectors beside metadata.name and metadata.namespace.
	Fields map[string]func(obj Object) string
	// Indexes are looked up by in-process readers and by watches with an equal field selector.
	Indexes map[string]func(obj Object) []string
	// Columns are what "kubectl get" prints, Name first. nil: Name and Age.
	Columns []Column
	// RowConditions mark rows in tables (Completed pods); may be nil.
	RowConditions func(obj Object) []metav1.TableRowCondition

	Subresources []Subresource
	// Forward makes the resource another way to create a subresource ("pods/binding") of the object that the body names. Nothing is
	// stored under the resource itself, and it answers nothing but create.
	Forward string
	// Answered tells that what is created is a question (a review): it is answered, by whom the pipeline knows for the resource, and never
	// kept. NewList is not needed.
	Answered bool
	// Computed tells that objects are made anew for everyone who reads them, by whom the pipeline knows for the resource, and never kept. The
	// verbs are get and list, and lists have no version.
	Computed bool

	// Lazy tells that the write need not survive a power cut (heartbeats). old is nil on create. nil: every write is durable.
	Lazy func(obj, old Object) bool
	// TTL is how long an object lives unless it is written again; nil or 0: for ever.
	TTL func(obj Object) time.Duration
}

// Version is another version in which a kind is served. Objects are converted at the door; the rest of the house sees GVK only.
type Version struct {
	// Group is that of the version where it is not the kind's own: the same stored objects then are a resource of that group too, with the
	// rules below instead of the kind's.
	Group   string
	Version string
	New     func() Object
	NewList func() runtime.Object
	Default func(obj Object)
	// Deprecated and Unknown are as a Kind's.
	Deprecated string
	Unknown    func(obj Object) []string
	// ToStored converts an object of this version to GVK's, FromStored the other way. Neither may keep or change its argument's parts.
	ToStored   func(obj Object) (Object, error)
	FromStored func(obj Object) (Object, error)
	// Columns show objects as they are stored; nil: the kind's.
	Columns []Column

	// Of a version in another group, about objects as they are stored; see Kind.
	Validate       func(obj Object) field.ErrorList
	ValidateUpdate func(obj, old Object) field.ErrorList
	Fields         map[string]func(obj Object) string
}

// GroupVersion is the version's full name.
func (v *Version) GroupVersion(k *Kind) schema.GroupVersion {
	if v.Group != "" {
		return schema.GroupVersion{Group: v.Group, Version: v.Version}
	}
	return schema.GroupVersion{Group: k.GVK.Group, Version: v.Version}
}

// AllVerbs is what a resource answers unless its Kind says otherwise.
var AllVerbs = []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}

// Column is one column of a table.
type Column struct {
	Name, Type, Format, Description string
	// Priority 0 is always shown, 1 with -o wide.
	Priority int32
	// Value is a string, an integer, a bool or a float; now is for ages.
	Value func(obj Object, now time.Time) any
}

// Subresource is one path segment below an object. Exactly one shape applies:
//   - part of the object (status): Prepare is set; the body is the whole object, get returns it too;
//   - a view of the object (scale): View and Merge are set, the body is GVK's kind;
//   - an action that changes the object (binding): Merge alone; the answer is a Status;
//   - an action that deletes the object (eviction): Delete; the answer is a Status;
//   - Answered: a question about the object, answered by whom the pipeline knows for "resource/name" (token);
//   - Connect: a stream from elsewhere (log, exec), which the app wires by "resource/name".
type Subresource struct {
	Name string
	// GVK of the body where it is not the parent's. Same are other versions of it with the same fields, which are taken as well.
	GVK   schema.GroupVersionKind
	Same  []schema.GroupVersionKind
	Verbs []string
	// New makes an empty body where it is not the parent's kind.
	New func() runtime.Object

	// Prepare puts back into obj all that this subresource may not change.
	Prepare func(obj, old Object)
	// Resets are the fields that Prepare puts back, with dots between their parts: nobody comes to own them through here. nil: the
	// specification of a status, the status of all else.
	Resets []string
	// Validate tells what is wrong with the change made through the subresource. nil: the kind's ValidateUpdate.
	Validate func(obj, old Object) field.ErrorList
	// Warnings for the writer; nil: none.
	Warnings func(obj, old Object) []string

	// Check refuses an action's body for itself, before the object that it is for is looked at; may be nil. Its errors are API errors.
	Check func(name string, body runtime.Object) error
	// View makes the subresource's own object from its parent.
	View func(parent Object) (runtime.Object, error)
	// Merge puts body into parent, a private copy. Its errors are API errors (conflict, invalid).
	Merge func(parent Object, body runtime.Object) error
	// Delete tells how body, sent for the object of that name, wants it deleted. Its errors are API errors.
	Delete func(name string, body runtime.Object) (metav1.DeleteOptions, error)

	Answered bool
	// Default fills in what the user left out of a question's body; may be nil.
	Default func(body Object)

	Connect bool
}

// GVR returns the resource in the stored version.
func (k *Kind) GVR() schema.GroupVersionResource {
	return k.GVK.GroupVersion().WithResource(k.Resource)
}

// GroupResource names the resource in error messages.
func (k *Kind) GroupResource() schema.GroupResource {
	return schema.GroupResource{Group: k.GVK.Group, Resource: k.Resource}
}

// Prefix is the store's key prefix of all objects of the kind, ending in a slash. Upstream uses the same keys.
func (k *Kind) Prefix() string {
	if k.StorePath != "" {
		return "/registry/" + k.StorePath + "/"
	}
	return "/registry/" + k.Resource + "/"
}

// Subresource finds a subresource by its name.
func (k *Kind) Subresource(name string) (*Subresource, bool) {
	for i := range k.Subresources {
		if k.Subresources[i].Name == name {
			return &k.Subresources[i], true
		}
	}
	return nil, false
}

// Stored tells that objects of the kind are kept.
func (k *Kind) Stored() bool { return k.Forward == "" && !k.Answered && !k.Computed }

// Answers tells whether the resource has the verb.
func (k *Kind) Answers(verb string) bool {
	verbs := k.Verbs
	if verbs == nil {
		verbs = AllVerbs
	}
	for _, v := range verbs {
		if v == verb {
			return true
		}
	}
	return false
}
