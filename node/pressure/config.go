package pressure

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Signal is something of which a machine may have too little.
type Signal string

// The signals, as the documentation names them.
const (
	Memory      Signal = "memory.available"
	NodeFS      Signal = "nodefs.available"
	NodeInodes  Signal = "nodefs.inodesFree"
	ImageFS     Signal = "imagefs.available"
	ImageInodes Signal = "imagefs.inodesFree"
	PIDs        Signal = "pid.available"
)

// about says what each signal means: whose condition it is, and what it is called to people. They are in the order in which they are acted on: memory
// first, for it runs out fastest.
var about = [...]struct {
	signal    Signal
	condition corev1.NodeConditionType
	resource  corev1.ResourceName
}{
	{Memory, corev1.NodeMemoryPressure, corev1.ResourceMemory},
	{NodeFS, corev1.NodeDiskPressure, corev1.ResourceEphemeralStorage},
	{NodeInodes, corev1.NodeDiskPressure, "inodes"},
	{ImageFS, corev1.NodeDiskPressure, corev1.ResourceEphemeralStorage},
	{ImageInodes, corev1.NodeDiskPressure, "inodes"},
	{PIDs, corev1.NodePIDPressure, "pids"},
}

func rank(s Signal) int {
	for i, a := range about {
		if a.signal == s {
			return i
		}
	}
	return -1
}

// Condition is the node's condition that tells of the signal.
func (s Signal) Condition() corev1.NodeConditionType { return about[rank(s)].condition }

// Resource is what pods use up.
func (s Signal) Resource() corev1.ResourceName { return about[rank(s)].resource }

// Disk tells whether unused images and ended containers are in the way.
func (s Signal) Disk() bool { return s.Condition() == corev1.NodeDiskPressure }

// Value is an amount, or a part of what there is in all.
type Value struct {
	text    string
	amount  int64
	percent float64 // where text ends so
}

func parseValue(text string) (Value, error) {
	if number, ok := strings.CutSuffix(text, "%"); ok {
		percent, err := strconv.ParseFloat(number, 64)
		if err != nil || percent < 0 || percent > 100 {
			return Value{}, fmt.Errorf("%q is no percentage between 0%% and 100%%", text)
		}
		return Value{text: text, percent: percent}, nil
	}
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() < 0 {
		return Value{}, fmt.Errorf("%q is neither an amount, like 100Mi, nor a percentage, like 5%%", text)
	}
	return Value{text: text, amount: q.Value()}, nil
}

// Of is the value where there is so much in all.
func (v Value) Of(capacity int64) int64 {
	if v.percent > 0 {
		return int64(float64(capacity) * v.percent / 100)
	}
	return v.amount
}

// Threshold is what must be left.
type Threshold struct {
	Signal Signal
	Value  Value
	// Grace is how long there may be less before pods are ended; a threshold is hard if there is none.
	Grace time.Duration
	Hard  bool
	// Reclaim is how much more than Value must be there again before it is enough.
	Reclaim Value
}

// Flags are the kubelet's flags, as they are written.
type Flags struct {
	// Hard and Soft are lists of SIGNAL<VALUE, SoftGrace of SIGNAL=DURATION, MinReclaim of SIGNAL=VALUE.
	Hard, Soft, SoftGrace, MinReclaim string
	// Transition is how long a condition stays after the shortage is over.
	Transition time.Duration
	// MaxPodGrace is how many seconds pods get that are ended for a soft threshold; below zero, what they ask for.
	MaxPodGrace int32
}

// Defaults are upstream's.
func Defaults() Flags {
	return Flags{Hard: "memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%,imagefs.inodesFree<5%", Transition: 5 * time.Minute}
}

// Config is when pods are ended.
type Config struct {
	Thresholds  []Threshold
	Transition  time.Duration
	MaxPodGrace int32
}

// Parse reads the flags. Errors name them.
func (f Flags) Parse() (*Config, error) {
	c := &Config{Transition: f.Transition, MaxPodGrace: f.MaxPodGrace}
	var faults []error
	read := func(flag, text, operator string, each func(s Signal, value string) error) {
		if err := list(text, operator, each); err != nil {
			faults = append(faults, fmt.Errorf("--%s %q: %w", flag, text, err))
		}
	}
	graces, reclaims := map[Signal]time.Duration{}, map[Signal]Value{}
	read("eviction-soft-grace-period", f.SoftGrace, "=", func(s Signal, text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is no duration, like 1m30s", text)
		}
		graces[s] = d
		return nil
	})
	read("eviction-minimum-reclaim", f.MinReclaim, "=", func(s Signal, text string) (err error) {
		reclaims[s], err = parseValue(text)
		return err
	})
	add := func(s Signal, text string, isHard bool) error {
		v, err := parseValue(text)
		if err == nil && text != "0" && text != "0%" { // a zero takes a threshold away
			c.Thresholds = append(c.Thresholds, Threshold{Signal: s, Value: v, Grace: graces[s], Hard: isHard, Reclaim: reclaims[s]})
		}
		return err
	}
	read("eviction-hard", f.Hard, "<", func(s Signal, text string) error { return add(s, text, true) })
	read("eviction-soft", f.Soft, "<", func(s Signal, text string) error {
		if _, ok := graces[s]; !ok {
			return fmt.Errorf("the soft threshold of %s has no --eviction-soft-grace-period", s)
		}
		return add(s, text, false)
	})
	if f.Transition < 0 {
		faults = append(faults, fmt.Errorf("--eviction-pressure-transition-period %v: must be longer than zero", f.Transition))
	}
	slices.SortStableFunc(c.Thresholds, func(a, b Threshold) int {
		return cmp.Or(cmp.Compare(rank(a.Signal), rank(b.Signal)), cmp.Compare(hardness(b), hardness(a)))
	})
	for i := range c.Thresholds {
		if c.Thresholds[i].Hard {
			c.Thresholds[i].Grace = 0
		}
	}
	return c, errors.Join(faults...)
}

func hardness(t Threshold) int {
	if t.Hard {
		return 1
	}
	return 0
}

// list reads SIGNAL, operator and value, again and again after commas.
func list(text, operator string, each func(s Signal, value string) error) error {
	if text == "" {
		return nil
	}
	seen := map[Signal]bool{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), operator)
		s := Signal(name)
		switch {
		case !ok || value == "":
			return fmt.Errorf("want SIGNAL%sVALUE, not %q", operator, part)
		case rank(s) < 0:
			return fmt.Errorf("there is no signal %q", name)
		case seen[s]:
			return fmt.Errorf("%s is given twice", s)
		}
		seen[s] = true
		if err := each(s, value); err != nil {
			return err
		}
	}
	return nil
}

// Texts are the thresholds of one sort, by signal, as a KubeletConfiguration has them.
func (c *Config) Texts(hard bool, text func(t Threshold) string) map[string]string {
	all := map[string]string{}
	for _, t := range c.Thresholds {
		if s := text(t); t.Hard == hard && s != "" {
			all[string(t.Signal)] = s
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// String is the value as it was written.
func (v Value) String() string { return v.text }

// Reserved is what pods may not use of so much, so that there is something left before the hard threshold is met.
func (c *Config) Reserved(s Signal, capacity int64) int64 {
	for _, t := range c.Thresholds {
		if t.Signal == s && t.Hard {
			return t.Value.Of(capacity)
		}
	}
	return 0
}
