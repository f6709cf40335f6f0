package node

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/node/podplan"
	"argosy.dev/volume"
)

const (
	// measureEvery is how often scratch space on the disk is held against its limit, as upstream.
	measureEvery = 10 * time.Second
	// evictionGrace is what the containers of a pod have that takes more than it may, in seconds.
	evictionGrace = 1
)

// measure ends a pod whose scratch space has become too large, and says when to look again; 0 for a pod that has no limit.
func (w *worker) measure(pod *corev1.Pod) time.Duration {
	if w.evicted != nil || !volume.Measured(pod) {
		return 0
	}
	if left := measureEvery - time.Since(w.measured); left > 0 {
		return left
	}
	w.measured = time.Now()
	v, err := w.Volumes.Exceeded(pod)
	if err != nil {
		w.Log.Warn("a pod's volumes could not be measured; it is tried again", "pod", pod.Namespace+"/"+pod.Name, "error", err)
		return measureEvery
	}
	if v == nil {
		return measureEvery
	}
	why := fmt.Sprintf("Usage of EmptyDir volume %q exceeds the limit %q. ", v.Name, v.EmptyDir.SizeLimit.String())
	w.evicted = &podplan.Waiting{Reason: "Evicted", Message: why}
	w.Events.Warning(client.Reference(pod), "Evicted", "%s", why)
	w.wake()
	return measureEvery
}

// hurried is the pod as an eviction stops it.
func hurried(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.DeletionGracePeriodSeconds = new(int64(evictionGrace))
	return pod
}
