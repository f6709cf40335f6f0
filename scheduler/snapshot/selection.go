package snapshot

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Selection is which nodes a pod may go to, by its node selector and required node affinity. nil is all of them.
type Selection struct {
	labels []labels.Requirement
	// terms are alternatives; required tells that one of them must match.
	terms    []Nodes
	required bool
}

// Nodes is a term about nodes. One that cannot be read, which the API does not accept, means none, and so does an empty one.
type Nodes struct {
	labels       []labels.Requirement
	in, notIn    []string // names
	none, byName bool
}

// Names are the only nodes that can match; ok is false where others may, too.
func (s *Selection) Names() (names []string, ok bool) {
	if s == nil || !s.required || len(s.terms) == 0 {
		return nil, false
	}
	for _, t := range s.terms {
		if !t.byName {
			return nil, false
		}
		for _, name := range t.in {
			// A term with two names means none.
			if len(t.in) == 1 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, true
}

func selectionOf(spec *corev1.PodSpec) *Selection {
	var required *corev1.NodeSelector
	if a := spec.Affinity; a != nil && a.NodeAffinity != nil {
		required = a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	}
	if len(spec.NodeSelector) == 0 && required == nil {
		return nil
	}
	s := &Selection{required: required != nil}
	for key, value := range spec.NodeSelector {
		if r, err := labels.NewRequirement(key, selection.In, []string{value}); err == nil {
			s.labels = append(s.labels, *r)
		} else {
			s.required = true // without a term: no node matches
		}
	}
	if required != nil {
		for i := range required.NodeSelectorTerms {
			s.terms = append(s.terms, NodesOf(&required.NodeSelectorTerms[i]))
		}
	}
	return s
}

var operators = map[corev1.NodeSelectorOperator]selection.Operator{
	corev1.NodeSelectorOpIn: selection.In, corev1.NodeSelectorOpNotIn: selection.NotIn,
	corev1.NodeSelectorOpExists: selection.Exists, corev1.NodeSelectorOpDoesNotExist: selection.DoesNotExist,
	corev1.NodeSelectorOpGt: selection.GreaterThan, corev1.NodeSelectorOpLt: selection.LessThan,
}

// NodesOf reads a term.
func NodesOf(term *corev1.NodeSelectorTerm) (t Nodes) {
	t.none = len(term.MatchExpressions)+len(term.MatchFields) == 0
	for _, e := range term.MatchExpressions {
		r, err := labels.NewRequirement(e.Key, operators[e.Operator], e.Values)
		if err != nil {
			t.none = true
			continue
		}
		t.labels = append(t.labels, *r)
	}
	for _, f := range term.MatchFields {
		switch {
		case f.Key != metav1.ObjectNameField || len(f.Values) != 1:
			t.none = true
		case f.Operator == corev1.NodeSelectorOpIn:
			t.byName = true
			if !slices.Contains(t.in, f.Values[0]) {
				t.in = append(t.in, f.Values[0])
			}
		case f.Operator == corev1.NodeSelectorOpNotIn:
			t.notIn = append(t.notIn, f.Values[0])
		default:
			t.none = true
		}
	}
	return t
}
