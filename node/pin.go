package node

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/admit"
	"argosy.dev/node/cpus"
	"argosy.dev/node/podconfig"
)

// pinEvery is how often containers are held against the processors that they should run on, as upstream.
const pinEvery = 10 * time.Second

// allocate gives a pod that is being taken what is given out piece by piece. Granting is held.
func (w *worker) allocate(pod *corev1.Pod) *admit.Refusal {
	why, err := w.CPUs.Allocate(pod, w.unfinished(pod.UID))
	switch {
	case err != nil:
		return &admit.Refusal{Reason: "UnexpectedAdmissionError", Message: fmt.Sprintf("Allocate failed due to %v, which is unexpected", err)}
	case why != nil:
		return &admit.Refusal{Reason: why.Reason, Message: why.Message}
	}
	if err := w.Devices.Allocate(w.Agent.ctx, pod, w.unfinished(pod.UID)); err != nil {
		return &admit.Refusal{Reason: "UnexpectedAdmissionError", Message: fmt.Sprintf("Allocate failed due to %v, which is unexpected", err)}
	}
	if w.CPUs != nil && cpus.Exclusive(pod) {
		w.pin(w.Agent.ctx) // the others must be off its processors before it begins
	}
	return nil
}

// unfinished are the pods that have, or may have, something of the node, and one more.
func (a *Agent) unfinished(more types.UID) map[types.UID]bool {
	keep := a.have()
	for _, pod := range a.onNode() {
		if pods.Finished(pod) {
			delete(keep, pod.UID)
		}
	}
	keep[more] = true
	return keep
}

// keepPinned keeps containers on their processors until ctx ends.
func (a *Agent) keepPinned(ctx context.Context) {
	if a.CPUs == nil {
		return
	}
	tick := time.NewTicker(pinEvery)
	defer tick.Stop()
	for {
		if err := a.CPUs.Forget(a.unfinished("")); err != nil {
			a.Log.Warn("that CPUs are free again could not be noted; it is tried again", "error", err)
		}
		a.pin(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pin moves running containers to the processors that they should run on.
func (a *Agent) pin(ctx context.Context) {
	running := &runtimeapi.ContainerFilter{State: &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}}
	list, err := a.Runtime.ListContainers(ctx, running)
	if err != nil {
		if ctx.Err() == nil {
			a.Log.Warn("which containers run could not be found out; their CPUs stay as they are", "error", err)
		}
		return
	}
	for _, c := range list {
		want := a.CPUs.Of(types.UID(c.Labels[podconfig.PodUIDLabel]), c.Labels[podconfig.ContainerNameLabel])
		response, err := a.Runtime.ContainerStatus(ctx, c.Id, false)
		if err != nil || response.GetStatus().GetResources().GetLinux().GetCpusetCpus() == want {
			continue // what has just ended needs none
		}
		resources := &runtimeapi.ContainerResources{Linux: &runtimeapi.LinuxContainerResources{CpusetCpus: want}}
		if err := a.Runtime.UpdateContainerResources(ctx, c.Id, resources); err != nil && !isNotFound(err) && ctx.Err() == nil {
			a.Log.Warn("a container could not be moved to its CPUs; it is tried again", "container", c.GetMetadata().GetName(), "cpus", want, "error", err)
		}
	}
}
