package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/static"
)

// criticalPriority is from where on a pod counts as critical to its node: that of the two system classes.
const criticalPriority = 2000000000

// important tells whether a pod is critical to its node.
func important(pod *corev1.Pod) bool { return pods.Priority(pod) >= criticalPriority }

// StopPods stops every pod, with hooks, sidecars in their order, and the pod's own grace up to a given time, and takes away what the pods
// have on this machine: for a stop that leaves nothing behind. Of the grace, the part critical is kept for pods that are critical to the node,
// which stop after the others. The pods stay in the API and start anew with the next agent. It is called after Run has returned.
func (a *Agent) StopPods(ctx context.Context, grace, critical time.Duration) error {
	sandboxes, err := a.Runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return fmt.Errorf("listing the pods to stop: %w", err)
	}
	a.ctx = ctx // of hooks, now that Run is over
	a.leaving.Store(true)
	if len(sandboxes) > 0 {
		if err := a.tellStatus(ctx, false); err != nil {
			a.Log.Warn("that the node stops could not be told", "error", err)
		}
	}
	known := map[types.UID]*corev1.Pod{}
	for _, pod := range a.onNode() {
		own := static.Own(pod)
		known[own.UID] = own
	}
	late := map[bool][]*runtimeapi.PodSandbox{}
	for _, s := range sandboxes {
		pod := known[types.UID(s.GetMetadata().GetUid())]
		is := critical > 0 && pod != nil && important(pod)
		late[is] = append(late[is], s)
	}
	err = a.stopSandboxes(ctx, late[false], known, max(grace-critical, 0))
	err = errors.Join(err, a.stopSandboxes(ctx, late[true], known, critical))
	for _, s := range sandboxes {
		delete(known, types.UID(s.GetMetadata().GetUid()))
	}
	return errors.Join(err, a.cleanUp(ctx, known))
}

// cleanUp takes away the volumes of pods that never got a sandbox: it failed, or the agent ended before.
func (a *Agent) cleanUp(ctx context.Context, list map[types.UID]*corev1.Pod) error {
	var faults []error
	for uid, pod := range list {
		if err := a.Volumes.Cleanup(ctx, uid); err != nil {
			faults = append(faults, fmt.Errorf("taking away the volumes of pod %s/%s: %w", pod.Namespace, pod.Name, err))
		}
	}
	return errors.Join(faults...)
}

func (a *Agent) stopSandboxes(ctx context.Context, list []*runtimeapi.PodSandbox, known map[types.UID]*corev1.Pod, grace time.Duration) error {
	faults := make([]error, len(list))
	var group sync.WaitGroup
	for i, s := range list {
		group.Go(func() {
			uid := types.UID(s.GetMetadata().GetUid())
			err := a.stopGently(ctx, known[uid], int64(grace.Seconds()))
			if err == nil {
				err = a.removeSandbox(ctx, s.Id, func(string) int64 { return int64(grace.Seconds()) })
			}
			if err == nil {
				err = a.Volumes.Cleanup(ctx, uid)
			}
			if err != nil {
				faults[i] = fmt.Errorf("stopping pod %s/%s: %w", s.GetMetadata().GetNamespace(), s.GetMetadata().GetName(), err)
			}
		})
	}
	group.Wait()
	return errors.Join(faults...)
}

// stopGently stops a pod that the API knows, as its deletion would. Nothing of it is told: the pod goes on with the next agent.
func (a *Agent) stopGently(ctx context.Context, pod *corev1.Pod, most int64) error {
	if pod == nil {
		return nil
	}
	w := newWorker(a, pod)
	observed, err := w.observe(ctx, pod.UID)
	if err != nil || observed.Sandbox == nil || !observed.Sandbox.Ready {
		return err
	}
	pod = pod.DeepCopy()
	seconds := min(grace(pod, nil), most)
	pod.DeletionGracePeriodSeconds = &seconds
	return w.stop(ctx, pod, observed)
}
