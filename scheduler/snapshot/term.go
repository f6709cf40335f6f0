package snapshot

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Term means other pods, by their labels and namespaces, on nodes that share the value of a label.
type Term struct {
	TopologyKey string
	// Weight is 1 to 100 where the term is a wish.
	Weight int32

	// who is the same for terms that mean the same pods.
	who        string
	namespaces []string
	// among selects further namespaces by their labels; nil is none.
	among    labels.Selector
	selector labels.Selector
	// live leaves out pods that are being deleted.
	live bool
	pin  pin
}

// pin is a label that all pods of a term have, by which the terms for a pod are found; the zero value is none.
type pin struct{ key, value string }

// newTerm makes a term. Where namespaces are neither listed nor selected, own is meant.
func newTerm(own string, s, among *metav1.LabelSelector, namespaces []string, topologyKey string) (*Term, error) {
	t := &Term{TopologyKey: topologyKey}
	var err error
	if t.selector, err = metav1.LabelSelectorAsSelector(s); err != nil {
		return nil, fmt.Errorf("reading a label selector: %w", err)
	}
	if among != nil {
		if t.among, err = metav1.LabelSelectorAsSelector(among); err != nil {
			return nil, fmt.Errorf("reading a namespace selector: %w", err)
		}
	}
	switch {
	case len(namespaces) > 0:
		t.namespaces = slices.Compact(slices.Sorted(slices.Values(namespaces)))
	case among == nil:
		t.namespaces = []string{own}
	}
	t.who = t.name()
	t.pin = pinOf(t.selector)
	return t, nil
}

func (t *Term) name() string {
	var b strings.Builder
	b.WriteString(strings.Join(t.namespaces, ","))
	if t.among != nil {
		b.WriteString("|" + t.among.String())
	}
	b.WriteString("|" + t.selector.String())
	if _, selectable := t.selector.Requirements(); !selectable {
		b.WriteString("nothing")
	}
	return b.String()
}

func pinOf(s labels.Selector) pin {
	requirements, _ := s.Requirements()
	for _, r := range requirements {
		switch r.Operator() {
		case selection.In, selection.Equals, selection.DoubleEquals:
			if values := r.ValuesUnsorted(); len(values) == 1 {
				return pin{r.Key(), values[0]}
			}
		}
	}
	return pin{}
}

// Matches tells whether the pod is one of those meant.
func (s *Snapshot) Matches(t *Term, p *Pod) bool {
	if t.live && p.Object.DeletionTimestamp != nil {
		return false
	}
	return t.selector.Matches(labels.Set(p.Object.Labels)) && s.in(t, p.Object.Namespace)
}

// MatchesAll tells whether the pod is one of those that every term means.
func (s *Snapshot) MatchesAll(terms []*Term, p *Pod) bool {
	for _, t := range terms {
		if !s.Matches(t, p) {
			return false
		}
	}
	return true
}

func (s *Snapshot) in(t *Term, namespace string) bool {
	return slices.Contains(t.namespaces, namespace) || t.among != nil && t.among.Matches(s.namespaces[namespace])
}

func (p *Pod) readAffinity() {
	a := p.Object.Spec.Affinity
	if a == nil {
		return
	}
	if a := a.PodAffinity; a != nil {
		p.Affinity = p.required(a.RequiredDuringSchedulingIgnoredDuringExecution)
		p.PreferredAffinity = p.preferred(a.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	if a := a.PodAntiAffinity; a != nil {
		p.AntiAffinity = p.required(a.RequiredDuringSchedulingIgnoredDuringExecution)
		p.PreferredAntiAffinity = p.preferred(a.PreferredDuringSchedulingIgnoredDuringExecution)
	}
}

func (p *Pod) required(list []corev1.PodAffinityTerm) []*Term {
	var terms []*Term
	for i := range list {
		if t := p.term(&list[i]); t != nil {
			terms = append(terms, t)
		}
	}
	return terms
}

func (p *Pod) preferred(list []corev1.WeightedPodAffinityTerm) []*Term {
	var terms []*Term
	for i := range list {
		if t := p.term(&list[i].PodAffinityTerm); t != nil {
			t.Weight = list[i].Weight
			terms = append(terms, t)
		}
	}
	return terms
}

// term notes what is wrong with one that cannot be read.
func (p *Pod) term(t *corev1.PodAffinityTerm) *Term {
	term, err := newTerm(p.Object.Namespace, t.LabelSelector, t.NamespaceSelector, t.Namespaces, t.TopologyKey)
	if err != nil && p.Broken == nil {
		p.Broken = err
	}
	return term
}
