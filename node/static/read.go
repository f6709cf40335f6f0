package static

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// The annotations by which a static pod, and its mirror, tell where they come from.
const (
	SourceAnnotation = "kubernetes.io/config.source"
	HashAnnotation   = "kubernetes.io/config.hash"
)

// manifestMax bounds what is read of a file.
const manifestMax = 10 << 20

// Reader reads manifests.
type Reader struct {
	Dir      string
	NodeName string
	// Decode makes a pod of a manifest, JSON or YAML, with its defaults, or says what is wrong with it.
	Decode func(manifest []byte) (*corev1.Pod, error)
}

// Pods reads every manifest of the directory. The error names the files that hold no pod; the others' pods are returned all the same. A
// directory that is not there holds none.
func (r Reader) Pods() ([]*corev1.Pod, error) {
	entries, err := os.ReadDir(r.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the directory of static pods: %w", err)
	}
	var list []*corev1.Pod
	var faults []error
	names := map[string]string{}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		pod, err := r.pod(filepath.Join(r.Dir, e.Name()))
		if err == nil {
			if other := names[pod.Namespace+"/"+pod.Name]; other != "" {
				err = fmt.Errorf("the pod %s/%s is that of %s already", pod.Namespace, pod.Name, other)
			}
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("the static pod of %s: %w", e.Name(), err))
			continue
		}
		names[pod.Namespace+"/"+pod.Name] = e.Name()
		list = append(list, pod)
	}
	return list, errors.Join(faults...)
}

func (r Reader) pod(path string) (*corev1.Pod, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > manifestMax {
		return nil, fmt.Errorf("it is no file of less than %d bytes", manifestMax)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pod, err := r.Decode(data)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", r.NodeName, path)
	sum.Write(data)
	return r.complete(pod, hex.EncodeToString(sum.Sum(nil)[:16])), nil
}

// complete makes a manifest's pod this node's.
func (r Reader) complete(pod *corev1.Pod, hash string) *corev1.Pod {
	pod.UID = types.UID(hash)
	pod.Name += "-" + r.NodeName
	if pod.Namespace == "" {
		pod.Namespace = corev1.NamespaceDefault
	}
	pod.Spec.NodeName = r.NodeName
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations[SourceAnnotation], pod.Annotations[HashAnnotation] = "file", hash
	// It is this machine's own: no taint sends it away.
	pod.Spec.Tolerations = append(pod.Spec.Tolerations, corev1.Toleration{Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute})
	pod.Status = corev1.PodStatus{Phase: corev1.PodPending}
	return pod
}

// Mirror is the object that shows a static pod in the API.
func Mirror(pod *corev1.Pod, node *corev1.Node) *corev1.Pod {
	m := pod.DeepCopy()
	m.ObjectMeta = metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, Labels: m.Labels, Annotations: m.Annotations}
	m.Annotations[corev1.MirrorPodAnnotationKey] = string(pod.UID)
	m.Status = corev1.PodStatus{}
	if node != nil {
		m.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID, Controller: ptr.To(true)}}
	}
	return m
}

// Of is the uid of the static pod that a pod mirrors; "" where it mirrors none.
func Of(pod *corev1.Pod) types.UID { return types.UID(pod.Annotations[corev1.MirrorPodAnnotationKey]) }

// Own is the pod that the machine runs for one of the API: for a mirror, what it mirrors.
func Own(pod *corev1.Pod) *corev1.Pod {
	uid := Of(pod)
	if uid == "" {
		return pod
	}
	own := pod.DeepCopy()
	own.UID = uid
	return own
}
