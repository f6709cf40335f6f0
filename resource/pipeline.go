package resource

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/store"
)

// Indexes that every resource has.
const (
	// ByOwner finds objects by the uids in metadata.ownerReferences.
	ByOwner = "metadata.ownerReferences.uid"
	// WithoutOwner finds objects that have none by their namespace.
	WithoutOwner = "metadata.namespace without owner"
)

// Options are what a pipeline is made of.
type Options struct {
	Store store.Store
	Cache *cache.Cache
	// Admission may be nil: everything is admitted.
	Admission Admission
	// Types knows the merge rules of every field, for owners and server-side apply; it is asked for at the first write, and may block
	// until it is ready. nil: owners are not tracked, and apply is refused.
	Types func() Types
	// Answers are who answers what is not kept, by resource ("tokenreviews.authentication.k8s.io") or "resource/subresource".
	Answers map[string]Answer
	// Computed are who makes the objects that are not kept, by resource ("componentstatuses", "pods.metrics.k8s.io").
	Computed map[string]Compute
	Log      *slog.Logger
}

// Pipeline answers the verbs for all resources that were added.
type Pipeline struct {
	store     store.Store
	cache     *cache.Cache
	admission Admission
	types     func() Types
	answers   map[string]Answer
	computed  map[string]Compute
	log       *slog.Logger

	mu       sync.Mutex // guards writers of resources
	snapshot atomic.Pointer[served]
}

// served is what the pipeline answers for, replaced as a whole.
type served struct {
	byResource map[schema.GroupVersionResource]*Resource
	byKind     map[schema.GroupVersionKind]*Resource
	groups     map[string]bool
	list       []*Resource
	generation int64
}

// New makes a pipeline without resources.
func New(o Options) *Pipeline {
	boundPatches()
	p := &Pipeline{store: o.Store, cache: o.Cache, admission: o.Admission, types: o.Types, answers: o.Answers, computed: o.Computed, log: o.Log}
	if p.admission == nil {
		p.admission = admitAll{}
	}
	p.snapshot.Store(&served{})
	return p
}

// Resource is one kind being served.
type Resource struct {
	Kind *kinds.Kind
	// Stored is the version in which objects are stored; a kind that is served in two groups is stored in one of them.
	Stored schema.GroupVersionKind
	// Table is nil where nothing is stored.
	Table *cache.Table

	pipeline *Pipeline
	versions []version
	// owners are made at the first write, by version and subresource.
	owners sync.Map
}

// Add loads a kind's objects and begins to answer for it. Objects that the store holds already are there when Add returns.
func (p *Pipeline) Add(ctx context.Context, k *kinds.Kind) (*Resource, error) {
	r := &Resource{Kind: k, Stored: k.GVK, pipeline: p, versions: versionsOf(k)}
	if !k.Stored() {
		p.serve(func(list []*Resource) []*Resource { return append(list, r) })
		return r, nil
	}
	table, err := p.cache.Add(ctx, cache.Config{
		Prefix:  k.Prefix(),
		Decode:  r.decodeStored,
		Encode:  r.encode,
		Indexes: indexes(k),
	})
	if err != nil {
		return nil, fmt.Errorf("serving %s: %w", k.GroupResource(), err)
	}
	r.Table = table
	p.serve(func(list []*Resource) []*Resource { return append(append(list, r), r.elsewhere()...) })
	return r, nil
}

// elsewhere are the resources of other groups under which the same objects are served.
func (r *Resource) elsewhere() []*Resource {
	var list []*Resource
	for i := range r.Kind.Versions {
		v := &r.Kind.Versions[i]
		if v.Group == "" {
			continue
		}
		k := *r.Kind
		k.GVK.Group, k.GVK.Version, k.Versions = v.Group, v.Version, nil
		k.Validate, k.ValidateUpdate, k.Fields = v.Validate, v.ValidateUpdate, v.Fields
		k.TTL = nil // they expire once
		list = append(list, &Resource{Kind: &k, Stored: r.Stored, Table: r.Table, pipeline: r.pipeline, versions: r.versions})
	}
	return list
}

// Remove stops answering for a resource; its objects stay in the store.
func (p *Pipeline) Remove(r *Resource) {
	p.serve(func(list []*Resource) []*Resource {
		kept := make([]*Resource, 0, len(list))
		for _, o := range list {
			if o != r && (o.Table == nil || o.Table != r.Table) {
				kept = append(kept, o)
			}
		}
		return kept
	})
	if r.Table != nil {
		p.cache.Remove(r.Table)
	}
}

func (p *Pipeline) serve(edit func([]*Resource) []*Resource) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.snapshot.Load()
	next := &served{
		byResource: map[schema.GroupVersionResource]*Resource{},
		byKind:     map[schema.GroupVersionKind]*Resource{},
		groups:     map[string]bool{},
		list:       edit(append([]*Resource(nil), old.list...)),
		generation: old.generation + 1,
	}
	sort.SliceStable(next.list, func(i, j int) bool {
		a, b := next.list[i].Kind, next.list[j].Kind
		if a.GVK.Group != b.GVK.Group {
			return a.GVK.Group < b.GVK.Group
		}
		return a.Resource < b.Resource
	})
	for _, r := range next.list {
		next.groups[r.Kind.GVK.Group] = true
		for _, v := range r.Versions() {
			next.byResource[schema.GroupVersionResource{Group: r.Kind.GVK.Group, Version: v, Resource: r.Kind.Resource}] = r
			next.byKind[schema.GroupVersionKind{Group: r.Kind.GVK.Group, Version: v, Kind: r.Kind.GVK.Kind}] = r
		}
	}
	p.snapshot.Store(next)
}

// Lookup finds a resource by any of its served versions.
func (p *Pipeline) Lookup(gvr schema.GroupVersionResource) (*Resource, bool) {
	r, ok := p.snapshot.Load().byResource[gvr]
	return r, ok
}

// LookupKind finds a resource by its kind in any served version.
func (p *Pipeline) LookupKind(gvk schema.GroupVersionKind) (*Resource, bool) {
	r, ok := p.snapshot.Load().byKind[gvk]
	return r, ok
}

// HasGroup tells whether any resource of an API group is served.
func (p *Pipeline) HasGroup(group string) bool { return p.snapshot.Load().groups[group] }

// Resources lists what is served, by group and resource, and a number that grows with every change of the list.
func (p *Pipeline) Resources() ([]*Resource, int64) {
	s := p.snapshot.Load()
	return s.list, s.generation
}

// Target is what a request is about.
type Target struct {
	Resource *Resource
	// Version is the served version in which the body comes and the answer goes.
	Version   string
	Namespace string
	// Name is empty for collections and creates.
	Name        string
	Subresource string
}

// Body is an object sent by a client: bytes with their media type, or, from a caller in the process, the object itself.
type Body struct {
	Data []byte
	// MediaType is application/json, application/yaml or application/vnd.kubernetes.protobuf; without parameters.
	MediaType string
	// Object is used where it is not nil, and is handed over.
	Object runtime.Object
}

// Result is the answer to a request about one object: exactly one of Entry, Object and Status is set, none with an error.
type Result struct {
	// Entry is a stored object; its encodings are kept.
	Entry *cache.Entry
	// Object is the answer where it is not a stored object: a dry run's outcome, a subresource's view. Its version is the target's.
	Object runtime.Object
	Status *metav1.Status
	// Created: the request made the object. Pending: a deletion has begun but is not finished. Accepted: one has, of which the client
	// said that it can wait.
	Created, Pending, Accepted bool
	// Warnings are there with an error too.
	Warnings []string
}

func (t Target) key() string {
	if t.Resource.Kind.Namespaced {
		return t.Namespace + "/" + t.Name
	}
	return t.Name
}

// GVK is the object's kind in the version of the request.
func (t Target) GVK() schema.GroupVersionKind {
	gvk := t.Resource.Kind.GVK
	if t.Version != "" {
		gvk.Version = t.Version
	}
	return gvk
}

// AnswerGVK is the kind that a request about one object is answered with: the subresource's own where it has one.
func (t Target) AnswerGVK() schema.GroupVersionKind {
	if sub, ok := t.Resource.Kind.Subresource(t.Subresource); ok && !sub.GVK.Empty() {
		return sub.GVK
	}
	return t.GVK()
}

func indexes(k *kinds.Kind) map[string]func(cache.Object) []string {
	all := map[string]func(cache.Object) []string{ByOwner: owners, WithoutOwner: ownerless}
	for name, values := range k.Indexes {
		all[name] = func(obj cache.Object) []string { return values(obj) }
	}
	return all
}

func owners(obj cache.Object) []string {
	refs := obj.GetOwnerReferences()
	if len(refs) == 0 {
		return nil
	}
	uids := make([]string, len(refs))
	for i := range refs {
		uids[i] = string(refs[i].UID)
	}
	return uids
}

func ownerless(obj cache.Object) []string {
	if len(obj.GetOwnerReferences()) > 0 {
		return nil
	}
	return []string{obj.GetNamespace()}
}
