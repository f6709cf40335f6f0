package pod

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
)

// summary is what a table says of a pod's containers.
type summary struct {
	ready, containers int
	status            string
	restarts          int
	lastRestart       metav1.Time
}

// summarize finds the one word that tells best how the pod fares: how far its initialization is, what a container waits for
// or died of, else its phase. While it initializes, the restarts are those of init containers.
func summarize(p *corev1.Pod) summary {
	s := summary{containers: len(p.Spec.Containers), status: string(p.Status.Phase)}
	if p.Status.Reason != "" {
		s.status = p.Status.Reason
	}
	if c := pods.Condition(&p.Status, corev1.PodScheduled); c != nil && c.Reason == corev1.PodReasonSchedulingGated {
		s.status = corev1.PodReasonSchedulingGated
	}
	sidecars := sidecarNames(p)
	s.containers += len(sidecars)

	initializing := s.addInit(p, sidecars)
	if c := pods.Condition(&p.Status, corev1.PodInitialized); !initializing || c != nil && c.Status == corev1.ConditionTrue {
		s.addContainers(p, sidecars)
	}
	if pods.Terminating(p) {
		if p.Status.Reason == nodeLost {
			s.status = "Unknown"
		} else if !pods.Finished(p) {
			s.status = "Terminating"
		}
	}
	return s
}

// nodeLost is the reason of pods on a node that is not heard of any more.
const nodeLost = "NodeLost"

func sidecarNames(p *corev1.Pod) map[string]bool {
	var names map[string]bool
	for i := range p.Spec.InitContainers {
		if pods.Sidecar(&p.Spec.InitContainers[i]) {
			if names == nil {
				names = map[string]bool{}
			}
			names[p.Spec.InitContainers[i].Name] = true
		}
	}
	return names
}

// addInit looks at init containers up to the first that is not done, and tells whether there is one.
func (s *summary) addInit(p *corev1.Pod, sidecars map[string]bool) bool {
	for i := range p.Status.InitContainerStatuses {
		c := &p.Status.InitContainerStatuses[i]
		s.addRestarts(c)
		switch {
		case c.State.Terminated != nil && c.State.Terminated.ExitCode == 0:
			continue
		case sidecars[c.Name] && c.Started != nil && *c.Started:
			if c.Ready {
				s.ready++
			}
			continue
		case c.State.Terminated != nil:
			s.status = "Init:" + causeOfDeath(c.State.Terminated)
		case c.State.Waiting != nil && c.State.Waiting.Reason != "" && c.State.Waiting.Reason != "PodInitializing":
			s.status = "Init:" + c.State.Waiting.Reason
		default:
			s.status = fmt.Sprintf("Init:%d/%d", i, len(p.Spec.InitContainers))
		}
		return true
	}
	return false
}

// addContainers looks at the containers, the first of them last, for its reason counts most. Of the init containers
// only sidecars still matter.
func (s *summary) addContainers(p *corev1.Pod, sidecars map[string]bool) {
	s.restarts, s.lastRestart = 0, metav1.Time{}
	for i := range p.Status.InitContainerStatuses {
		if c := &p.Status.InitContainerStatuses[i]; sidecars[c.Name] {
			s.addRestarts(c)
		}
	}
	running := false
	for i := len(p.Status.ContainerStatuses) - 1; i >= 0; i-- {
		c := &p.Status.ContainerStatuses[i]
		s.addRestarts(c)
		switch {
		case c.State.Waiting != nil && c.State.Waiting.Reason != "":
			s.status = c.State.Waiting.Reason
		case c.State.Terminated != nil:
			s.status = causeOfDeath(c.State.Terminated)
		case c.Ready && c.State.Running != nil:
			running = true
			s.ready++
		}
	}
	if s.status == "Completed" && running {
		s.status = "NotReady"
		if pods.Ready(p) {
			s.status = "Running"
		}
	}
}

func (s *summary) addRestarts(c *corev1.ContainerStatus) {
	s.restarts += int(c.RestartCount)
	if t := c.LastTerminationState.Terminated; t != nil && s.lastRestart.Before(&t.FinishedAt) {
		s.lastRestart = t.FinishedAt
	}
}

func causeOfDeath(t *corev1.ContainerStateTerminated) string {
	switch {
	case t.Reason != "":
		return t.Reason
	case t.Signal != 0:
		return fmt.Sprintf("Signal:%d", t.Signal)
	}
	return fmt.Sprintf("ExitCode:%d", t.ExitCode)
}
