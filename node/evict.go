package node

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/facts/pods"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/podplan"
	"argosy.dev/node/pressure"
	"argosy.dev/volume"
)

const (
	// measureEvery is how often scratch space on the disk is held against its limit, as upstream.
	measureEvery = 10 * time.Second
	// evictionGrace is what the containers of a pod have that takes more than it may, in seconds.
	evictionGrace = 1
)

// eviction is why the node ends a pod, and how many seconds it has.
type eviction struct {
	why   podplan.Waiting
	grace int64
}

// evict asks for the pod's end for the machine's sake, and tells whether it had not been asked for before.
func (w *worker) evict(why string, grace int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.condemned != nil || w.forced {
		return false
	}
	w.condemned = &eviction{podplan.Waiting{Reason: pressure.Reason, Message: why}, grace}
	if w.interrupt != nil {
		w.interrupt()
	}
	w.wake()
	return true
}

// lingers tells whether something of a pod that was to end still runs.
func (w *worker) lingers() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.condemned != nil && !w.ended && !w.forced
}

// noteEnd tells who waits for it that nothing of the pod runs any more.
func (w *worker) noteEnd(observed podplan.Observed) {
	w.mu.Lock()
	w.ended = !anyRuns(observed)
	w.mu.Unlock()
}

// reason is what the pod's status tells of its eviction; nil where there is none.
func (e *eviction) reason() *podplan.Waiting {
	if e == nil {
		return nil
	}
	return &e.why
}

// measure ends a pod whose use of the disk has become too large, and says when to look again; 0 for a pod that has no limit.
func (w *worker) measure(ctx context.Context, pod *corev1.Pod, observed podplan.Observed) time.Duration {
	if w.evicted != nil || !volume.Measured(pod) && !bounded(pod) {
		return 0
	}
	if left := measureEvery - time.Since(w.measured); left > 0 {
		return left
	}
	w.measured = time.Now()
	why, err := w.exceeded(ctx, pod, observed)
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Warn("a pod's use of the disk could not be measured; it is tried again", "pod", pod.Namespace+"/"+pod.Name, "error", err)
		}
		return measureEvery
	}
	if why != "" && w.evict(why, evictionGrace) {
		w.Events.Warning(client.Reference(pod), pressure.Reason, "%s", why)
	}
	return measureEvery
}

// bounded tells whether containers of the pod say how much of the disk they need at most.
func bounded(pod *corev1.Pod) bool {
	return anyContainer(pod, func(c *corev1.Container) bool { return !c.Resources.Limits.StorageEphemeral().IsZero() })
}

// exceeded tells what of a pod takes more of the disk than it may; "" where nothing does.
func (w *worker) exceeded(ctx context.Context, pod *corev1.Pod, observed podplan.Observed) (string, error) {
	v, err := w.Volumes.Exceeded(pod)
	if err != nil {
		return "", err
	}
	if v != nil {
		return fmt.Sprintf("Usage of EmptyDir volume %q exceeds the limit %q. ", v.Name, v.EmptyDir.SizeLimit.String()), nil
	}
	if !bounded(pod) {
		return "", nil
	}
	used := map[string]int64{}
	var whole pressure.Use
	for name, c := range observed.Containers {
		if c.State != podplan.Running {
			continue
		}
		stats, err := w.Runtime.ContainerStats(ctx, c.ID)
		if err != nil {
			return "", fmt.Errorf("measuring what container %s wrote: %w", name, err)
		}
		use := pressure.Use{Disk: int64(stats.GetWritableLayer().GetUsedBytes().GetValue())}
		if err := addTree(&use, filepath.Join(podconfig.PodLogDir(w.LogDir, pod), name)); err != nil {
			return "", err
		}
		used[name] = use.Disk
		whole.Disk += use.Disk
	}
	for _, dir := range w.Volumes.Scratch(pod) {
		if err := addTree(&whole, dir); err != nil {
			return "", err
		}
	}
	return overdrawn(pod, whole.Disk, used), nil
}

// overdrawn holds what a pod and its containers take of the disk against their limits.
func overdrawn(pod *corev1.Pod, whole int64, used map[string]int64) string {
	all := true // one without a limit leaves the pod without one
	for i := range pod.Spec.Containers {
		all = all && !pod.Spec.Containers[i].Resources.Limits.StorageEphemeral().IsZero()
	}
	if total := pods.Limits(pod)[corev1.ResourceEphemeralStorage]; all && whole > total.Value() {
		return fmt.Sprintf("Pod ephemeral local storage usage exceeds the total limit of containers %s. ", total.String())
	}
	for i := range pod.Spec.Containers {
		name, own := pod.Spec.Containers[i].Name, pod.Spec.Containers[i].Resources.Limits.StorageEphemeral()
		if !own.IsZero() && used[name] > own.Value() {
			return fmt.Sprintf("Container %s exceeded its local ephemeral storage limit %q. ", name, own.String())
		}
	}
	return ""
}

// hurried is the pod as an eviction stops it.
func (e *eviction) hurried(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.DeletionGracePeriodSeconds = new(e.grace)
	return pod
}
