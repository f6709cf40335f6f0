package pressure

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Amount is how much there is of something.
type Amount struct{ Available, Capacity int64 }

// Observations are what was measured. What could not be measured is not in them, and counts as enough: the machine's other troubles are told
// elsewhere.
type Observations map[Signal]Amount

// Crisis is a shortage for which something must go now.
type Crisis struct {
	Threshold
	Amount
}

// Over tells whether what was measured since is enough again.
func (c *Crisis) Over(seen Observations) bool {
	now, ok := seen[c.Signal]
	return !ok || !short(c.Threshold, now, true)
}

// Conditions are those of a node's conditions that tell of pressure.
var Conditions = [...]corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure}

// Watch remembers for how long there has been too little.
type Watch struct {
	config *Config
	// since is when a threshold was met that still is, by its place in the configuration.
	since map[int]time.Time
	// last is when a condition was last found.
	last map[corev1.NodeConditionType]time.Time
}

// NewWatch begins with a machine that has enough.
func NewWatch(c *Config) *Watch {
	return &Watch{config: c, since: map[int]time.Time{}, last: map[corev1.NodeConditionType]time.Time{}}
}

// Look holds what was measured against the thresholds. It tells of which kinds of pressure the node is to tell, in the order of Conditions, and for
// which shortage something must go, nil for none: a soft threshold's grace does not keep the node from telling, only pods from ending.
func (w *Watch) Look(seen Observations, now time.Time) (under []corev1.NodeConditionType, crisis *Crisis) {
	for i, t := range w.config.Thresholds {
		begun, met := w.since[i]
		amount, known := seen[t.Signal]
		if !known || !short(t, amount, met) {
			delete(w.since, i)
			continue
		}
		if !met {
			begun = now
			w.since[i] = now
		}
		w.last[t.Signal.Condition()] = now
		if crisis == nil && now.Sub(begun) >= t.Grace {
			crisis = &Crisis{t, amount}
		}
	}
	for _, c := range Conditions {
		if at, ok := w.last[c]; ok && now.Sub(at) <= w.config.Transition {
			under = append(under, c)
		}
	}
	return under, crisis
}

// short tells whether there is too little. Where there was too little before, there must be some more.
func short(t Threshold, a Amount, before bool) bool {
	least := t.Value.Of(a.Capacity)
	if before {
		least += t.Reclaim.Of(a.Capacity)
	}
	return a.Available < least
}

// words are the reasons and messages of the node's conditions.
var words = map[corev1.NodeConditionType][2][2]string{
	corev1.NodeMemoryPressure: {{"KubeletHasSufficientMemory", "kubelet has sufficient memory available"}, {"KubeletHasInsufficientMemory", "kubelet has insufficient memory available"}},
	corev1.NodeDiskPressure:   {{"KubeletHasNoDiskPressure", "kubelet has no disk pressure"}, {"KubeletHasDiskPressure", "kubelet has disk pressure"}},
	corev1.NodePIDPressure:    {{"KubeletHasSufficientPID", "kubelet has sufficient PID available"}, {"KubeletHasInsufficientPID", "kubelet has insufficient PID available"}},
}

// Condition is the node's condition of a kind.
func Condition(kind corev1.NodeConditionType, under bool) corev1.NodeCondition {
	status, i := corev1.ConditionFalse, 0
	if under {
		status, i = corev1.ConditionTrue, 1
	}
	w := words[kind][i]
	return corev1.NodeCondition{Type: kind, Status: status, Reason: w[0], Message: w[1]}
}
