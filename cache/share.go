package cache

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// fields lets objects share what their managed fields say: it is the same, byte for byte, for all that one manager has made alike, as
// the Pods of a Deployment, and a sixth of what a Pod takes. The table's lock guards it.
type fields struct {
	known map[string]*metav1.FieldsV1
	size  int
}

// knownFields bounds what is kept for objects to come, in bytes. What objects hold already they go on sharing.
const knownFields = 4 << 20

// share replaces what is known already in an object that nobody else has yet.
func (f *fields) share(obj metav1.Object) {
	if _, ok := obj.(runtime.Unstructured); ok {
		return // has no such fields but makes them when it is asked
	}
	list := obj.GetManagedFields()
	for i := range list {
		own := list[i].FieldsV1
		if own == nil {
			continue
		}
		raw := own.GetRawBytes()
		if known, ok := f.known[string(raw)]; ok {
			list[i].FieldsV1 = known
			continue
		}
		if f.known == nil || f.size+2*len(raw) > knownFields {
			f.known, f.size = make(map[string]*metav1.FieldsV1), 0
		}
		f.known[string(raw)] = own
		f.size += 2 * len(raw)
	}
}
