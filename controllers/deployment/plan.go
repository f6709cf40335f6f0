package deployment

import (
	"cmp"
	"slices"

	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/facts/workloads"
)

// State is what there is of a deployment at one moment.
type State struct {
	Deployment *appsv1.Deployment
	// Current is the replica set that has the deployment's template, nil where there is none; Old are the others that it owns, the
	// oldest first.
	Current *appsv1.ReplicaSet
	Old     []*appsv1.ReplicaSet
	// OldPods tells that pods of old sets have not come to their end. Only the strategy Recreate asks.
	OldPods bool
}

// Step is what to write next, in this order.
type Step struct {
	// Create is the current set where there is none yet.
	Create *appsv1.ReplicaSet
	Update []Change
	Delete []*appsv1.ReplicaSet
}

// Change is a set as it is and as it shall be.
type Change struct{ From, To *appsv1.ReplicaSet }

// Decide plans the next step. The error is about a strategy that cannot be read.
func Decide(s State) (Step, error) {
	d := s.Deployment
	if d.DeletionTimestamp != nil {
		return Step{}, nil
	}
	p, err := draw(s)
	if err != nil {
		return Step{}, err
	}
	p.describe()
	switch {
	case d.Spec.Paused:
		p.resize()
		p.prune()
	case d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		p.recreate(s.OldPods)
	case p.resized():
		p.resize()
	default:
		p.roll()
	}
	return p.step(), nil
}

// plan is a step being made.
type plan struct {
	d       *appsv1.Deployment
	wanted  int32
	above   int32 // how many pods more than wanted there may be
	below   int32 // how many of the wanted may be unavailable
	current *draft
	old     []*draft // oldest first
	remove  []*appsv1.ReplicaSet
}

// draft is a set in a plan.
type draft struct {
	is   *appsv1.ReplicaSet // nil: there is none yet
	want *appsv1.ReplicaSet // is itself until something changes
}

func draw(s State) (*plan, error) {
	d := s.Deployment
	above, below, err := workloads.DeploymentBounds(d)
	if err != nil {
		return nil, err
	}
	p := &plan{d: d, wanted: workloads.Replicas(d.Spec.Replicas), above: above, below: below}
	if s.Current != nil {
		p.current = &draft{s.Current, s.Current}
	}
	for _, rs := range s.Old {
		p.old = append(p.old, &draft{rs, rs})
	}
	return p, nil
}

// See sorts the replica sets that a deployment owns. Where several have its template the oldest is the current one.
func See(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) State {
	s := State{Deployment: d}
	for _, rs := range slices.SortedFunc(slices.Values(sets), byAge) {
		if s.Current == nil && workloads.SameTemplate(&rs.Spec.Template, &d.Spec.Template) {
			s.Current = rs
		} else {
			s.Old = append(s.Old, rs)
		}
	}
	return s
}

// sets lists all, the current one first.
func (s *State) sets() []*appsv1.ReplicaSet {
	if s.Current == nil {
		return s.Old
	}
	return append([]*appsv1.ReplicaSet{s.Current}, s.Old...)
}

// byAge puts the oldest first. Times count whole seconds: within one the revision decides.
func byAge(a, b *appsv1.ReplicaSet) int {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(revision(a), revision(b)), cmp.Compare(a.Name, b.Name))
}

func (p *plan) step() Step {
	step := Step{Delete: p.remove}
	for _, s := range p.all() {
		switch {
		case s.is == nil:
			step.Create = s.want
		case s.want != s.is:
			step.Update = append(step.Update, Change{s.is, s.want})
		}
	}
	return step
}

// all lists the sets, the current one first.
func (p *plan) all() []*draft {
	if p.current == nil {
		return p.old
	}
	return append([]*draft{p.current}, p.old...)
}

// total is how many pods all sets together are to have.
func (p *plan) total() int32 {
	n := int32(0)
	for _, s := range p.all() {
		n += s.replicas()
	}
	return n
}

func (s *draft) replicas() int32 { return workloads.Replicas(s.want.Spec.Replicas) }

// available counts the pods that are available and stay: those beyond the wanted number are about to go.
func (s *draft) available() int32 { return min(s.want.Status.AvailableReplicas, s.replicas()) }

// edit returns a copy that may be changed.
func (s *draft) edit() *appsv1.ReplicaSet {
	if s.want == s.is {
		s.want = s.is.DeepCopy()
	}
	return s.want
}

// scale gives a set its size, and notes on it which size of the deployment that was meant for.
func (p *plan) scale(s *draft, to int32) {
	if s.replicas() != to {
		s.edit().Spec.Replicas = &to
	}
	p.noteSize(s)
}
