package static

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// reader reads manifests that are nothing but names.
func reader(dir string) Reader {
	return Reader{Dir: dir, NodeName: "n", Decode: func(b []byte) (*corev1.Pod, error) {
		name := strings.TrimSpace(string(b))
		if name == "bad" {
			return nil, errors.New("no pod")
		}
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}, nil
	}}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPods(t *testing.T) {
	dir := t.TempDir()
	r := reader(dir)
	write(t, dir, "a.yaml", "web")
	first, err := r.Pods()
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	p := first[0]
	if p.Name != "web-n" || p.Namespace != "default" || p.Spec.NodeName != "n" || p.UID == "" || p.Annotations[HashAnnotation] != string(p.UID) || p.Annotations[SourceAnnotation] != "file" || len(p.Spec.Tolerations) != 1 {
		t.Errorf("%+v", p)
	}
	write(t, dir, ".hidden", "bad")
	write(t, dir, "b.yaml", "bad")
	write(t, dir, "c.yaml", "web")
	again, err := r.Pods()
	if len(again) != 1 || again[0].UID != p.UID {
		t.Errorf("%+v, want the same pod alone", again)
	}
	if err == nil || !strings.Contains(err.Error(), "the static pod of b.yaml: no pod") || !strings.Contains(err.Error(), "the static pod of c.yaml: the pod default/web-n is that of a.yaml already") {
		t.Errorf("%v", err)
	}
	write(t, dir, "a.yaml", "web\n")
	if changed, _ := r.Pods(); len(changed) != 1 || changed[0].UID == p.UID {
		t.Error("a file that changed has the same pod")
	}
	if none, err := reader(filepath.Join(dir, "none")).Pods(); len(none) != 0 || err != nil {
		t.Error(none, err)
	}
}

func TestMirrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "web")
	list, err := reader(dir).Pods()
	if err != nil {
		t.Fatal(err)
	}
	m := Mirror(list[0], &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", UID: "u"}})
	m.UID = "other"
	if Of(m) != list[0].UID || Own(m).UID != list[0].UID || Of(list[0]) != "" || len(m.OwnerReferences) != 1 {
		t.Errorf("%+v", m)
	}
}
