package probes

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/node"
	"argosy.dev/node/handler"
)

// container is one run of a container with probes. The prober's lock guards it.
type container struct {
	*Prober
	pod     *corev1.Pod
	spec    *corev1.Container
	id, ip  string
	started time.Time
	adopted bool
	changed func()
	state   state
	watches [kinds]*watch

	ctx    context.Context // of its probes' runs
	cancel context.CancelFunc
}

// watch is one probe that is at work.
type watch struct {
	*container
	kind     kind
	schedule schedule
	timer    *time.Timer
}

func newContainer(p *Prober, pod *corev1.Pod, spec *corev1.Container, r node.RunningContainer) *container {
	c := &container{Prober: p, spec: spec, id: r.ID, started: r.Started, adopted: r.Started.Before(p.began), state: newState(spec)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if s := told(pod, spec.Name, r.ID); s != nil {
		c.state.adopt(s)
	}
	return c
}

// plan starts the probes that are wanted and stops those that are not any more.
func (c *container) plan() {
	for k := range kinds {
		w := c.watches[k]
		switch wanted := c.state.wants(k); {
		case wanted && w == nil:
			now := time.Now()
			w = &watch{container: c, kind: k, schedule: begin(k, k.of(c.spec), c.started, c.adopted, now, c.random())}
			c.watches[k] = w
			w.timer = time.AfterFunc(w.schedule.due.Sub(now), w.run)
		case !wanted && w != nil:
			w.timer.Stop()
			c.watches[k] = nil
		}
	}
}

// forget stops all; a run that is under way counts for nothing.
func (c *container) forget() {
	c.cancel()
	for _, w := range c.watches {
		if w != nil {
			w.timer.Stop()
		}
	}
	c.watches = [kinds]*watch{}
}

// run asks the container once and takes in what it says.
func (w *watch) run() {
	w.mu.Lock()
	if !w.current() {
		w.mu.Unlock()
		return
	}
	target := handler.Target{Container: w.spec, PodIP: w.ip}
	w.mu.Unlock()

	r, err := w.checker.check(w.ctx, w.kind.of(w.spec), w.id, target)

	w.mu.Lock()
	if !w.current() {
		w.mu.Unlock()
		return
	}
	now := time.Now()
	counts := w.schedule.ran(r.outcome, now)
	changed := counts && w.state.add(w.kind, r.outcome)
	w.timer.Reset(w.schedule.due.Sub(now))
	w.plan()
	pod, notify := w.pod, w.changed
	w.mu.Unlock()

	if counts {
		w.tell(pod, r, err)
	}
	if changed {
		notify()
	}
}

// current tells that the probe has not been stopped or replaced.
func (w *watch) current() bool { return w.watches[w.kind] == w }

// tell makes an event of what is worth one.
func (w *watch) tell(pod *corev1.Pod, r result, err error) {
	about := node.ContainerReference(pod, w.spec.Name)
	switch {
	case err != nil:
		w.events.Warning(about, "Unhealthy", "%s probe errored and resulted in unknown state: %v", w.kind.title(), err)
	case r.outcome == failed:
		w.events.Warning(about, "Unhealthy", "%s probe failed: %s", w.kind.title(), r.text)
	case r.warning:
		w.events.Warning(about, "ProbeWarning", "%s probe warning: %s", w.kind.title(), r.text)
	}
}
