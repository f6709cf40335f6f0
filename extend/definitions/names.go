package definitions

import (
	"fmt"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// taken is a name that somebody else has.
type taken struct{ reason, name string }

// conflict finds a name of a definition by which another resource of its group is known already. nil: there is none.
func (d *Definitions) conflict(def *apiextensionsv1.CustomResourceDefinition) *taken {
	resources, objects := map[string]bool{}, map[string]bool{}
	for _, other := range d.definitions.List("") {
		if other.Name == def.Name || other.Spec.Group != def.Spec.Group {
			continue
		}
		n := other.Status.AcceptedNames
		for _, name := range append([]string{n.Plural, n.Singular}, n.ShortNames...) {
			resources[name] = true
		}
		objects[n.Kind], objects[n.ListKind] = true, true
	}
	list, _ := d.pipeline.Resources()
	for _, r := range list {
		if k := r.Kind; k.GVK.Group == def.Spec.Group && !r.Custom() {
			for _, name := range append([]string{k.Resource, k.Singular}, k.ShortNames...) {
				resources[name] = true
			}
			objects[k.GVK.Kind], objects[k.GVK.Kind+"List"] = true, true
		}
	}
	n := def.Spec.Names
	for _, name := range n.ShortNames {
		if resources[name] {
			return &taken{"ShortNamesConflict", name}
		}
	}
	for _, c := range []struct {
		reason, name string
		among        map[string]bool
	}{{"PluralConflict", n.Plural, resources}, {"SingularConflict", n.Singular, resources}, {"KindConflict", n.Kind, objects}, {"ListKindConflict", n.ListKind, objects}} {
		if c.name != "" && c.among[c.name] {
			return &taken{c.reason, c.name}
		}
	}
	return nil
}

func established(def *apiextensionsv1.CustomResourceDefinition) bool {
	return slices.ContainsFunc(def.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	})
}

// judged is a definition with the status that it has earned: conflict is the name that it may not have, fault why it cannot be served.
func judged(def *apiextensionsv1.CustomResourceDefinition, conflict *taken, fault error) *apiextensionsv1.CustomResourceDefinition {
	next := def.DeepCopy()
	names := apiextensionsv1.CustomResourceDefinitionCondition{Type: apiextensionsv1.NamesAccepted, Status: apiextensionsv1.ConditionTrue, Reason: "NoConflicts", Message: "no conflicts found"}
	there := apiextensionsv1.CustomResourceDefinitionCondition{Type: apiextensionsv1.Established, Status: apiextensionsv1.ConditionTrue, Reason: "InitialNamesAccepted", Message: "the initial names have been accepted"}
	if conflict != nil {
		names.Status, names.Reason, names.Message = apiextensionsv1.ConditionFalse, conflict.reason, fmt.Sprintf("%q is already in use", conflict.name)
		there.Status, there.Reason, there.Message = apiextensionsv1.ConditionFalse, "NotAccepted", "not all names are accepted"
	} else {
		next.Status.AcceptedNames = *def.Spec.Names.DeepCopy()
	}
	if fault != nil {
		there.Status, there.Reason, there.Message = apiextensionsv1.ConditionFalse, "NotServed", fault.Error()
	}
	set(next, names)
	if conflict == nil || !established(def) { // once established is for ever
		set(next, there)
	}
	return next
}

// set changes a condition, and its time where its status changes.
func set(def *apiextensionsv1.CustomResourceDefinition, c apiextensionsv1.CustomResourceDefinitionCondition) {
	c.LastTransitionTime = metav1.Now()
	for i, had := range def.Status.Conditions {
		if had.Type != c.Type {
			continue
		}
		if had.Status == c.Status {
			c.LastTransitionTime = had.LastTransitionTime
		}
		def.Status.Conditions[i] = c
		return
	}
	def.Status.Conditions = append(def.Status.Conditions, c)
}

// expected are errors that are no news: others write definitions, too.
func expected(err error) bool { return apierrors.IsConflict(err) || apierrors.IsNotFound(err) }
