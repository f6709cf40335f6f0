package resource

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"argosy.dev/kinds"
	"argosy.dev/resource/managed"
)

// anonymousManager owns what a writer changes that does not say who it is.
const anonymousManager = "unknown"

// ownersOf returns what keeps the owners of a resource's fields, for writes through a subresource or, with nil, the object itself.
func (p *Pipeline) ownersOf(r *Resource, sub *kinds.Subresource) (*managed.Fields, error) {
	if p.types == nil || sub != nil && sub.Merge != nil && sub.View == nil {
		return nil, nil // an action has no owner
	}
	name := ""
	if sub != nil {
		name = sub.Name
	}
	if f, ok := r.owners.Load(name); ok {
		return f.(*managed.Fields), nil
	}
	f, err := managed.New(managed.Config{Types: p.types(), GVK: r.Kind.GVK, New: r.Kind.New, Default: r.Kind.Default, Subresource: name, Reset: resets(r.Kind, sub)})
	if err != nil {
		return nil, fmt.Errorf("tracking who owns fields: %w", err)
	}
	r.owners.Store(name, f)
	return f, nil
}

// resets are the fields that a write cannot change: the status except through itself, all else through the status.
func resets(k *kinds.Kind, sub *kinds.Subresource) []fieldpath.Path {
	switch _, has := k.Subresource("status"); {
	case sub != nil && sub.Name == "status":
		return []fieldpath.Path{fieldpath.MakePathOrDie("spec")}
	case has && (sub == nil || sub.Merge == nil):
		return []fieldpath.Path{fieldpath.MakePathOrDie("status")}
	}
	return nil
}

// own notes in obj what manager changes from before, nil for a new object.
func (p *Pipeline) own(r *Resource, sub *kinds.Subresource, before, obj kinds.Object, manager string) {
	f, err := p.ownersOf(r, sub)
	if err != nil {
		p.log.Error("the owners of fields are not tracked", "resource", r.Kind.GroupResource(), "error", err)
		return
	}
	if f != nil {
		f.Update(before, obj, managerName(manager))
	}
}

func managerName(s string) string {
	if s == "" {
		return anonymousManager
	}
	return s
}

// ManagerOfAgent is the manager that a client is by its User-Agent, where it names none: what stands before the first slash.
func ManagerOfAgent(agent string) string {
	const longest = 128
	name, _, _ := strings.Cut(agent, "/")
	var b strings.Builder
	for _, r := range name {
		if b.Len()+len(string(r)) > longest {
			break
		}
		if r >= ' ' && r != 0x7f {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Types is what knows the merge rules of every field.
type Types = managedfields.TypeConverter
