package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
)

// keepDead is how many ended runs of a container stay, for kubectl logs --previous.
const keepDead = 1

// stop ends every container, each with the pod's grace, sidecars after the others in reverse order, and then the sandbox.
func (w *worker) stop(ctx context.Context, pod *corev1.Pod, observed podplan.Observed) error {
	var first, sidecars []*podplan.Container
	order := map[string]int{}
	for i := range pod.Spec.InitContainers {
		if pods.Sidecar(&pod.Spec.InitContainers[i]) {
			order[pod.Spec.InitContainers[i].Name] = i + 1
		}
	}
	for _, c := range observed.Containers {
		if c.State != podplan.Running && c.State != podplan.Unknown {
			continue
		}
		if order[c.Name] > 0 {
			sidecars = append(sidecars, c)
		} else {
			first = append(first, c)
		}
	}
	if err := w.stopAll(ctx, pod, first); err != nil {
		return err
	}
	for i := len(pod.Spec.InitContainers); i > 0; i-- {
		for _, c := range sidecars {
			if order[c.Name] == i {
				if err := w.stopAll(ctx, pod, []*podplan.Container{c}); err != nil {
					return err
				}
			}
		}
	}
	if s := observed.Sandbox; s != nil && s.Ready {
		if err := w.Runtime.StopPodSandbox(ctx, s.ID); err != nil && !isNotFound(err) {
			return fmt.Errorf("stopping the sandbox: %w", err)
		}
	}
	return nil
}

func (w *worker) stopAll(ctx context.Context, pod *corev1.Pod, list []*podplan.Container) error {
	var group sync.WaitGroup
	faults := make([]error, len(list))
	for i, c := range list {
		w.Events.Normal(containerReference(pod, c.Name), "Killing", "Stopping container %s", c.Name)
		group.Go(func() {
			if err := w.Runtime.StopContainer(ctx, c.ID, grace(pod)); err != nil && !isNotFound(err) {
				faults[i] = fmt.Errorf("stopping container %s: %w", c.Name, err)
			}
		})
	}
	group.Wait()
	return errors.Join(faults...)
}

// prune removes runs that nobody will ask about again.
func (w *worker) prune(ctx context.Context, observed podplan.Observed) {
	seen := map[string]int{}
	for i := len(observed.Dead) - 1; i >= 0; i-- {
		d := observed.Dead[i]
		if seen[d.Name]++; seen[d.Name] <= keepDead {
			continue
		}
		if err := w.Runtime.RemoveContainer(ctx, d.ID); err != nil && !isNotFound(err) && ctx.Err() == nil {
			w.Log.Warn("an ended container could not be removed", "container", d.Name, "id", d.ID, "error", err)
		}
	}
	for _, id := range observed.OldSandboxes {
		if err := w.removeSandbox(ctx, id, func(string) int64 { return 0 }); err != nil && ctx.Err() == nil {
			w.Log.Warn("an old sandbox could not be removed", "sandbox", id, "error", err)
		}
	}
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
