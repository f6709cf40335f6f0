package pressure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func config(t *testing.T, f Flags) *Config {
	t.Helper()
	c, err := f.Parse()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFlags(t *testing.T) {
	c := config(t, Defaults())
	hard := c.Texts(true, func(t Threshold) string { return t.Value.String() })
	want := map[string]string{"memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%", "imagefs.available": "15%", "imagefs.inodesFree": "5%"}
	if !maps.Equal(hard, want) || c.Texts(false, func(Threshold) string { return "x" }) != nil || c.Transition != 5*time.Minute {
		t.Errorf("the defaults are %v, transition %v", hard, c.Transition)
	}
	if got := c.Reserved(NodeFS, 1000); got != 100 {
		t.Errorf("of 1000 bytes %d are reserved", got)
	}
	c = config(t, Flags{Hard: "memory.available<1Gi,nodefs.available<0%", Soft: "memory.available<2Gi", SoftGrace: "memory.available=1m30s", MinReclaim: "memory.available=10%"})
	if len(c.Thresholds) != 2 || !c.Thresholds[0].Hard || c.Thresholds[0].Grace != 0 || c.Thresholds[1].Grace != 90*time.Second || c.Thresholds[1].Reclaim.Of(1000) != 100 {
		t.Errorf("thresholds %+v", c.Thresholds)
	}
	for want, f := range map[string]Flags{
		`--eviction-hard "memory<1Gi": there is no signal "memory"`:                                                       {Hard: "memory<1Gi"},
		`--eviction-hard "memory.available=1Gi": want SIGNAL<VALUE, not "memory.available=1Gi"`:                           {Hard: "memory.available=1Gi"},
		`--eviction-hard "pid.available<101%": "101%" is no percentage between 0% and 100%`:                               {Hard: "pid.available<101%"},
		`--eviction-hard "pid.available<1,pid.available<2": pid.available is given twice`:                                 {Hard: "pid.available<1,pid.available<2"},
		`--eviction-soft "pid.available<1": the soft threshold of pid.available has no --eviction-soft-grace-period`:      {Soft: "pid.available<1"},
		`--eviction-soft-grace-period "pid.available=1": "1" is no duration, like 1m30s`:                                  {SoftGrace: "pid.available=1"},
		`--eviction-minimum-reclaim "pid.available=-1": "-1" is neither an amount, like 100Mi, nor a percentage, like 5%`: {MinReclaim: "pid.available=-1"},
		`--eviction-pressure-transition-period -1s: must be longer than zero`:                                             {Transition: -time.Second},
	} {
		if _, err := f.Parse(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A machine's memory over time, in percent, one look a minute, and what is told and done.
func TestWatch(t *testing.T) {
	for name, c := range map[string]struct {
		flags Flags
		free  []int64
		want  string
	}{
		"enough":                         {Flags{Hard: "memory.available<10%"}, []int64{50, 10, 50}, "..."},
		"hard, and the condition stays":  {Flags{Hard: "memory.available<10%", Transition: 2 * time.Minute}, []int64{9, 10, 50, 50, 50}, "!m..."},
		"soft":                           {Flags{Hard: "", Soft: "memory.available<20%", SoftGrace: "memory.available=2m", Transition: time.Second}, []int64{19, 19, 20, 19, 19, 19, 19}, "mm.mm!!"},
		"soft, then hard":                {Flags{Hard: "memory.available<10%", Soft: "memory.available<20%", SoftGrace: "memory.available=10m"}, []int64{19, 9, 19}, "m!m"},
		"some more must be there again":  {Flags{Hard: "memory.available<10%", MinReclaim: "memory.available=5%", Transition: time.Second}, []int64{9, 12, 14, 15, 12}, "!!!.."},
		"what is not known counts as so": {Flags{Hard: "memory.available<10%", Transition: time.Second}, []int64{9, -1}, "!."},
	} {
		w, at, got := NewWatch(config(t, c.flags)), time.Unix(0, 0), ""
		for _, free := range c.free {
			seen := Observations{PIDs: {Available: 0, Capacity: 100}}
			if free >= 0 {
				seen[Memory] = Amount{free, 100}
			}
			under, crisis := w.Look(seen, at)
			switch {
			case crisis != nil && slices.Equal(under, []corev1.NodeConditionType{corev1.NodeMemoryPressure}):
				got += "!"
			case len(under) == 1:
				got += "m"
			case len(under) == 0:
				got += "."
			}
			at = at.Add(time.Minute + time.Nanosecond)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func pod(name string, priority int32, request string, used int64) Load {
	c := corev1.Container{Name: "c"}
	if request != "" {
		c.Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(request), corev1.ResourceEphemeralStorage: resource.MustParse(request)}
	}
	u := Use{Memory: used, Disk: used, Inodes: used, Processes: used}
	return Load{Pod: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{Priority: &priority, Containers: []corev1.Container{c}}}, Use: u, Containers: map[string]Use{"c": u}}
}

func TestRank(t *testing.T) {
	loads := []Load{pod("modest", 0, "100", 50), pod("greedy", 0, "100", 150), pod("greedier", 0, "", 60), pod("important", 9, "", 1000), pod("least", -1, "1000", 1)}
	for s, want := range map[Signal]string{
		Memory: "greedier greedy important least modest", NodeFS: "greedier greedy important least modest",
		PIDs: "least greedy greedier modest important", ImageInodes: "least greedy greedier modest important",
	} {
		Rank(s, loads)
		var names []string
		for _, l := range loads {
			names = append(names, l.Pod.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	c := config(t, Flags{Hard: "memory.available<100Mi,pid.available<10%"})
	_, crisis := NewWatch(c).Look(Observations{Memory: {50<<20 + 7, 1 << 30}}, time.Unix(0, 0))
	want := "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container c was using 20Mi, request is 0, has larger consumption of memory. "
	if got := crisis.Message(pod("p", 0, "", 20<<20)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	_, crisis = NewWatch(c).Look(Observations{PIDs: {5, 100}}, time.Unix(0, 0))
	if got, want := crisis.Message(pod("p", 0, "", 1)), "The node was low on resource: pids. Threshold quantity: 10, available: 5. "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if crisis.Over(Observations{PIDs: {9, 100}}) || !crisis.Over(Observations{PIDs: {10, 100}}) {
		t.Error("a crisis is over when there is enough again, not before")
	}
	for _, kind := range Conditions {
		if c := Condition(kind, true); c.Reason == "" || c.Status != corev1.ConditionTrue || Condition(kind, false).Reason == c.Reason {
			t.Errorf("condition %+v", c)
		}
	}
}

func TestRefusals(t *testing.T) {
	memory, both := []corev1.NodeConditionType{corev1.NodeMemoryPressure}, []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure}
	tolerant := pod("p", 0, "", 0).Pod
	tolerant.Spec.Tolerations = []corev1.Toleration{{Key: corev1.TaintNodeMemoryPressure, Operator: corev1.TolerationOpExists}}
	for i, c := range []struct {
		pod      *corev1.Pod
		under    []corev1.NodeConditionType
		critical bool
		want     string
	}{
		{pod("p", 0, "", 0).Pod, nil, false, ""}, {pod("p", 0, "", 0).Pod, memory, false, "The node had condition: [MemoryPressure]. "},
		{pod("p", 0, "1", 0).Pod, memory, false, ""}, {tolerant, memory, false, ""}, {pod("p", 0, "", 0).Pod, memory, true, ""},
		{pod("p", 0, "1", 0).Pod, both, false, "The node had condition: [MemoryPressure DiskPressure]. "},
	} {
		if got := RefusalMessage(c.pod, c.under, c.critical); got != c.want {
			t.Errorf("case %s: %q, want %q", fmt.Sprint(i), got, c.want)
		}
	}
}
