package payload

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestConfigMap(t *testing.T) {
	m := &corev1.ConfigMap{Data: map[string]string{"a": "1"}, BinaryData: map[string][]byte{"b": {0}}}
	all, err := ConfigMap(m, "m", nil, 0o644, nil)
	if err != nil || len(all) != 2 || string(all["a"].Data) != "1" || all["b"].Mode != 0o644 {
		t.Errorf("all keys: %v, %v", all, err)
	}
	some, err := ConfigMap(m, "m", []corev1.KeyToPath{{Key: "a", Path: "x/y", Mode: ptr.To(int32(0o400))}}, 0o644, nil)
	if err != nil || len(some) != 1 || some["x/y"].Mode != 0o400 {
		t.Errorf("one key: %v, %v", some, err)
	}
	if _, err := ConfigMap(m, "m", []corev1.KeyToPath{{Key: "none", Path: "x"}}, 0o644, nil); err == nil {
		t.Error("a key that is not there: want an error")
	}
	if files, err := ConfigMap(nil, "m", nil, 0o644, ptr.To(true)); err != nil || len(files) != 0 {
		t.Errorf("an optional map that is not there: %v, %v", files, err)
	}
	if _, err := ConfigMap(nil, "m", nil, 0o644, nil); err == nil || !strings.Contains(err.Error(), `configmap "m" not found`) {
		t.Errorf("a map that is not there: %v", err)
	}
	for _, p := range []string{"", "/x", "..", "../x", "a/../../x", "..data/x", "."} {
		if _, err := ConfigMap(m, "m", []corev1.KeyToPath{{Key: "a", Path: p}}, 0o644, nil); err == nil {
			t.Errorf("path %q: want an error", p)
		}
	}
}

func TestDownward(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n"}}
	files, err := Downward(pod, []corev1.DownwardAPIVolumeFile{{Path: "ns", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}}, 0o444, nil)
	if err != nil || string(files["ns"].Data) != "n" || files["ns"].Mode != 0o444 {
		t.Errorf("%v, %v", files, err)
	}
}
