package node

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/node/podplan"
)

// look asks what there is of the pod, and shows it to the probes. A container whose postStart hook is at work does not count as running
// yet.
func (w *worker) look(ctx context.Context, pod *corev1.Pod) (podplan.Observed, error) {
	observed, err := w.observe(ctx, pod.UID)
	if err != nil {
		return observed, err
	}
	w.mu.Lock()
	hooked := w.hooked
	w.mu.Unlock()
	running := map[string]RunningContainer{}
	for name, c := range observed.Containers {
		switch {
		case c.State != podplan.Running:
		case c.ID == hooked:
			c.State = podplan.Created
		case runs(observed, c):
			running[name] = RunningContainer{ID: c.ID, PodIP: w.address(pod, observed), Started: c.StartedAt}
		}
	}
	w.Probes.Update(pod, running, w.wake)
	return observed, nil
}

// runs tells whether a container runs where it should: in the pod's present sandbox.
func runs(observed podplan.Observed, c *podplan.Container) bool {
	s := observed.Sandbox
	return c.State == podplan.Running && s != nil && s.Ready && c.SandboxID == s.ID
}

func anyRuns(observed podplan.Observed) bool {
	for _, c := range observed.Containers {
		if runs(observed, c) {
			return true
		}
	}
	return false
}

// address is where probes and hooks reach the pod.
func (w *worker) address(pod *corev1.Pod, observed podplan.Observed) string {
	switch s := observed.Sandbox; {
	case pod.Spec.HostNetwork && len(w.Addresses) > 0:
		return w.Addresses[0]
	case s != nil && len(s.IPs) > 0:
		return s.IPs[0]
	}
	return ""
}

// soon is how long a step may take before what happens meanwhile is told. Most are over before, and then the next step tells.
const soon = 500 * time.Millisecond

// meanwhile takes a step that may last (a stop, a pull, a hook) and goes on telling how the pod does: a container that stops being ready
// while it, or another, is being stopped must not get more requests.
func (w *worker) meanwhile(ctx context.Context, last news, step func() error) error {
	done := make(chan error, 1)
	go func() { done <- step() }()
	quick := time.NewTimer(soon)
	defer quick.Stop()
	select {
	case err := <-done:
		return err
	case <-quick.C:
	}
	for {
		select {
		case err := <-done:
			w.wake() // what was told here may also mean something to do
			return err
		case <-w.signal:
			if observed, err := w.look(ctx, last.pod); err == nil { // an error shows again in the next step
				last.observed = observed
				w.tell(ctx, last)
			}
		}
	}
}
