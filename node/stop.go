package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
)

// stop ends every container, all within the pod's grace: sidecars after the others, in reverse order. Then it stops the sandbox.
func (w *worker) stop(ctx context.Context, pod *corev1.Pod, observed podplan.Observed) error {
	sidecar := map[string]int{}
	for i := range pod.Spec.InitContainers {
		if pods.Sidecar(&pod.Spec.InitContainers[i]) {
			sidecar[pod.Spec.InitContainers[i].Name] = i + 1
		}
	}
	var list []end
	for _, c := range observed.Containers {
		if c.State == podplan.Running || c.State == podplan.Unknown {
			list = append(list, end{container: c, message: "Stopping container " + c.Name, grace: grace(pod, nil), over: make(chan struct{})})
		}
	}
	for i := range list {
		own := sidecar[list[i].container.Name]
		for _, other := range list {
			if its := sidecar[other.container.Name]; own > 0 && (its == 0 || its > own) {
				list[i].turn = append(list[i].turn, other.over)
			}
		}
	}
	if err := w.endAll(ctx, pod, observed, list); err != nil {
		return err
	}
	if s := observed.Sandbox; s != nil && s.Ready {
		if err := w.Runtime.StopPodSandbox(ctx, s.ID); err != nil && !isNotFound(err) {
			return fmt.Errorf("stopping the sandbox: %w", err)
		}
	}
	return nil
}

// prune removes runs that nobody will ask about again, with their logs: of a container's ended runs as many stay as keep, for kubectl logs --previous.
func (a *Agent) prune(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, keep int) {
	seen := map[string]int{}
	for i := len(observed.Dead) - 1; i >= 0; i-- {
		d := observed.Dead[i]
		if seen[d.Name]++; seen[d.Name] <= keep {
			continue
		}
		if err := a.Runtime.RemoveContainer(ctx, d.ID); err != nil && !isNotFound(err) && ctx.Err() == nil {
			a.Log.Warn("an ended container could not be removed", "container", d.Name, "id", d.ID, "error", err)
			continue
		}
		last := filepath.Join(a.podDir(pod.UID), fmt.Sprintf("%s.%d.last", d.Name, d.Attempt))
		if err := errors.Join(removeLogs(d.LogPath), removeIfThere(last)); err != nil {
			a.Log.Warn("what an ended container wrote could not be removed", "container", d.Name, "id", d.ID, "error", err)
		}
	}
	for _, id := range observed.OldSandboxes {
		if err := a.removeSandbox(ctx, id, func(string) int64 { return 0 }); err != nil && ctx.Err() == nil {
			a.Log.Warn("an old sandbox could not be removed", "sandbox", id, "error", err)
		}
	}
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// removeSandbox stops a sandbox's containers and takes it away.
func (a *Agent) removeSandbox(ctx context.Context, id string, graceOf func(container string) int64) error {
	containers, err := a.Runtime.ListContainers(ctx, &runtimeapi.ContainerFilter{PodSandboxId: id})
	if err != nil {
		return fmt.Errorf("listing the sandbox's containers: %w", err)
	}
	var group sync.WaitGroup
	faults := make([]error, len(containers))
	for i, c := range containers {
		if c.State != runtimeapi.ContainerState_CONTAINER_RUNNING {
			continue
		}
		group.Go(func() {
			if err := a.Runtime.StopContainer(ctx, c.Id, graceOf(c.GetMetadata().GetName())); err != nil && !isNotFound(err) {
				faults[i] = fmt.Errorf("stopping container %s: %w", c.GetMetadata().GetName(), err)
			}
		})
	}
	group.Wait()
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if err := a.Runtime.StopPodSandbox(ctx, id); err != nil && !isNotFound(err) {
		return fmt.Errorf("stopping the sandbox: %w", err)
	}
	if err := a.Runtime.RemovePodSandbox(ctx, id); err != nil && !isNotFound(err) {
		return fmt.Errorf("removing the sandbox: %w", err)
	}
	return nil
}
