package node

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/client"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/podplan"
)

// limits says what the kernel should hold each container of a pod to.
func (w *worker) limits(pod *corev1.Pod) func(spec *corev1.Container) podplan.Limits {
	return func(spec *corev1.Container) podplan.Limits {
		if own := containerSpec(pod, spec.Name); own != nil {
			spec = own
		}
		r := podconfig.Resources(pod, spec, w.machine.memory)
		return podplan.Limits{Known: true, CPUShares: r.CpuShares, CPUQuota: r.CpuQuota, Memory: r.MemoryLimitInBytes}
	}
}

// given are the resources that a container has been promised; nil where the pod has no such container.
func given(pod *corev1.Pod, name string) *corev1.ResourceRequirements {
	if c := containerSpec(pod, name); c != nil {
		return &c.Resources
	}
	return nil
}

// resize changes the limits of running containers. The pod's own come first where they grow, and last where they shrink: what the first try cannot
// do the last one does, or tells.
func (w *worker) resize(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, list []podplan.Resize) {
	if len(list) == 0 {
		return
	}
	whole := &runtimeapi.UpdatePodSandboxResourcesRequest{PodSandboxId: observed.Sandbox.ID, Resources: podconfig.PodResources(pod)}
	_, _ = w.Runtime.UpdatePodSandboxResources(ctx, whole)
	failed := false
	for _, r := range list {
		key := podplan.ResizeTrouble(r.Container.Name)
		resources := podconfig.Resources(pod, r.Spec, w.machine.memory)
		resources.OomScoreAdj = 0 // it is a process's own, and follows from what the container was made with
		err := w.Runtime.UpdateContainerResources(ctx, r.Container.ID, &runtimeapi.ContainerResources{Linux: resources})
		if err == nil {
			delete(w.troubles, key)
			continue
		}
		failed = true
		if ctx.Err() == nil {
			w.troubles[key] = podplan.Trouble{Waiting: podplan.Waiting{Message: message(err)}, Until: time.Now().Add(resizeAgain)}
			w.Events.Warning(ContainerReference(pod, r.Container.Name), "ResizeError", "%s", message(err))
		}
	}
	if _, err := w.Runtime.UpdatePodSandboxResources(ctx, whole); err != nil && ctx.Err() == nil {
		w.Events.Warning(client.Reference(pod), "ResizeError", "%s", message(err))
	} else if !failed {
		w.Events.Normal(client.Reference(pod), "ResizeCompleted", "Pod resize completed")
	}
}

// resizeFault is why a resize is not in force; "" where nothing is wrong.
func (w *worker) resizeFault(observed podplan.Observed) string {
	for name := range observed.Containers {
		if t, ok := w.troubles[podplan.ResizeTrouble(name)]; ok {
			return t.Message
		}
	}
	return ""
}
