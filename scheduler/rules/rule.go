package rules

import (
	"strconv"

	"argosy.dev/scheduler/snapshot"
)

// Rule is one concern of scheduling. Nil functions mean that it has nothing to say.
type Rule struct {
	// Name is the one by which upstream's configuration and messages know the rule.
	Name string
	// Filter prepares the rule's check for a pod.
	Filter func(p *snapshot.Pod, s *snapshot.Snapshot) Filter
	// Score prepares the rule's score for a pod; nil where all nodes are the same to it. Weight multiplies it.
	Score  func(p *snapshot.Pod, s *snapshot.Snapshot) Score
	Weight int64
	// Helps is set by rules that look beyond the node itself. It tells whether a pod that the rule refused may find a node after another pod came
	// or went; nodes that change are always worth a look. A wrong yes costs a try, a wrong no keeps the pod waiting for minutes.
	Helps func(p *snapshot.Pod, s *snapshot.Snapshot, e Event) bool
	// Storage is set by rules that look at claims and volumes: pods that they refused are looked at again when those change.
	Storage bool
}

// Filter is what a rule demands of nodes for one pod. The zero value demands nothing.
type Filter struct {
	// Check tells why a node is refused; 0 is not at all. nil: every node will do.
	Check func(n *snapshot.Node) Reasons
	// Names are the sentences that the bits of Reasons stand for, in order.
	Names []string
	// Only, if not nil, are the names of the only nodes that are worth a check.
	Only []string
	// Impossible, if not "", tells why no node will do.
	Impossible string
}

// Reasons is a set of reasons, one a bit; Filter.Names tells what they mean. At most 64.
type Reasons uint64

// Score gives each node 0 to MaxScore; scores[i] is nodes[i]'s, and 0 before. The nodes are those that passed all filters.
type Score func(nodes []*snapshot.Node, scores []int64)

// MaxScore is the best.
const MaxScore = 100

// Event is a pod that came to a node (Old is nil), changed there, or left (New is nil).
type Event struct{ Old, New *snapshot.Pod }

// Stretch spreads scores so that the highest becomes MaxScore; all stay 0 where the highest is.
func Stretch(scores []int64) {
	highest := int64(0)
	for _, s := range scores {
		highest = max(highest, s)
	}
	if highest == 0 {
		return
	}
	for i := range scores {
		scores[i] = scores[i] * MaxScore / highest
	}
}

// StretchReversed is Stretch for scores of which the lowest is the best: the highest becomes 0, 0 becomes MaxScore.
func StretchReversed(scores []int64) {
	Stretch(scores)
	for i := range scores {
		scores[i] = MaxScore - scores[i]
	}
}

// Count writes a number before what there is of it, as messages do.
func Count(n int, what string) string { return strconv.Itoa(n) + " " + what }
