package garbage

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
)

// resource is one that the collector looks after.
type resource struct {
	info    client.Info
	objects client.Resource[client.Object]
}

// served is what the server has, at one moment.
type served struct {
	list   []*resource
	byName map[schema.GroupResource]*resource
	byKind map[schema.GroupKind]*resource
}

func groupResource(group, resource string) schema.GroupResource {
	return schema.GroupResource{Group: group, Resource: resource}
}

// ignored are resources that own nothing and are owned by nobody, and change often.
var ignored = map[schema.GroupResource]bool{
	groupResource("", "events"):              true,
	groupResource("events.k8s.io", "events"): true,
}

func look(c client.Cluster) *served {
	s := &served{byName: map[schema.GroupResource]*resource{}, byKind: map[schema.GroupKind]*resource{}}
	for _, info := range c.Resources() {
		gr := info.Resource.GroupResource()
		if ignored[gr] || !slices.Contains(info.Verbs, "delete") || !slices.Contains(info.Verbs, "watch") {
			continue
		}
		objects, err := client.Find[client.Object](c, info.Resource)
		if err != nil {
			continue // it went in this moment, which is told as a change
		}
		r := &resource{info, objects}
		s.list = append(s.list, r)
		s.byName[gr] = r
		s.byKind[schema.GroupKind{Group: gr.Group, Kind: info.Kind}] = r
	}
	return s
}

// dependent is an object and its resource.
type dependent struct {
	*resource
	obj client.Object
}

// dependents are the objects that refer to the uid of an owner: those that may, for an owner in a namespace has none outside.
func (s *served) dependents(uid types.UID, namespace string) []dependent {
	var list []dependent
	for _, r := range s.list {
		for _, obj := range r.objects.ByIndex(client.ByOwner, string(uid)) {
			if namespace == "" || obj.GetNamespace() == namespace {
				list = append(list, dependent{r, obj})
			}
		}
	}
	return list
}
