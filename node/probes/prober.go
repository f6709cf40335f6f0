package probes

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/facts/pods"
	"argosy.dev/node"
	"argosy.dev/node/handler"
)

// Events is where failures are told: a record.Recorder.
type Events interface {
	Warning(about corev1.ObjectReference, reason, format string, args ...any)
}

// Prober runs the probes of a node's containers.
type Prober struct {
	checker checker
	events  Events
	began   time.Time
	random  func() float64 // in [0, 1)

	mu   sync.Mutex
	pods map[types.UID]map[string]*container
}

var _ node.Probes = (*Prober)(nil)

// New makes a prober that runs commands through the runtime.
func New(runtime handler.Executor, events Events) *Prober {
	return &Prober{
		checker: checker{runtime: runtime, transport: handler.Transport(), agent: handler.Agent("probe")},
		events:  events, began: time.Now(), random: rand.Float64, pods: map[types.UID]map[string]*container{},
	}
}

// Update implements node.Probes.
func (p *Prober) Update(pod *corev1.Pod, running map[string]node.RunningContainer, changed func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.pods[pod.UID]
	for name, c := range known {
		if r, ok := running[name]; !ok || r.ID != c.id {
			c.forget()
			delete(known, name)
		}
	}
	each(pod, func(spec *corev1.Container) {
		r, ok := running[spec.Name]
		if !ok {
			return
		}
		c := known[spec.Name]
		if c == nil {
			c = newContainer(p, pod, spec, r)
			if known == nil {
				known = map[string]*container{}
				p.pods[pod.UID] = known
			}
			known[spec.Name] = c
		}
		c.pod, c.ip, c.changed = pod, r.PodIP, changed
		c.state.leaving = pod.DeletionTimestamp != nil
		c.plan()
	})
	if len(known) == 0 {
		delete(p.pods, pod.UID)
	}
}

// each calls do for the containers that have probes.
func each(pod *corev1.Pod, do func(spec *corev1.Container)) {
	probed := func(c *corev1.Container) bool {
		return c.StartupProbe != nil || c.LivenessProbe != nil || c.ReadinessProbe != nil
	}
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; pods.Sidecar(c) && probed(c) {
			do(c)
		}
	}
	for i := range pod.Spec.Containers {
		if c := &pod.Spec.Containers[i]; probed(c) {
			do(c)
		}
	}
}

// Ready implements node.Probes.
func (p *Prober) Ready(uid types.UID, name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.pods[uid][name]
	return c == nil || c.state.ready
}

// Started implements node.Probes.
func (p *Prober) Started(uid types.UID, name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.pods[uid][name]
	return c == nil || c.state.started
}

// Failed implements node.Probes.
func (p *Prober) Failed(uid types.UID) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list map[string]string
	for name, c := range p.pods[uid] {
		if !c.state.failed {
			continue
		}
		if list == nil {
			list = map[string]string{}
		}
		list[name] = c.state.in.String()
	}
	return list
}

// Forget implements node.Probes.
func (p *Prober) Forget(uid types.UID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.pods[uid] {
		c.forget()
	}
	delete(p.pods, uid)
}

// told finds what the API says of a container's run; nil where it speaks of another run, or of none.
func told(pod *corev1.Pod, name, id string) *corev1.ContainerStatus {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		if s := pods.Status(list, name); s != nil {
			if _, its, _ := strings.Cut(s.ContainerID, "://"); its == id {
				return s
			}
		}
	}
	return nil
}
