package cpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func set(t *testing.T, text string) Set {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSets(t *testing.T) {
	if got := set(t, "7,0-2,2-3\n").String(); got != "0-3,7" {
		t.Error(got)
	}
	for _, bad := range []string{"a", "3-1", "-1", "1,,2"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q is taken for a list", bad)
		}
	}
}

// machine has two parts of the memory, each with two cores of two threads: threads of a core are four apart.
func machine(t *testing.T) Topology {
	t.Helper()
	sys := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(sys, "devices/system", path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("cpu/online", "0-7")
	for i, siblings := range []string{"0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"} {
		write("cpu/cpu"+string(rune('0'+i))+"/topology/thread_siblings_list", siblings)
	}
	write("node/node0/cpulist", "0-1,4-5")
	write("node/node1/cpulist", "2-3,6-7")
	topology, err := Read(sys)
	if err != nil {
		t.Fatal(err)
	}
	return topology
}

func TestChoice(t *testing.T) {
	m := machine(t)
	for _, c := range []struct {
		free string
		n    int
		want string
	}{
		{"0-7", 2, "0,4"}, {"0-7", 1, "0"}, {"1-7", 1, "4"}, {"1-7", 2, "1,5"}, {"0-7", 4, "0-1,4-5"}, {"1-7", 4, "2-3,6-7"}, {"0-7", 6, "0,2-4,6-7"}, {"1,2,6", 2, "2,6"}, {"3", 2, "3"},
	} {
		if got := m.choose(set(t, c.free), c.n).String(); got != c.want {
			t.Errorf("%d of %s: %s, want %s", c.n, c.free, got, c.want)
		}
	}
}

func guaranteed(uid string, containers ...string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid)}}
	for _, text := range containers {
		name, cpu, _ := strings.Cut(text, "=")
		list := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse("1Mi")}
		c := corev1.Container{Name: name, Resources: corev1.ResourceRequirements{Requests: list, Limits: list}}
		if strings.HasPrefix(name, "init") {
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
		} else {
			pod.Spec.Containers = append(pod.Spec.Containers, c)
		}
	}
	return pod
}

func open(t *testing.T, path string, edits ...func(*Flags)) *Pool {
	t.Helper()
	f := Flags{Policy: "static", Topology: "none", Reserved: "0"}
	for _, e := range edits {
		e(&f)
	}
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	p, err := Open(f, machine(t), path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func allocate(t *testing.T, p *Pool, pod *corev1.Pod, keep ...types.UID) string {
	t.Helper()
	there := map[types.UID]bool{}
	for _, uid := range keep {
		there[uid] = true
	}
	why, err := p.Allocate(pod, there)
	if err != nil {
		t.Fatal(err)
	}
	if why != nil {
		return why.Reason + ": " + why.Message
	}
	return ""
}

func TestPool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpu_manager_state")
	p := open(t, path)
	refused := func(want string, got string) {
		t.Helper()
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	has := func(uid types.UID, container, want string) {
		t.Helper()
		if got := p.Of(uid, container); got != want {
			t.Errorf("%s of %s runs on %s, want %s", container, uid, got, want)
		}
	}
	has("other", "c", "0-7")
	refused("", allocate(t, p, guaranteed("a", "init=2", "two=2", "half=500m")))
	has("a", "init", "1,5")
	has("a", "two", "1,5")
	has("a", "half", "0,2-4,6-7")
	refused("", allocate(t, p, guaranteed("b", "four=4"), "a"))
	has("b", "four", "2-3,6-7")
	refused("UnexpectedAdmissionError: Allocate failed due to not enough cpus available to satisfy request: requested=2, available=1, which is unexpected", allocate(t, p, guaranteed("c", "x=2"), "a", "b"))

	p = open(t, path) // another agent
	has("a", "two", "1,5")
	refused("", allocate(t, p, guaranteed("c", "x=2"), "b")) // a has gone
	has("c", "x", "1,5")
	if err := p.Forget(map[types.UID]bool{"c": true}); err != nil {
		t.Error(err)
	}
	has("d", "x", "0,2-4,6-7")

	p = open(t, filepath.Join(t.TempDir(), "s"), func(f *Flags) { f.Options = map[string]string{"full-pcpus-only": "true"} })
	refused("SMTAlignmentError: SMT Alignment Error: requested 1 cpus not multiple cpus per core = 2", allocate(t, p, guaranteed("a", "x=1")))
	refused("", allocate(t, p, guaranteed("a", "x=6")))
	p = open(t, filepath.Join(t.TempDir(), "s"), func(f *Flags) { f.Topology = "single-numa-node" })
	refused("TopologyAffinityError: Resources cannot be allocated with Topology locality", allocate(t, p, guaranteed("a", "x=5")))
	refused("", allocate(t, p, guaranteed("a", "x=4")))
	p = open(t, filepath.Join(t.TempDir(), "s"), func(f *Flags) { f.Topology = "restricted" })
	refused("", allocate(t, p, guaranteed("a", "x=2")))
	refused("", allocate(t, p, guaranteed("b", "x=3"), "a"))
	refused("TopologyAffinityError: Resources cannot be allocated with Topology locality", allocate(t, p, guaranteed("c", "x=2"), "a", "b"))
}

func TestFlags(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Error(err)
	}
	if p, err := Open(Defaults(), Topology{}, "/none"); p != nil || err != nil || p.Of("a", "c") != "" {
		t.Errorf("without a policy there is a pool: %v, %v", p, err)
	}
	err := Flags{Policy: "dynamic", Topology: "round", Reserved: "x", Options: map[string]string{"x": "y"}}.Validate()
	for _, flag := range []string{"--cpu-manager-policy", "--topology-manager-policy", "--reserved-cpus", "--cpu-manager-policy-options"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s is not refused: %v", flag, err)
		}
	}
	if err := (Flags{Policy: "static", Topology: "none"}).Validate(); err == nil {
		t.Error("static without reserved CPUs is taken")
	}
}
