package runtimeclass

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

type classes map[string]*nodev1.RuntimeClass

func (c classes) RuntimeClass(name string) (*nodev1.RuntimeClass, bool) {
	class, ok := c[name]
	return class, ok
}

func cpu(q string) corev1.ResourceList { return corev1.ResourceList{"cpu": quantity.MustParse(q)} }

func TestPods(t *testing.T) {
	p := Plugin{classes{
		"plain": {},
		"heavy": {Overhead: &nodev1.Overhead{PodFixed: cpu("100m")}, Scheduling: &nodev1.Scheduling{
			NodeSelector: map[string]string{"runtime": "heavy"},
			Tolerations:  []corev1.Toleration{{Key: "heavy", Operator: corev1.TolerationOpExists}, {Key: "other", Value: "x"}},
		}},
	}}
	heavy := corev1.PodSpec{RuntimeClassName: new("heavy"), Overhead: cpu("100m"), NodeSelector: map[string]string{"runtime": "heavy"},
		Tolerations: []corev1.Toleration{{Key: "heavy", Operator: corev1.TolerationOpExists}, {Key: "other", Value: "x"}}}
	for _, c := range []struct {
		name       string
		spec, want corev1.PodSpec
		refused    string
	}{
		{name: "no class"},
		{name: "a class that says nothing", spec: corev1.PodSpec{RuntimeClassName: new("plain")}, want: corev1.PodSpec{RuntimeClassName: new("plain")}},
		{name: "completed", spec: corev1.PodSpec{RuntimeClassName: new("heavy")}, want: heavy},
		{name: "what the class says better", want: heavy, spec: corev1.PodSpec{RuntimeClassName: new("heavy"), Overhead: cpu("100m"),
			Tolerations: []corev1.Toleration{{Key: "heavy", Value: "1", Effect: corev1.TaintEffectNoExecute}}}},
		{name: "unknown", spec: corev1.PodSpec{RuntimeClassName: new("x")}, refused: `pods "p" is forbidden: pod rejected: RuntimeClass "x" not found`},
		{name: "another overhead", spec: corev1.PodSpec{RuntimeClassName: new("heavy"), Overhead: cpu("1")}, refused: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"},
		{name: "overhead alone", spec: corev1.PodSpec{Overhead: cpu("1")}, refused: "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"},
		{name: "another node", spec: corev1.PodSpec{RuntimeClassName: new("heavy"), NodeSelector: map[string]string{"runtime": "y"}},
			refused: "conflict: runtimeClass.scheduling.nodeSelector[runtime] = heavy; pod.spec.nodeSelector[runtime] = y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: c.spec}
			a := &resource.Attempt{Operation: resource.Create, Object: pod}
			a.Resource = &resource.Resource{Kind: &kinds.Kind{Resource: "pods"}}
			a.Name = "p"
			err := p.Mutate(t.Context(), a)
			if err == nil {
				err = p.Validate(t.Context(), a)
			}
			switch {
			case c.refused != "":
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("got %v, want %s", err, c.refused)
				}
			case err != nil:
				t.Error(err)
			case !equality.Semantic.DeepEqual(pod.Spec, c.want):
				t.Errorf("got %+v, want %+v", pod.Spec, c.want)
			}
		})
	}
}
