package cpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/facts/pods"
)

// Flags are the kubelet's flags, as they are written.
type Flags struct {
	// Policy is none or static, Topology none, best-effort, restricted or single-numa-node.
	Policy, Topology string
	// Reserved are the CPUs that no container gets for itself.
	Reserved string
	// Options of the policy static: full-pcpus-only=true gives out whole cores only.
	Options map[string]string
}

// Defaults are upstream's.
func Defaults() Flags { return Flags{Policy: "none", Topology: "none"} }

// Validate names every flag that is wrong.
func (f Flags) Validate() error {
	var faults []error
	if f.Policy != "none" && f.Policy != "static" {
		faults = append(faults, fmt.Errorf("--cpu-manager-policy %q: want none or static", f.Policy))
	}
	if !slices.Contains([]string{"none", "best-effort", "restricted", "single-numa-node"}, f.Topology) {
		faults = append(faults, fmt.Errorf("--topology-manager-policy %q: want none, best-effort, restricted or single-numa-node", f.Topology))
	}
	reserved, err := Parse(f.Reserved)
	if err != nil {
		faults = append(faults, fmt.Errorf("--reserved-cpus: %w", err))
	} else if f.Policy == "static" && len(reserved) == 0 {
		faults = append(faults, errors.New("--cpu-manager-policy static: needs --reserved-cpus, for what has no CPU of its own"))
	}
	for name, value := range f.Options {
		if _, err := strconv.ParseBool(value); name != fullCores || err != nil {
			faults = append(faults, fmt.Errorf("--cpu-manager-policy-options %s=%s: only %s=true or =false is known", name, value, fullCores))
		}
	}
	if len(f.Options) > 0 && f.Policy != "static" {
		faults = append(faults, errors.New("--cpu-manager-policy-options: needs --cpu-manager-policy static"))
	}
	return errors.Join(faults...)
}

const fullCores = "full-pcpus-only"

func (f Flags) fullCores() bool {
	on, err := strconv.ParseBool(f.Options[fullCores])
	return err == nil && on
}

// Pool is who has which processors.
type Pool struct {
	topology Topology
	flags    Flags
	reserved Set
	path     string

	mu    sync.Mutex
	given map[types.UID]map[string]Set
}

// state is the file, in the kubelet's form.
type state struct {
	PolicyName    string                       `json:"policyName"`
	DefaultCPUSet Set                          `json:"defaultCpuSet"`
	Entries       map[types.UID]map[string]Set `json:"entries,omitempty"`
}

// Open finds who had which processors. path is the file that keeps it. With the policy none there is no pool.
func Open(f Flags, t Topology, path string) (*Pool, error) {
	if f.Policy != "static" {
		return nil, nil
	}
	reserved, err := Parse(f.Reserved)
	if err != nil {
		return nil, err
	}
	if !reserved.Within(t.All) {
		return nil, fmt.Errorf("--reserved-cpus %s: the machine has the CPUs %s only", reserved, t.All)
	}
	if f.fullCores() && len(t.Cores) == 0 {
		return nil, errors.New("--cpu-manager-policy-options full-pcpus-only: the kernel does not tell which CPUs are of one core")
	}
	p := &Pool{topology: t, flags: f, reserved: reserved, path: path, given: map[types.UID]map[string]Set{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which containers have CPUs of their own: %w", err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("reading which containers have CPUs of their own: %s: %w; remove it once the node's pods are gone", path, err)
	}
	for uid, containers := range s.Entries {
		for name, own := range containers {
			if !own.Within(t.All) || len(own.both(reserved)) > 0 {
				return nil, fmt.Errorf("container %s of pod %s has the CPUs %s of its own, which are reserved or not there any more: drain the node, then remove %s", name, uid, own, path)
			}
		}
		p.given[uid] = containers
	}
	return p, nil
}

// Refusal is why a pod gets no processors, in the kubelet's words.
type Refusal struct{ Reason, Message string }

// Allocate gives the containers of a pod the processors that they are to have for themselves. keep are the pods that there are; what others had
// is free again.
func (p *Pool) Allocate(pod *corev1.Pod, keep map[types.UID]bool) (*Refusal, error) {
	if p == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(keep)
	if _, done := p.given[pod.UID]; done || !Exclusive(pod) {
		return nil, nil
	}
	free := p.shared().Without(p.reserved)
	var again Set // what init containers leave to those that follow
	own := map[string]Set{}
	give := func(c *corev1.Container, passing bool) *Refusal {
		n := whole(c)
		if n == 0 {
			return nil
		}
		if p.flags.fullCores() && n%p.topology.threads() != 0 {
			return &Refusal{"SMTAlignmentError", fmt.Sprintf("SMT Alignment Error: requested %d cpus not multiple cpus per core = %d", n, p.topology.threads())}
		}
		room := free.And(again)
		if p.flags.fullCores() {
			room = p.topology.unbroken(room)
		}
		if len(room) < n {
			return &Refusal{"UnexpectedAdmissionError", fmt.Sprintf("Allocate failed due to not enough cpus available to satisfy request: requested=%d, available=%d, which is unexpected", n, len(room))}
		}
		set := p.topology.choose(again.both(room), n)
		if len(set) < n {
			set = set.And(p.topology.choose(room.Without(set), n-len(set)))
		}
		if spread := p.topology.spread(set); p.flags.Topology == "restricted" && spread > p.topology.least(n) || p.flags.Topology == "single-numa-node" && spread > 1 {
			return &Refusal{"TopologyAffinityError", "Resources cannot be allocated with Topology locality"}
		}
		own[c.Name] = set
		free, again = free.Without(set), again.Without(set)
		if passing {
			again = again.And(set)
		}
		return nil
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if why := give(c, !pods.Sidecar(c)); why != nil {
			return why, nil
		}
	}
	for i := range pod.Spec.Containers {
		if why := give(&pod.Spec.Containers[i], false); why != nil {
			return why, nil
		}
	}
	if len(own) == 0 {
		return nil, nil
	}
	p.given[pod.UID] = own
	if err := p.save(); err != nil {
		delete(p.given, pod.UID)
		return nil, err
	}
	return nil, nil
}

// Exclusive tells whether some container of the pod is to have processors of its own.
func Exclusive(pod *corev1.Pod) bool {
	if pods.QOS(&pod.Spec) != corev1.PodQOSGuaranteed || pod.Spec.Resources != nil {
		return false
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		if slices.ContainsFunc(list, func(c corev1.Container) bool { return whole(&c) > 0 }) {
			return true
		}
	}
	return false
}

// whole is how many processors a container asks for, 0 where that is no whole number.
func whole(c *corev1.Container) int {
	q, ok := c.Resources.Requests[corev1.ResourceCPU]
	if !ok {
		q = c.Resources.Limits[corev1.ResourceCPU]
	}
	if q.MilliValue()%1000 != 0 {
		return 0
	}
	return int(q.Value())
}

// unbroken are those processors of a set whose whole core is in it.
func (t Topology) unbroken(s Set) Set {
	var out Set
	for _, c := range t.Cores {
		if c.Within(s) {
			out = out.And(c)
		}
	}
	return out
}

// Forget takes back what pods had that are not there any more.
func (p *Pool) Forget(keep map[types.UID]bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.forget(keep) {
		return nil
	}
	return p.save()
}

func (p *Pool) forget(keep map[types.UID]bool) bool {
	before := len(p.given)
	maps.DeleteFunc(p.given, func(uid types.UID, _ map[string]Set) bool { return !keep[uid] })
	return len(p.given) != before
}

// Of are the processors that a container runs on: its own, or those that are nobody's. "" where it may run on all, because there is no pool.
func (p *Pool) Of(uid types.UID, container string) string {
	if p == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if own, ok := p.given[uid][container]; ok {
		return own.String()
	}
	return p.shared().String()
}

// shared is what nobody has for himself. The lock is held.
func (p *Pool) shared() Set {
	all := p.topology.All
	for _, containers := range p.given {
		for _, own := range containers {
			all = all.Without(own)
		}
	}
	return all
}

// save writes the file so that it is whole whatever happens.
func (p *Pool) save() error {
	data, err := json.Marshal(state{PolicyName: p.flags.Policy, DefaultCPUSet: p.shared(), Entries: p.given})
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(p.path), 0o700), os.WriteFile(p.path+".new", data, 0o600), os.Rename(p.path+".new", p.path)); err != nil {
		return fmt.Errorf("noting which containers have CPUs of their own: %w", err)
	}
	return nil
}
