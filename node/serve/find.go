package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/podconfig"
)

// refusal is an error with the HTTP status that it is answered with.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return r.text }

func refuse(code int, format string, args ...any) error {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// answer writes an error as plain text.
func answer(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	var r *refusal
	if errors.As(err, &r) {
		code = r.code
	}
	http.Error(w, err.Error(), code)
}

// pod finds the pod of a request's path.
func (n *node) pod(r *http.Request) (*corev1.Pod, error) {
	namespace, name := r.PathValue("namespace"), r.PathValue("pod")
	pod, ok := n.Pod(namespace, name)
	if !ok {
		return nil, refuse(http.StatusNotFound, "pod %q not found in namespace %q on this node", name, namespace)
	}
	return pod, nil
}

// podAndContainer finds the pod and the name of the container of a request's path.
func (n *node) podAndContainer(r *http.Request) (*corev1.Pod, string, error) {
	pod, err := n.pod(r)
	if err != nil {
		return nil, "", err
	}
	name := r.PathValue("container")
	if !has(&pod.Spec, name) {
		return nil, "", refuse(http.StatusNotFound, "container %q not found in pod %q", name, pod.Name)
	}
	return pod, name, nil
}

func has(spec *corev1.PodSpec, container string) bool {
	named := func(c corev1.Container) bool { return c.Name == container }
	return slices.ContainsFunc(spec.Containers, named) || slices.ContainsFunc(spec.InitContainers, named) ||
		slices.ContainsFunc(spec.EphemeralContainers, func(c corev1.EphemeralContainer) bool { return c.Name == container })
}

// runs are the runs of a pod's container that the runtime still knows, the newest first.
func (n *node) runs(ctx context.Context, pod *corev1.Pod, container string) ([]*runtimeapi.Container, error) {
	list, err := n.Runtime.ListContainers(ctx, &runtimeapi.ContainerFilter{LabelSelector: map[string]string{
		podconfig.PodUIDLabel: string(pod.UID), podconfig.ContainerNameLabel: container,
	}})
	if err != nil {
		return nil, fmt.Errorf("listing the pod's containers: %w", err)
	}
	slices.SortFunc(list, func(a, b *runtimeapi.Container) int {
		return cmp.Or(cmp.Compare(b.GetMetadata().GetAttempt(), a.GetMetadata().GetAttempt()), cmp.Compare(b.CreatedAt, a.CreatedAt))
	})
	return list, nil
}

// running is the id of the run that goes on.
func (n *node) running(ctx context.Context, pod *corev1.Pod, container string) (string, error) {
	runs, err := n.runs(ctx, pod, container)
	if err != nil {
		return "", err
	}
	for _, run := range runs {
		if run.State == runtimeapi.ContainerState_CONTAINER_RUNNING {
			return run.Id, nil
		}
	}
	return "", refuse(http.StatusNotFound, "container not found (%q)", container)
}

// sandbox is the id of the pod's sandbox that goes on.
func (n *node) sandbox(ctx context.Context, pod *corev1.Pod) (string, error) {
	list, err := n.Runtime.ListPodSandbox(ctx, &runtimeapi.PodSandboxFilter{
		LabelSelector: map[string]string{podconfig.PodUIDLabel: string(pod.UID)},
		State:         &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY},
	})
	if err != nil {
		return "", fmt.Errorf("listing the pod's sandboxes: %w", err)
	}
	if len(list) == 0 {
		return "", refuse(http.StatusNotFound, "pod %q is not running", pod.Name)
	}
	newest := slices.MaxFunc(list, func(a, b *runtimeapi.PodSandbox) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	return newest.Id, nil
}

// logged finds the run whose log is wanted: the newest that has started, or with previous the last that has ended before the present one. The errors
// are in the kubelet's words, which people and programs look for.
func (n *node) logged(ctx context.Context, pod *corev1.Pod, container string, previous bool) (string, error) {
	runs, err := n.runs(ctx, pod, container)
	if err != nil {
		return "", err
	}
	runs = slices.DeleteFunc(runs, func(c *runtimeapi.Container) bool { return c.State == runtimeapi.ContainerState_CONTAINER_CREATED })
	waiting := waitingFor(pod, container)
	if previous {
		// While a restart is waited for, the last run is the previous one already.
		if waiting == "" || len(runs) > 0 && runs[0].State == runtimeapi.ContainerState_CONTAINER_RUNNING {
			runs = runs[min(1, len(runs)):]
		}
		if len(runs) == 0 {
			return "", refuse(http.StatusBadRequest, "previous terminated container %q in pod %q not found", container, pod.Name)
		}
		return runs[0].Id, nil
	}
	switch {
	case len(runs) > 0:
		return runs[0].Id, nil
	case waiting == "ErrImagePull":
		return "", refuse(http.StatusBadRequest, "container %q in pod %q is waiting to start: image can't be pulled", container, pod.Name)
	case waiting == "ImagePullBackOff":
		return "", refuse(http.StatusBadRequest, "container %q in pod %q is waiting to start: trying and failing to pull image", container, pod.Name)
	case waiting != "":
		return "", refuse(http.StatusBadRequest, "container %q in pod %q is waiting to start: %s", container, pod.Name, waiting)
	}
	return "", refuse(http.StatusBadRequest, "container %q in pod %q is not available", container, pod.Name)
}

// waitingFor is why a container does not run, as its status says; "" where it does or did.
func waitingFor(pod *corev1.Pod, container string) string {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses} {
		for i := range list {
			if list[i].Name != container {
				continue
			}
			if list[i].State.Waiting == nil {
				return ""
			}
			return cmp.Or(list[i].State.Waiting.Reason, "ContainerCreating")
		}
	}
	if pod.Status.Phase == corev1.PodPending || pod.Status.Phase == "" {
		return "ContainerCreating" // the node has not told anything yet
	}
	return ""
}
