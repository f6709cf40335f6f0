package limitrange

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

type fake []*corev1.LimitRange

func (f fake) LimitRanges(string) []*corev1.LimitRange { return f }

func list(pairs ...string) corev1.ResourceList {
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = quantity.MustParse(pairs[i+1])
	}
	return l
}

func container(name string, requests, limits corev1.ResourceList) corev1.Container {
	return corev1.Container{Name: name, Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}}
}

func attempt(obj kinds.Object, resourceName string) *resource.Attempt {
	a := &resource.Attempt{Operation: resource.Create, Object: obj}
	a.Resource = &resource.Resource{Kind: &kinds.Kind{GVK: corev1.SchemeGroupVersion.WithKind("X"), Resource: resourceName}}
	a.Namespace, a.Name = "ns", obj.GetName()
	return a
}

func ranges(items ...corev1.LimitRangeItem) fake {
	return fake{{Spec: corev1.LimitRangeSpec{Limits: items}}}
}

func TestDefaults(t *testing.T) {
	p := Plugin{ranges(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Default: list("cpu", "500m", "memory", "100Mi"), DefaultRequest: list("cpu", "100m", "memory", "100Mi")})}
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{container("i", nil, nil)},
		Containers:     []corev1.Container{container("c", nil, nil), container("d", list("cpu", "200m", "memory", "20Mi"), nil), container("e", list("cpu", "1", "memory", "1"), list("cpu", "1", "memory", "1"))},
	}}
	if err := p.Mutate(t.Context(), attempt(pod, "pods")); err != nil {
		t.Fatal(err)
	}
	const want = "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c; cpu, memory limit for container d; " +
		"cpu, memory request for init container i; cpu, memory limit for init container i"
	if got := pod.Annotations[annotation]; got != want {
		t.Errorf("the note says %q", got)
	}
	if got := pod.Spec.Containers[1].Resources; !equality.Semantic.DeepEqual(got, corev1.ResourceRequirements{Requests: list("cpu", "200m", "memory", "20Mi"), Limits: list("cpu", "500m", "memory", "100Mi")}) {
		t.Errorf("d has %v", got)
	}
}

func TestBounds(t *testing.T) {
	item := corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: list("cpu", "1"), Min: list("memory", "10Mi"), MaxLimitRequestRatio: list("cpu", "6")}
	whole := corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: list("cpu", "1")}
	claims := corev1.LimitRangeItem{Type: corev1.LimitTypePersistentVolumeClaim, Max: list("storage", "2Gi"), Min: list("storage", "1Gi")}
	pod := func(containers ...corev1.Container) kinds.Object {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{Containers: containers}}
	}
	claim := func(storage string) kinds.Object {
		return &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PersistentVolumeClaimSpec{Resources: corev1.VolumeResourceRequirements{Requests: list("storage", storage)}}}
	}
	for _, c := range []struct {
		name string
		item corev1.LimitRangeItem
		obj  kinds.Object
		want string
	}{
		{"within", item, pod(container("c", list("cpu", "500m", "memory", "20Mi"), list("cpu", "1"))), ""},
		{"too much", item, pod(container("c", list("cpu", "2", "memory", "20Mi"), list("cpu", "2"))), "maximum cpu usage per Container is 1, but limit is 2"},
		{"too little", item, pod(container("c", list("cpu", "1", "memory", "1Mi"), list("cpu", "1"))), "minimum memory usage per Container is 10Mi, but request is 1Mi"},
		{"ratio", item, pod(container("c", list("cpu", "10m", "memory", "20Mi"), list("cpu", "900m"))), "cpu max limit to request ratio per Container is 6, but provided ratio is 90.000000"},
		{"nothing said", item, pod(container("c", nil, nil)), "[minimum memory usage per Container is 10Mi.  No request is specified, maximum cpu usage per Container is 1.  No limit is specified, " +
			"cpu max limit to request ratio per Container is 6, but no request is specified or request is 0]"},
		{"the pod as a whole", whole, pod(container("c", nil, list("cpu", "600m")), container("d", nil, list("cpu", "600m"))), "maximum cpu usage per Pod is 1, but limit is 1200m"},
		{"a claim", claims, claim("1Gi"), ""},
		{"a small claim", claims, claim("1Mi"), "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"},
		{"a large claim", claims, claim("3Gi"), "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Plugin{ranges(c.item)}.Validate(t.Context(), attempt(c.obj, "pods"))
			got := ""
			if err != nil {
				got = strings.TrimPrefix(err.Error(), `pods "p" is forbidden: `)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What is there already is not judged anew, but for a resize.
func TestUpdates(t *testing.T) {
	p := Plugin{ranges(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: list("cpu", "1")})}
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{container("c", nil, list("cpu", "2"))}}}
	for sub, refused := range map[string]bool{"": false, "status": false, "resize": true} {
		a := attempt(pod, "pods")
		a.Operation, a.Subresource, a.Old = resource.Update, sub, pod
		if err := p.Validate(t.Context(), a); (err != nil) != refused {
			t.Errorf("%q: %v", sub, err)
		}
	}
}
