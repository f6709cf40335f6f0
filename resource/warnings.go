package resource

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
)

// warnings gathers what the writer is told beside the outcome.
type warnings struct{ texts []string }

func (w *warnings) add(texts ...string) { w.texts = append(w.texts, texts...) }

// ownersOnce leaves each owner in metadata.ownerReferences once, and says so. mutated: admission has been asked already.
func ownersOnce(obj kinds.Object, w *warnings, mutated bool) {
	refs := obj.GetOwnerReferences()
	if len(refs) < 2 {
		return
	}
	kept := make([]metav1.OwnerReference, 0, len(refs))
	var repeated []string
	for _, ref := range refs {
		if hasOwner(kept, ref) {
			repeated = append(repeated, string(ref.UID))
			continue
		}
		kept = append(kept, ref)
	}
	if len(repeated) == 0 {
		return
	}
	obj.SetOwnerReferences(kept)
	when := ""
	if mutated {
		when = " after mutating admission happens"
	}
	w.add(fmt.Sprintf(".metadata.ownerReferences contains duplicate entries%s; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: %s",
		when, strings.Join(repeated, ", ")))
}

func hasOwner(refs []metav1.OwnerReference, ref metav1.OwnerReference) bool {
	for i := range refs {
		if refs[i].UID == ref.UID && equality.Semantic.DeepEqual(refs[i], ref) {
			return true
		}
	}
	return false
}
