package resource

import (
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

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
	known := make(map[owner]bool, len(refs))
	for _, ref := range refs {
		this := ownerOf(&ref)
		if known[this] {
			repeated = append(repeated, string(ref.UID))
			continue
		}
		known[this] = true
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

// owner is an owner reference as it compares to others.
type owner struct {
	apiVersion, kind, name string
	uid                    types.UID
	controller, blocks     string
}

func ownerOf(ref *metav1.OwnerReference) owner {
	truth := func(b *bool) string {
		if b == nil {
			return ""
		}
		return strconv.FormatBool(*b)
	}
	return owner{ref.APIVersion, ref.Kind, ref.Name, ref.UID, truth(ref.Controller), truth(ref.BlockOwnerDeletion)}
}
