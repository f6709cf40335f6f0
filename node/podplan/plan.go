package podplan

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/pods"
)

// Plan is what to do next. At most one of its parts is large: a pod that is stopped starts nothing.
type Plan struct {
	// Stop ends everything that runs; Remove also takes the pod's remains away.
	Stop, Remove bool
	// Over: no container of the pod will run again.
	Over bool
	// Sandbox asks for a new sandbox with this attempt, after the old one was stopped.
	Sandbox bool
	Attempt uint32
	// Start lists containers to start now, in order.
	Start []Start
	// Kill lists running containers that must not run as they are.
	Kill []Kill
	// Waiting says of containers that are not started yet why.
	Waiting map[string]Waiting
	// Again is when to look again though nothing happens; 0 is never.
	Again time.Duration
}

// Start is one container to start.
type Start struct {
	Container *corev1.Container
	Init      bool
	Attempt   uint32
}

// Kill is one running container to stop.
type Kill struct {
	Container *Container
	// Message says why, as the event does.
	Message string
	// Grace in seconds, nil for the pod's. A pod that is being deleted goes with its own.
	Grace *int64
}

// Waiting is why a container is not running.
type Waiting struct{ Reason, Message string }

// Trouble remembers why starts of a container failed, and since when it is held back. The worker keeps one a container.
type Trouble struct {
	Waiting
	// Until is when it may be tried again.
	Until time.Time
}

// Input is everything that a decision depends on.
type Input struct {
	Pod      *corev1.Pod
	Observed Observed
	// Troubles by container name; "" is the sandbox.
	Troubles map[string]Trouble
	// Hash of each container's spec, for finding those that changed.
	Hash func(c *corev1.Container) string
	// Failed names running containers that a probe has failed, and the probe: liveness or startup.
	Failed map[string]string
	// Started tells whether a running container has come up, as its startup probe says; nil: all have.
	Started func(container string) bool
	Now     time.Time
}

// Decide says what to do next.
func Decide(in Input) Plan {
	pod := in.Pod
	if pod.DeletionTimestamp != nil {
		return Plan{Stop: true, Remove: true}
	}
	if finished(in) {
		return Plan{Stop: in.Observed.Sandbox != nil && in.Observed.Sandbox.Ready, Over: true}
	}
	if deadline := pod.Spec.ActiveDeadlineSeconds; deadline != nil && pod.Status.StartTime != nil {
		if left := pod.Status.StartTime.Add(time.Duration(*deadline) * time.Second).Sub(in.Now); left <= 0 {
			return Plan{Stop: true}
		}
	}
	d := decision{Input: in, plan: Plan{Waiting: map[string]Waiting{}}}
	d.decide()
	d.deadline()
	return d.plan
}

type decision struct {
	Input
	plan Plan
}

func (d *decision) decide() {
	if s := d.Observed.Sandbox; s == nil || !s.Ready {
		d.newSandbox()
		return
	}
	if !d.initialize() {
		return
	}
	for i := range d.Pod.Spec.Containers {
		d.container(&d.Pod.Spec.Containers[i], false)
	}
}

func (d *decision) newSandbox() {
	d.waitAll("ContainerCreating")
	if d.held("") {
		return
	}
	d.plan.Sandbox = true
	if s := d.Observed.Sandbox; s != nil {
		d.plan.Attempt = s.Attempt + 1
	}
}

// waitAll marks every container that has not run in this sandbox.
func (d *decision) waitAll(reason string) {
	for i := range d.Pod.Spec.InitContainers {
		d.wait(d.Pod.Spec.InitContainers[i].Name, reason, "")
	}
	if len(d.Pod.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	for i := range d.Pod.Spec.Containers {
		d.wait(d.Pod.Spec.Containers[i].Name, reason, "")
	}
}

func (d *decision) wait(name, reason, message string) {
	d.plan.Waiting[name] = Waiting{Reason: reason, Message: message}
}

// current is the newest run of a container in the present sandbox; nil for none.
func (d *decision) current(name string) *Container {
	c := d.Observed.Containers[name]
	if c == nil || c.SandboxID != d.Observed.Sandbox.ID {
		return nil
	}
	return c
}

// initialize brings the init containers forward; true when the containers may start.
func (d *decision) initialize() bool {
	started := d.anyStarted()
	for i := range d.Pod.Spec.InitContainers {
		spec := &d.Pod.Spec.InitContainers[i]
		c := d.current(spec.Name)
		if pods.Sidecar(spec) {
			d.container(spec, true)
			if !started && !d.up(c) {
				d.holdBack(i + 1)
				return false
			}
			continue
		}
		if started || c != nil && c.State == Exited && c.ExitCode == 0 {
			continue // an init container is not run again once the containers run
		}
		d.container(spec, true)
		d.holdBack(i + 1)
		return false
	}
	return true
}

// up tells whether a sidecar has come so far that what follows it may start.
func (d *decision) up(c *Container) bool {
	return c != nil && c.State == Running && (d.Started == nil || d.Started(c.Name))
}

// anyStarted tells whether a container of the present sandbox has run: then initialization is over for good.
func (d *decision) anyStarted() bool {
	for i := range d.Pod.Spec.Containers {
		if d.current(d.Pod.Spec.Containers[i].Name) != nil {
			return true
		}
	}
	return false
}

// holdBack marks what comes after the init containers that are at work.
func (d *decision) holdBack(from int) {
	for i := from; i < len(d.Pod.Spec.InitContainers); i++ {
		d.wait(d.Pod.Spec.InitContainers[i].Name, "PodInitializing", "")
	}
	for i := range d.Pod.Spec.Containers {
		d.wait(d.Pod.Spec.Containers[i].Name, "PodInitializing", "")
	}
}

// container decides about one container whose turn it is.
func (d *decision) container(spec *corev1.Container, init bool) {
	c := d.current(spec.Name)
	if c != nil && c.State == Running {
		d.keep(spec, init, c)
		return
	}
	if c != nil && (c.State == Exited || c.State == Unknown) && c.Hash == d.Hash(spec) && !Restarts(d.Pod, spec, init, c) {
		return
	}
	reason := "ContainerCreating"
	if init && c == nil || len(d.Pod.Spec.InitContainers) > 0 && c == nil {
		reason = "PodInitializing"
	}
	d.wait(spec.Name, reason, "")
	if d.held(spec.Name) {
		return
	}
	attempt := d.told(spec.Name)
	if last := d.Observed.Containers[spec.Name]; last != nil {
		attempt = last.Attempt + 1
		if last.State == Created {
			attempt = last.Attempt // it never ran: the agent was killed between making and starting it
		}
	}
	d.plan.Start = append(d.plan.Start, Start{Container: spec, Init: init, Attempt: attempt})
}

// keep leaves a running container alone, unless it must not run as it is.
func (d *decision) keep(spec *corev1.Container, init bool, c *Container) {
	kill := Kill{Container: c}
	restart := true
	switch probe := d.Failed[spec.Name]; {
	case c.Hash != d.Hash(spec):
		kill.Message = "Container " + spec.Name + " definition changed"
	case probe != "":
		kill.Message = "Container " + spec.Name + " failed " + probe + " probe"
		kill.Grace = probeGrace(spec, probe)
		restart = Restarts(d.Pod, spec, init, &Container{State: Exited, ExitCode: killed})
	default:
		return
	}
	if restart {
		kill.Message += ", will be restarted"
	}
	d.plan.Kill = append(d.plan.Kill, kill)
}

// killed is the exit code of a container that was killed.
const killed = 137

// probeGrace is the grace that a failed probe gives its container; nil where it has none of its own (KEP-2238).
func probeGrace(spec *corev1.Container, probe string) *int64 {
	p := spec.LivenessProbe
	if probe == "startup" {
		p = spec.StartupProbe
	}
	if p == nil {
		return nil
	}
	return p.TerminationGracePeriodSeconds
}

// told is the attempt that follows what the API knows of a container that the runtime has lost: 0 where it never ran.
func (d *decision) told(name string) uint32 {
	for _, list := range [][]corev1.ContainerStatus{d.Pod.Status.ContainerStatuses, d.Pod.Status.InitContainerStatuses} {
		if s := pods.Status(list, name); s != nil && s.ContainerID != "" {
			return uint32(s.RestartCount) + 1
		}
	}
	return 0
}

// held tells that a trouble keeps the container from being started, and makes sure to look again when it is over.
func (d *decision) held(name string) bool {
	t, ok := d.Troubles[name]
	if !ok {
		return false
	}
	if name != "" && t.Reason != "" {
		d.wait(name, t.Reason, t.Message)
	}
	left := t.Until.Sub(d.Now)
	if left <= 0 {
		return false
	}
	d.again(left)
	return true
}

func (d *decision) again(after time.Duration) {
	if d.plan.Again == 0 || after < d.plan.Again {
		d.plan.Again = after
	}
}

func (d *decision) deadline() {
	if deadline := d.Pod.Spec.ActiveDeadlineSeconds; deadline != nil && d.Pod.Status.StartTime != nil {
		d.again(d.Pod.Status.StartTime.Add(time.Duration(*deadline) * time.Second).Sub(d.Now))
	}
}

// Restarts tells whether a container that has ended is started again.
func Restarts(pod *corev1.Pod, spec *corev1.Container, init bool, c *Container) bool {
	policy := pod.Spec.RestartPolicy
	if spec.RestartPolicy != nil {
		policy = corev1.RestartPolicy(*spec.RestartPolicy)
	}
	switch {
	case init && pods.Sidecar(spec):
		return true
	case policy == corev1.RestartPolicyNever:
		return false
	case init, policy == corev1.RestartPolicyOnFailure:
		return c.Failed()
	}
	return true
}

// finished tells that no container of the pod will run again.
func finished(in Input) bool {
	pod := in.Pod
	if pods.Finished(pod) {
		return true
	}
	for i := range pod.Spec.InitContainers {
		spec := &pod.Spec.InitContainers[i]
		if pods.Sidecar(spec) {
			continue
		}
		c := in.Observed.Containers[spec.Name]
		if c != nil && c.State == Exited && c.Failed() && !Restarts(pod, spec, true, c) {
			return true
		}
	}
	for i := range pod.Spec.Containers {
		spec := &pod.Spec.Containers[i]
		c := in.Observed.Containers[spec.Name]
		if c == nil && lostForGood(pod, spec) {
			continue
		}
		if c == nil || c.State != Exited && c.State != Unknown || Restarts(pod, spec, false, c) {
			return false
		}
		if c.Hash != in.Hash(spec) {
			return false // it was ended for the sake of its new spec
		}
	}
	return true
}

// lostForGood tells of a container that the runtime does not have any more (the node was stopped, or lost its disk) and that
// is not started again: it ran by what the API knows, and how it ended, or must be taken to have ended, is its end.
func lostForGood(pod *corev1.Pod, spec *corev1.Container) bool {
	s := pods.Status(pod.Status.ContainerStatuses, spec.Name)
	if s == nil || s.ContainerID == "" {
		return false
	}
	end := Container{State: Unknown}
	if t := s.State.Terminated; t != nil {
		end = Container{State: Exited, ExitCode: t.ExitCode}
	}
	return !Restarts(pod, spec, false, &end)
}
