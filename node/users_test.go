package node

import (
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestHostIDs(t *testing.T) {
	for name, test := range map[string]struct {
		subuid, subgid string
		want           idRange
		fails          bool
	}{
		"nothing said": {"alice:100000:65536\n", "", idRange{65536, 65536 * 110}, false},
		"given":        {"alice:1:2\nkubelet:131072:6553600\n", "kubelet:131072:6553600\n", idRange{131072, 6553600}, false},
		"one only":     {"kubelet:131072:6553600\n", "", idRange{}, true},
		"different":    {"kubelet:131072:6553600\n", "kubelet:196608:6553600\n", idRange{}, true},
		"crooked":      {"kubelet:100000:6553600\n", "kubelet:100000:6553600\n", idRange{}, true},
		"too few":      {"kubelet:131072:1000\n", "kubelet:131072:1000\n", idRange{}, true},
	} {
		if got, err := hostIDs(test.subuid, test.subgid, 110); got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	r := idRange{65536, 2 * 65536}
	if first, ok := r.free(map[uint64]bool{65536: true}); !ok || first != 131072 {
		t.Errorf("the second block: %d, %v", first, ok)
	}
	if first, ok := r.free(map[uint64]bool{65536: true, 131072: true}); ok {
		t.Errorf("of no blocks: %d", first)
	}
}

// Each pod has ids of its own, keeps them, and leaves them to others when it goes.
func TestTakeIDs(t *testing.T) {
	a := &Agent{Options: Options{Dir: t.TempDir(), MaxPods: 2}}
	take := func(uid types.UID) (uint32, error) {
		if err := os.MkdirAll(a.podDir(uid), 0o755); err != nil {
			t.Fatal(err)
		}
		err := a.takeIDs(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: uid}})
		return a.firstID(uid), err
	}
	one, err1 := take("one")
	again, err2 := take("one")
	two, err3 := take("two")
	if err1 != nil || err2 != nil || err3 != nil || one == 0 || one != again || two == one {
		t.Fatalf("%d %d %d, %v %v %v", one, again, two, err1, err2, err3)
	}
	if _, err := take("three"); err == nil && etc("subuid") == "" {
		t.Error("a third pod had ids, too")
	}
	if err := os.RemoveAll(a.podDir("one")); err != nil {
		t.Fatal(err)
	}
	if three, err := take("three"); err != nil || three != one {
		t.Errorf("after the first went: %d, %v", three, err)
	}
}
