package rules

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestShownPod(t *testing.T) {
	spec := &corev1.PodSpec{
		HostNetwork:              true,
		DeprecatedServiceAccount: "a",
		ServiceAccountName:       "a",
		Volumes:                  []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/x"}}}},
	}
	text, err := json.Marshal(Shown(spec))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"Volumes":[{"Name":"v","HostPath":{"Path":"/x","Type":null},"EmptyDir":null,"GCEPersistentDisk":null,`,
		`"NodeName":"","SecurityContext":{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"HostUsers":null,"SELinuxOptions":null,`,
		`"Resources":null,"HostnameOverride":null,"SchedulingGroup":null}`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s\nis not in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "DeprecatedServiceAccount") {
		t.Errorf("an old name is shown: %s", text)
	}
}

func TestChangesAreBounded(t *testing.T) {
	if got, want := Changes(&corev1.Volume{Name: "b"}, &corev1.Volume{Name: "a"}), "- \"Name\": \"a\",\n+ \"Name\": \"b\",\n"; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
	// The worst that may be compared, and what is larger.
	for _, n := range []int{30, 60, 120, 5000} {
		pod := func(name string) *corev1.PodSpec {
			spec := &corev1.PodSpec{}
			for range n {
				spec.Volumes = append(spec.Volumes, corev1.Volume{Name: name})
			}
			return spec
		}
		began := time.Now()
		Changes(pod("a"), pod("b"))
		took := time.Since(began)
		t.Logf("%d volumes: %v", n, took)
		if took > time.Second {
			t.Errorf("%d volumes took %v", n, took)
		}
	}
}
