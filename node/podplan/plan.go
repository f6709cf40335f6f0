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
	// Resize lists running containers that are to get other limits.
	Resize []Resize
	// Reset lists ended runs to take away, in order, so that the pod begins again in its sandbox: all of its containers are to be restarted.
	Reset []*Container
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
	// Target is the container, by name, whose processes an ephemeral one is to see; "" for none.
	Target string
}

// Kill is one running container to stop.
type Kill struct {
	Container *Container
	// Message says why, as the event does.
	Message string
	// Grace in seconds, nil for the pod's. A pod that is being deleted goes with its own.
	Grace *int64
	// Renew: it is started anew whatever its restart policy says.
	Renew bool
}

// Resize is one running container whose limits are not those that it was promised.
type Resize struct {
	Container *Container
	Spec      *corev1.Container
}

// Acts tells whether there is anything to do.
func (p *Plan) Acts() bool {
	return p.Sandbox || len(p.Start)+len(p.Kill)+len(p.Reset)+len(p.Resize) > 0
}

// ResizeTrouble names the trouble of a container whose limits could not be changed.
func ResizeTrouble(container string) string { return "resize " + container }

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
	// Limits says what a container should be held to; nil: whatever it is held to.
	Limits func(c *corev1.Container) Limits
	// Renewed are containers, by id, that were ended with Renew, or taken away by Reset.
	Renewed map[string]bool
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
	d.ephemeral()
	if trigger := RestartsAll(d.Pod, d.Observed); trigger != nil {
		d.restartAll(trigger)
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
	reason := "ContainerCreating"
	if len(d.Pod.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	d.waitAll(reason)
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
	if c != nil && (c.State == Exited || c.State == Unknown) && c.Hash == d.Hash(spec) && !d.Renewed[c.ID] && !Restarts(d.Pod, spec, init, c) {
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
	case d.Limits != nil && !c.Limits.Meet(d.Limits(spec)):
		if !resizeRestarts(spec, c.Limits, d.Limits(spec)) {
			if !d.held(ResizeTrouble(c.Name)) {
				d.plan.Resize = append(d.plan.Resize, Resize{Container: c, Spec: spec})
			}
			return
		}
		kill.Message, kill.Renew = "Container "+spec.Name+" resize requires restart", true
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
		if s := pods.Status(list, name); s != nil && (s.ContainerID != "" || s.LastTerminationState.Terminated != nil) {
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
	if name != "" && t.Reason != "" { // troubles of what runs have none
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
