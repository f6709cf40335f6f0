package podconfig

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Labels and annotations by which the agent finds a pod's parts in the runtime again; the label names are those that CRI
// tools (crictl) know.
const (
	PodNameLabel       = "io.kubernetes.pod.name"
	PodNamespaceLabel  = "io.kubernetes.pod.namespace"
	PodUIDLabel        = "io.kubernetes.pod.uid"
	ContainerNameLabel = "io.kubernetes.container.name"

	hashAnnotation               = "io.kubernetes.container.hash"
	restartCountAnnotation       = "io.kubernetes.container.restartCount"
	terminationPathAnnotation    = "io.kubernetes.container.terminationMessagePath"
	terminationPolicyAnnotation  = "io.kubernetes.container.terminationMessagePolicy"
	terminationMessageAnnotation = "dev.argosy.container.terminationMessageFile"
)

func podLabels(pod *corev1.Pod) map[string]string {
	labels := make(map[string]string, len(pod.Labels)+3)
	for k, v := range pod.Labels {
		labels[k] = v
	}
	labels[PodNameLabel], labels[PodNamespaceLabel], labels[PodUIDLabel] = pod.Name, pod.Namespace, string(pod.UID)
	return labels
}

// Hash tells container specs apart that must not run as the same container: name and image. Of what the API lets change in a pod that
// runs only the image needs a new container; resources change in place. What cannot change must not count, or a new field in the API
// would restart every container of a node that is upgraded.
func Hash(c *corev1.Container) string {
	parts := struct {
		Name, Image string
	}{c.Name, c.Image}
	raw, err := json.Marshal(parts)
	if err != nil {
		panic(fmt.Sprintf("podconfig: two strings did not encode: %v", err)) // cannot happen
	}
	h := fnv.New32a()
	_, _ = h.Write(raw) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32()), 16)
}

// Attempt reads the restart count that a container was made with.
func Attempt(annotations map[string]string) uint32 {
	n, err := strconv.ParseUint(annotations[restartCountAnnotation], 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// MadeOf reads the hash of the spec that a container was made of.
func MadeOf(annotations map[string]string) string { return annotations[hashAnnotation] }

// TerminationFile is the file on the host that holds what a container leaves at its end; "" for none.
func TerminationFile(annotations map[string]string) string {
	return annotations[terminationMessageAnnotation]
}

// TerminationPolicy is what a container's message falls back to.
func TerminationPolicy(annotations map[string]string) corev1.TerminationMessagePolicy {
	return corev1.TerminationMessagePolicy(annotations[terminationPolicyAnnotation])
}
