package snapshot

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	helpers "k8s.io/component-helpers/resource"
)

// Resources are amounts: CPU in thousandths, the rest in whole units (bytes, pieces).
type Resources struct {
	CPU, Memory, Storage int64
	// Other are extended resources and huge pages, by name.
	Other []Amount
}

// Amount is how much there is of one resource.
type Amount struct {
	Name  corev1.ResourceName
	Value int64
}

// Of returns the amount of one of Other.
func (r *Resources) Of(name corev1.ResourceName) int64 {
	for i := range r.Other {
		if r.Other[i].Name == name {
			return r.Other[i].Value
		}
	}
	return 0
}

// add adds times o, which may be negative.
func (r *Resources) add(o *Resources, times int64) {
	r.CPU += times * o.CPU
	r.Memory += times * o.Memory
	r.Storage += times * o.Storage
	for _, a := range o.Other {
		i := slices.IndexFunc(r.Other, func(b Amount) bool { return b.Name == a.Name })
		if i < 0 {
			r.Other = append(r.Other, Amount{Name: a.Name})
			i = len(r.Other) - 1
		}
		r.Other[i].Value += times * a.Value
	}
}

func (r *Resources) equal(o *Resources) bool {
	return r.CPU == o.CPU && r.Memory == o.Memory && r.Storage == o.Storage && slices.Equal(r.Other, o.Other)
}

func resourcesOf(list corev1.ResourceList) (r Resources) {
	for name, q := range list {
		switch name {
		case corev1.ResourceCPU:
			r.CPU = q.MilliValue()
		case corev1.ResourceMemory:
			r.Memory = q.Value()
		case corev1.ResourceEphemeralStorage:
			r.Storage = q.Value()
		case corev1.ResourcePods:
		default:
			r.Other = append(r.Other, Amount{name, q.Value()})
		}
	}
	slices.SortFunc(r.Other, func(a, b Amount) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return r
}

// requests is what the pod takes. Once it runs, what was given to it counts as well as what it asks for, while it is being resized. (KEP-1287)
func requests(pod *corev1.Pod) Resources {
	r := resourcesOf(helpers.PodRequests(pod, helpers.PodResourcesOptions{UseStatusResources: true}))
	r.Other = slices.DeleteFunc(r.Other, func(a Amount) bool { return a.Value == 0 })
	return r
}
