package garbage

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
)

// Standing is how the owner of a reference stands.
type Standing int

const (
	// Present: the owner is there and keeps its dependents.
	Present Standing = iota
	// Going: the owner is being deleted and waits for its dependents to go first.
	Going
	// Absent: there is no such owner.
	Absent
	// Unknown: it cannot be found out.
	Unknown
)

// Reference is an owner reference and how its owner stands.
type Reference struct {
	metav1.OwnerReference
	Standing Standing
}

// Action is what to do about a dependent.
type Action struct {
	// Delete is how, "" for not at all.
	Delete metav1.DeletionPropagation
	// Release are the uids of owners whose references are taken off.
	Release []types.UID
	// Unblock: the references no longer hold up the owners' deletion.
	Unblock bool
}

// Decide says what becomes of an object with such owners. An object that has an owner stays; its references to others
// that are gone are taken off. dependents are the object's own.
func Decide(obj client.Object, owners []Reference, dependents []client.Object) Action {
	if obj.GetDeletionTimestamp() != nil || len(owners) == 0 {
		return Action{}
	}
	count := map[Standing]int{}
	var others []types.UID
	for _, ref := range owners {
		count[ref.Standing]++
		if ref.Standing != Present {
			others = append(others, ref.UID)
		}
	}
	switch {
	case count[Unknown] > 0:
		return Action{}
	case count[Present] > 0:
		return Action{Release: others}
	case count[Going] > 0 && len(dependents) > 0:
		// Its own dependents go first as well. In a circle, where the one that waits for it is one of them, it must not be waited for.
		return Action{Delete: metav1.DeletePropagationForeground, Unblock: slices.ContainsFunc(dependents, waits)}
	}
	return Action{Delete: propagation(obj)}
}

// propagation is how an object is deleted that says by a finalizer what shall become of its dependents.
func propagation(obj client.Object) metav1.DeletionPropagation {
	switch {
	case slices.Contains(obj.GetFinalizers(), metav1.FinalizerOrphanDependents):
		return metav1.DeletePropagationOrphan
	case slices.Contains(obj.GetFinalizers(), metav1.FinalizerDeleteDependents):
		return metav1.DeletePropagationForeground
	}
	return metav1.DeletePropagationBackground
}

// waits tells that an object is being deleted and waits for its dependents to go.
func waits(obj client.Object) bool {
	return obj.GetDeletionTimestamp() != nil && slices.Contains(obj.GetFinalizers(), metav1.FinalizerDeleteDependents)
}

// releases tells that an object is being deleted and waits for its dependents to be released.
func releases(obj client.Object) bool {
	return obj.GetDeletionTimestamp() != nil && slices.Contains(obj.GetFinalizers(), metav1.FinalizerOrphanDependents)
}

// blocks tells that the dependent holds up the deletion of the owner of that uid.
func blocks(obj client.Object, owner types.UID) bool {
	return slices.ContainsFunc(obj.GetOwnerReferences(), func(ref metav1.OwnerReference) bool {
		return ref.UID == owner && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion
	})
}

// without is the references but those to the owners of these uids.
func without(refs []metav1.OwnerReference, owners ...types.UID) []metav1.OwnerReference {
	kept := []metav1.OwnerReference{}
	for _, ref := range refs {
		if !slices.Contains(owners, ref.UID) {
			kept = append(kept, ref)
		}
	}
	return kept
}

// unblocked is the references as such that hold up nothing.
func unblocked(refs []metav1.OwnerReference) []metav1.OwnerReference {
	list := slices.Clone(refs)
	for i := range list {
		if list[i].BlockOwnerDeletion != nil {
			list[i].BlockOwnerDeletion = new(false)
		}
	}
	return list
}
