package rootca

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDecide(t *testing.T) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns"}, Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive}}
	right := Decide(ns, nil, "PEM")
	if right == nil || right.Name != "kube-root-ca.crt" || right.Namespace != "ns" || right.Data["ca.crt"] != "PEM" {
		t.Fatalf("want the map: %v", right)
	}
	if again := Decide(ns, right, "PEM"); again != nil {
		t.Error("nothing needs to be written")
	}
	for name, edit := range map[string]func(*corev1.ConfigMap){
		"other certificates": func(m *corev1.ConfigMap) { m.Data["ca.crt"] = "OLD" },
		"no certificates":    func(m *corev1.ConfigMap) { m.Data = nil },
		"something beside":   func(m *corev1.ConfigMap) { m.Data["x"] = "y" },
		"bytes beside":       func(m *corev1.ConfigMap) { m.BinaryData = map[string][]byte{"x": nil} },
		"no annotation":      func(m *corev1.ConfigMap) { m.Annotations = nil },
	} {
		wrong := right.DeepCopy()
		edit(wrong)
		wrong.Labels = map[string]string{"kept": "yes"}
		before := wrong.DeepCopy()
		got := Decide(ns, wrong, "PEM")
		if got == nil || got.Data["ca.crt"] != "PEM" || len(got.Data) != 1 || got.BinaryData != nil || got.Labels["kept"] != "yes" {
			t.Errorf("%s: got %v", name, got)
		}
		if before.String() != wrong.String() {
			t.Errorf("%s: the argument was changed", name)
		}
	}
	ns.Status.Phase = corev1.NamespaceTerminating
	if Decide(ns, nil, "PEM") != nil {
		t.Error("a namespace that goes needs none")
	}
}
