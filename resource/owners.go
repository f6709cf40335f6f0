package resource

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"argosy.dev/kinds"
	"argosy.dev/resource/managed"
)

// anonymousManager owns what a writer changes that does not say who it is.
const anonymousManager = "unknown"

// ownersOf returns what keeps the owners of a resource's fields, for writes in the target's version through a subresource or, with nil,
// to the object itself.
func (p *Pipeline) ownersOf(t Target, sub *kinds.Subresource) (*managed.Fields, error) {
	if p.types == nil || sub != nil && sub.Merge != nil && sub.View == nil {
		return nil, nil // an action has no owner
	}
	name := ""
	if sub != nil {
		name = sub.Name
	}
	r := t.Resource
	key := writing{t.Version, name}
	if f, ok := r.owners.Load(key); ok {
		return f.(*managed.Fields), nil
	}
	f, err := managed.New(p.ownersConfig(t, sub))
	if err != nil {
		return nil, fmt.Errorf("tracking who owns fields: %w", err)
	}
	r.owners.Store(key, f)
	return f, nil
}

func (p *Pipeline) ownersConfig(t Target, sub *kinds.Subresource) managed.Config {
	r := t.Resource
	if sub != nil && sub.Answered {
		return managed.Config{Types: questionTypes, GVK: sub.GVK, Stored: sub.GVK, Default: sub.Default, Subresource: sub.Name,
			New: func(gv schema.GroupVersion) kinds.Object {
				if gv != sub.GVK.GroupVersion() {
					return nil
				}
				return sub.New().(kinds.Object)
			},
			Convert: func(obj kinds.Object, _, _ schema.GroupVersion) (kinds.Object, error) { return obj, nil }}
	}
	name := ""
	if sub != nil {
		name = sub.Name
	}
	_, v := r.version(t.Version)
	config := managed.Config{GVK: v.gv.WithKind(r.Kind.GVK.Kind), Stored: r.Stored, New: r.newOf, Convert: r.convert, Default: v.fill,
		Subresource: name, Reset: resets(r.Kind, sub)}
	if r.Kind.Answered {
		config.Types = questionTypes
	} else {
		config.Types = p.types()
	}
	return config
}

// writing is a way by which an object is written.
type writing struct{ version, subresource string }

// newOf makes an empty object of one of the versions, nil of others.
func (r *Resource) newOf(gv schema.GroupVersion) kinds.Object {
	if _, v := r.versionOf(gv); v.gv == gv {
		return v.new()
	}
	return nil
}

// convert takes an object from one version to another, of whatever group.
func (r *Resource) convert(obj kinds.Object, from, to schema.GroupVersion) (kinds.Object, error) {
	var err error
	if _, v := r.versionOf(from); v.toStored != nil {
		if obj, err = v.toStored(obj); err != nil {
			return nil, err
		}
	}
	if _, v := r.versionOf(to); v.fromStored != nil {
		return v.fromStored(obj)
	}
	return obj, nil
}

// questionTypes guess the merge rules of what is not kept from its fields: the published rules leave those kinds out, and nobody merges them.
var questionTypes = managedfields.NewDeducedTypeConverter()

// resets are the fields that a write cannot change: the status except through itself, all else through the status.
func resets(k *kinds.Kind, sub *kinds.Subresource) []fieldpath.Path {
	switch _, has := k.Subresource("status"); {
	case sub != nil && sub.Resets != nil:
		paths := make([]fieldpath.Path, len(sub.Resets))
		for i, dotted := range sub.Resets {
			for part := range strings.SplitSeq(dotted, ".") {
				paths[i] = append(paths[i], fieldpath.FieldNameElement(part))
			}
		}
		return paths
	case sub != nil && sub.Name == "status":
		return []fieldpath.Path{fieldpath.MakePathOrDie("spec")}
	case has && k.FixedSpec && (sub == nil || sub.Merge == nil):
		return []fieldpath.Path{fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("status")}
	case has && (sub == nil || sub.Merge == nil):
		return []fieldpath.Path{fieldpath.MakePathOrDie("status")}
	}
	return nil
}

// own notes in obj what manager changes from before, nil for a new object. It fails where obj cannot be read as JSON.
func (p *Pipeline) own(t Target, sub *kinds.Subresource, before, obj kinds.Object, manager string) error {
	f, err := p.ownersOf(t, sub)
	if err != nil {
		p.log.Error("the owners of fields are not tracked", "resource", t.Resource.Kind.GroupResource(), "error", err)
		return nil
	}
	if f == nil {
		return nil
	}
	return f.Update(before, obj, managerName(manager))
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
