package volume

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

type sources struct{ tokens int }

func (*sources) ConfigMap(_, name string) (*corev1.ConfigMap, bool) {
	return &corev1.ConfigMap{Data: map[string]string{"ca.crt": "CA"}}, name == "kube-root-ca.crt"
}

func (*sources) Secret(string, string) (*corev1.Secret, bool) { return nil, false }

func (*sources) Claim(string, string) (*corev1.PersistentVolumeClaim, bool) { return nil, false }

func (*sources) Volume(string) (*corev1.PersistentVolume, bool) { return nil, false }

func (s *sources) Token(_ context.Context, _ *corev1.Pod, audience string, seconds int64) (Token, error) {
	s.tokens++
	return Token{Value: "token for " + audience, Expires: time.Now().Add(time.Duration(seconds) * time.Second)}, nil
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
}

func pod(volumes ...corev1.Volume) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n", UID: "u-1"}, Spec: corev1.PodSpec{Volumes: volumes}}
}

func projected() corev1.Volume {
	return corev1.Volume{Name: "api", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", ExpirationSeconds: ptr.To(int64(3607))}},
		{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}}},
		{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}}}},
	}}}}
}

func TestPodVolumes(t *testing.T) {
	needRoot(t)
	src := &sources{}
	s := &Set{Dir: t.TempDir(), Sources: src, Allocatable: func() corev1.ResourceList { return nil }}
	p := pod(projected(), corev1.Volume{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		corev1.Volume{Name: "fast", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}})
	ctx := context.Background()
	for range 2 {
		m, err := s.Prepare(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		for file, want := range map[string]string{"token": "token for ", "ca.crt": "CA", "namespace": "n"} {
			if data, err := os.ReadFile(filepath.Join(m["api"].Path, file)); err != nil || string(data) != want {
				t.Errorf("%s: %q, %v", file, data, err)
			}
		}
		if err := os.WriteFile(filepath.Join(m["scratch"].Path, "kept"), []byte("x"), 0o600); err != nil {
			t.Error(err)
		}
	}
	if src.tokens != 1 {
		t.Errorf("%d tokens were issued for two looks, want 1", src.tokens)
	}
	sub, err := s.SubPath(p, Mount{Path: filepath.Join(s.podDir(p.UID), "volumes", "scratch")}, "a/b", "c-0")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sub, "f"), nil, 0o600); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(s.podDir(p.UID), "volumes", "scratch", "a", "b", "f")); err != nil {
		t.Errorf("what was written through the sub-path is not in the volume: %v", err)
	}
	for range 2 {
		if err := s.Cleanup(ctx, p.UID); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(s.Dir); err != nil || len(entries) != 0 {
		t.Errorf("after cleanup: %v, %v", entries, err)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || strings.Contains(string(mounts), s.Dir) {
		t.Errorf("something is still mounted below %s", s.Dir)
	}
}

func TestSubPathStaysInTheVolume(t *testing.T) {
	needRoot(t)
	s := &Set{Dir: t.TempDir()}
	p := pod()
	root := t.TempDir()
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"link/x", "../x", "link"} {
		target, err := s.SubPath(p, Mount{Path: root}, path, "c-1")
		if err != nil {
			continue // refused is as good as kept within
		}
		if err := os.WriteFile(filepath.Join(target, "f"), nil, 0o600); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 0 {
		t.Errorf("a sub-path led out of its volume: %v, %v", entries, err)
	}
	if err := s.Cleanup(context.Background(), p.UID); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	s := &Set{Dir: t.TempDir(), Sources: &sources{}}
	_, err := s.Prepare(context.Background(), pod(
		corev1.Volume{Name: "a", VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{}}},
		corev1.Volume{Name: "b", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "none"}}}}))
	if err == nil || !strings.Contains(err.Error(), `volume "a" : volumes of type csi are not supported`) || !strings.Contains(err.Error(), `volume "b" : configmap "none" not found`) {
		t.Errorf("got %v", err)
	}
	if err := s.Cleanup(context.Background(), "../x"); err == nil {
		t.Error("cleaning up something that is no uid: want an error")
	}
}
