package node

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/node/podplan"
)

// How long a pod whose volumes could not be made is held back, twice as long each time, unless something changes that it refers to.
const firstMountDelay, lastMountDelay = 500 * time.Millisecond, 2*time.Minute + 2*time.Second

// mountFailed tells why the pod's volumes could not be made, and when it is tried again.
func (w *worker) mountFailed(ctx context.Context, pod *corev1.Pod, err error) {
	if ctx.Err() != nil {
		return
	}
	w.mountDelay = min(max(2*w.mountDelay, firstMountDelay), lastMountDelay)
	w.trouble("", podplan.Waiting{}, w.mountDelay)
	w.Events.Warning(client.Reference(pod), "FailedMount", "%v", err)
}
