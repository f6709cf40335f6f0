package kinds_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

func TestTyped(t *testing.T) {
	pod, old := &corev1.Pod{}, &corev1.Pod{}
	old.Name = "old"
	kinds.Do(func(p *corev1.Pod) { p.Name = "a" })(pod)
	kinds.DoWith(func(p, old *corev1.Pod) { p.Namespace = old.Name })(pod, old)
	if pod.Name != "a" || pod.Namespace != "old" {
		t.Errorf("got %s/%s", pod.Namespace, pod.Name)
	}
	created := kinds.AskWith(func(p, old *corev1.Pod) bool { return old == nil })
	if !created(pod, nil) || created(pod, old) {
		t.Error("on create there is no old object")
	}
	validate := kinds.Ask(func(*corev1.Pod) field.ErrorList { return field.ErrorList{field.Required(nil, "")} })
	if len(validate(pod)) != 1 {
		t.Error("the answer was lost")
	}
}

func TestPrefix(t *testing.T) {
	for want, k := range map[string]*kinds.Kind{
		"/registry/pods/":           {Resource: "pods"},
		"/registry/services/specs/": {Resource: "services", StorePath: "services/specs"},
	} {
		if got := k.Prefix(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestGroupLess(t *testing.T) {
	order := []string{"", "apps", "events.k8s.io", "rbac.authorization.k8s.io", "flowcontrol.apiserver.k8s.io", "a.example.com", "b.example.com"}
	for i := range order {
		for j := range order {
			if got := kinds.GroupLess(order[i], order[j]); got != (i < j) {
				t.Errorf("GroupLess(%q, %q) = %v", order[i], order[j], got)
			}
		}
	}
}
