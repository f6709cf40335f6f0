package probes

import corev1 "k8s.io/api/core/v1"

// kind is one of the three probes that a container may have.
type kind int

const (
	startup kind = iota
	liveness
	readiness
	kinds
)

// String is the kind as the node's API and podplan name it; title as events do.
func (k kind) String() string { return [kinds]string{"startup", "liveness", "readiness"}[k] }
func (k kind) title() string  { return [kinds]string{"Startup", "Liveness", "Readiness"}[k] }

func (k kind) of(c *corev1.Container) *corev1.Probe {
	return [kinds]*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe}[k]
}

// outcome is what one run of a probe found.
type outcome int

const (
	unknown outcome = iota // it could not be asked: that says nothing of the container
	passed
	failed
)

// counter holds a probe's results against its thresholds.
type counter struct {
	success, failure int32
	last             outcome
	row              int32
}

func newCounter(p *corev1.Probe) *counter {
	c := &counter{success: p.SuccessThreshold, failure: p.FailureThreshold}
	// As the API defaults them.
	if c.success == 0 {
		c.success = 1
	}
	if c.failure == 0 {
		c.failure = 3
	}
	return c
}

// add counts a result and tells whether there have been enough of its kind in a row.
func (c *counter) add(o outcome) (enough bool) {
	if o != c.last {
		c.last, c.row = o, 0
	}
	c.row = min(c.row+1, max(c.success, c.failure)) // cannot run over
	if o == passed {
		return c.row >= c.success
	}
	return c.row >= c.failure
}

// state is what is known of one run of a container.
type state struct {
	counters [kinds]*counter // nil where there is no such probe
	// started and ready are true where no probe says otherwise.
	started, ready bool
	// failed: the container must be restarted, because the probe in says so.
	failed bool
	in     kind
	// leaving: the pod is being deleted, and nothing of it is restarted any more.
	leaving bool
}

func newState(c *corev1.Container) state {
	s := state{started: c.StartupProbe == nil, ready: c.ReadinessProbe == nil}
	for k := range kinds {
		if p := k.of(c); p != nil {
			s.counters[k] = newCounter(p)
		}
	}
	return s
}

// adopt takes over what was known before the agent was started anew.
func (s *state) adopt(known *corev1.ContainerStatus) {
	s.started = s.started || known.Started != nil && *known.Started
	s.ready = s.ready || known.Ready
}

// wants tells whether a probe is to be run at all, as things are. Readiness is asked until the end, also of a container that is
// being stopped: those who send it requests need to know.
func (s *state) wants(k kind) bool {
	switch {
	case s.counters[k] == nil:
		return false
	case k == readiness:
		return s.started
	case s.failed || s.leaving:
		return false
	case k == startup:
		return !s.started
	}
	return s.started
}

// add takes a result in and tells whether it changes what is said of the container.
func (s *state) add(k kind, o outcome) (changed bool) {
	if o == unknown || !s.wants(k) || !s.counters[k].add(o) {
		return false
	}
	before := *s
	switch {
	case k == readiness:
		s.ready = o == passed
	case o == failed:
		s.failed, s.in = true, k
	case k == startup:
		s.started = true
	}
	return s.ready != before.ready || s.started != before.started || s.failed != before.failed
}
