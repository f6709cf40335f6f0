package garbage

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/client"
)

// find returns the owner that a reference means, nil where it is not there, and its resource, nil where that is not known.
// lost tells that a cluster-wide object cannot have such an owner.
func (s *served) find(obj client.Object, ref *metav1.OwnerReference) (r *resource, owner client.Object, lost bool) {
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil {
		return nil, nil, false
	}
	r = s.byKind[schema.GroupKind{Group: gv.Group, Kind: ref.Kind}]
	if r == nil {
		return nil, nil, false
	}
	if r.info.Namespaced && obj.GetNamespace() == "" {
		return r, nil, true
	}
	found, ok := r.objects.Get(r.namespaceOf(obj), ref.Name)
	if !ok || found.GetUID() != ref.UID {
		return r, nil, false
	}
	return r, found, false
}

// namespaceOf is where an owner of this resource must be.
func (r *resource) namespaceOf(dependent client.Object) string {
	if r.info.Namespaced {
		return dependent.GetNamespace()
	}
	return ""
}

func (s *served) standing(obj client.Object, ref *metav1.OwnerReference) Standing {
	r, owner, lost := s.find(obj, ref)
	switch {
	case r == nil || lost:
		return Unknown
	case owner == nil:
		return Absent
	case waits(owner):
		return Going
	}
	return Present
}

func (s *served) references(obj client.Object) []Reference {
	list := make([]Reference, len(obj.GetOwnerReferences()))
	for i, ref := range obj.GetOwnerReferences() {
		list[i] = Reference{ref, s.standing(obj, &ref)}
	}
	return list
}

// verify asks the server itself whether the absent owners are: a live copy may be a moment behind. A deletion that only
// pretends, on condition of the uid, is the question.
func (s *served) verify(ctx context.Context, obj client.Object, refs []Reference) (absent bool, err error) {
	for _, ref := range refs {
		if ref.Standing != Absent {
			continue
		}
		r, _, _ := s.find(obj, &ref.OwnerReference)
		if r == nil {
			return false, nil
		}
		err := r.objects.Delete(ctx, r.namespaceOf(obj), ref.Name, metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}, Preconditions: &metav1.Preconditions{UID: &ref.UID}})
		switch {
		case err == nil:
			return false, nil
		case !apierrors.IsNotFound(err) && !apierrors.IsConflict(err):
			return false, fmt.Errorf("looking for the owner %s %s: %w", ref.Kind, ref.Name, err)
		}
	}
	return true, nil
}

// tellInvalid reports owners that exist where they cannot own the object.
func (c *controller) tellInvalid(s *served, d dependent) {
	for _, ref := range d.obj.GetOwnerReferences() {
		r, owner, lost := s.find(d.obj, &ref)
		if r == nil || owner != nil || !r.info.Namespaced {
			continue
		}
		elsewhere := c.elsewhere(r, &ref)
		if elsewhere == "" && !lost {
			continue
		}
		about := client.Reference(d.obj)
		about.APIVersion, about.Kind = d.info.Resource.GroupVersion().String(), d.info.Kind
		c.events.Warning(about, "OwnerRefInvalidNamespace", "ownerRef [%s/%s, namespace: %s, name: %s, uid: %s] does not exist in namespace %q",
			ref.APIVersion, ref.Kind, elsewhere, ref.Name, ref.UID, d.obj.GetNamespace())
	}
}

// elsewhere finds the namespace in which the referred object is.
func (c *controller) elsewhere(r *resource, ref *metav1.OwnerReference) string {
	for _, ns := range c.namespaces.List(corev1.NamespaceAll) {
		if found, ok := r.objects.Get(ns.Name, ref.Name); ok && found.GetUID() == ref.UID {
			return ns.Name
		}
	}
	return ""
}
