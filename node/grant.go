package node

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/facts/pods"
	"argosy.dev/node/admit"
	"argosy.dev/node/cpus"
	"argosy.dev/node/podplan"
	"argosy.dev/node/pressure"
	"argosy.dev/node/resize"
)

// begun tells of a pod that the node has taken, or refused, some time before.
func begun(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodPending && pod.Status.Phase != "" || pod.Status.StartTime != nil || pod.DeletionTimestamp != nil
}

// refuse tells why this node does not take a new pod; nil for one it takes, or has begun. Pods are decided about one after the other.
func (w *worker) refuse(pod *corev1.Pod) *podplan.Waiting {
	if w.promise != nil || begun(pod) {
		return nil
	}
	w.granting.Lock()
	defer w.granting.Unlock()
	in := admit.Input{Pod: pod, Requests: pods.Requests(pod), Allocatable: w.Allocatable(), AppArmor: w.machine.appArmor, UnsafeSysctls: w.UnsafeSysctls}
	in.Node, _ = w.nodes.Get("", w.Name)
	in.Pressed = pressure.RefusalMessage(pod, w.pressures(), w.static || important(pod))
	ports := len(admit.HostPorts(pod)) > 0
	in.Taken = w.taken(pod.UID, func(other *corev1.Pod) {
		in.Pods++
		if ports {
			in.HostPorts = append(in.HostPorts, admit.HostPorts(other)...)
		}
	})
	why := admit.Check(in)
	if why == nil {
		why = w.allocate(pod)
	}
	if why == nil {
		w.setPromise(pod, in.Requests)
		return nil
	}
	w.Events.Warning(client.Reference(pod), why.Reason, "%s", why.Message)
	return &podplan.Waiting{Reason: why.Reason, Message: "Pod was rejected: " + why.Message}
}

func (w *worker) setPromise(pod *corev1.Pod, requests corev1.ResourceList) {
	w.mu.Lock()
	w.promise, w.requests = pod, requests
	w.mu.Unlock()
}

// taken sums up what the node has promised to pods other than one.
func (a *Agent) taken(without types.UID, visit func(other *corev1.Pod)) corev1.ResourceList {
	total := corev1.ResourceList{}
	for _, other := range a.onNode() {
		if other.UID == without || pods.Finished(other) {
			continue
		}
		requests := a.promisedTo(other)
		if requests == nil {
			continue // not taken yet
		}
		visit(other)
		for name, q := range requests {
			sum := total[name]
			sum.Add(q)
			total[name] = sum
		}
	}
	return total
}

// onNode are the pods that the API and the machine's own files bind to this node.
func (a *Agent) onNode() []*corev1.Pod { return a.pods.ByIndex(client.ByNode, a.Name) }

// promisedTo is what a pod has been promised; nil where it is not taken.
func (a *Agent) promisedTo(pod *corev1.Pod) corev1.ResourceList {
	a.mu.Lock()
	w := a.workers[pod.UID]
	a.mu.Unlock()
	if w != nil {
		w.mu.Lock()
		requests := w.requests
		w.mu.Unlock()
		if requests != nil {
			return requests
		}
	}
	if !begun(pod) {
		return nil
	}
	return pods.Requests(resize.Recall(pod))
}

// resizeAgain is how long a wish for resources that are not there waits.
const resizeAgain = 5 * time.Second

// grant is the pod with the resources that the node has promised it, and why a wish for others is not granted; a wish that can be is granted
// here. What follows of the step knows the pod as it is promised only.
func (w *worker) grant(pod *corev1.Pod) (*corev1.Pod, *resize.Pending) {
	if w.promise == nil {
		promise := resize.Recall(pod)
		w.setPromise(promise, pods.Requests(promise))
	}
	promised := resize.Apply(pod, w.promise)
	if promised == pod {
		w.promise = pod
		return pod, nil
	}
	if pod.DeletionTimestamp != nil || pods.Finished(pod) {
		return promised, nil
	}
	w.granting.Lock()
	defer w.granting.Unlock()
	if w.CPUs != nil && (cpus.Exclusive(pod) || cpus.Exclusive(promised)) {
		return promised, &resize.Pending{Reason: corev1.PodReasonInfeasible, Message: "Resize is infeasible for Guaranteed Pods alongside CPU Manager static policy"}
	}
	pending := resize.Decide(pod, w.taken(pod.UID, func(*corev1.Pod) {}), w.Allocatable())
	if pending != nil {
		if w.deferred != *pending {
			w.deferred = *pending
			w.Events.Warning(client.Reference(pod), "Resize"+pending.Reason, "%s", pending.Message)
		}
		return promised, pending
	}
	w.deferred = resize.Pending{}
	w.setPromise(pod, pods.Requests(pod))
	w.Events.Normal(client.Reference(pod), "ResizeStarted", "Pod resize started")
	return pod, nil
}
