package remote

import (
	"slices"
	"strings"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestPath(t *testing.T) {
	for endpoint, want := range map[string]string{"unix:///run/c.sock": "/run/c.sock", "/run/c.sock": "/run/c.sock"} {
		if got, err := Path(endpoint); err != nil || got != want {
			t.Errorf("%s: %q, %v", endpoint, got, err)
		}
	}
	for _, endpoint := range []string{"", "tcp://localhost:1", "unix://run/c.sock", "npipe:////./pipe/x", "c.sock", "%"} {
		if got, err := Path(endpoint); err == nil {
			t.Errorf("%s: %q", endpoint, got)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	began := time.Now()
	_, err := Dial(t.Context(), "unix://"+t.TempDir()+"/c.sock")
	if err == nil || !strings.Contains(err.Error(), "is it running") || time.Since(began) > 2*reach {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// What happened between two lists.
func TestCompare(t *testing.T) {
	pod := &runtimeapi.PodSandboxMetadata{Uid: "u1"}
	const started, stopped, created, deleted = runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT,
		runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT
	before := map[string]seen{"s1": {pod, "s1", started}, "same": {pod, "s1", started}, "ends": {pod, "s1", started}, "goes": {pod, "s1", stopped}}
	now := map[string]seen{"s1": {pod, "s1", started}, "same": {pod, "s1", started}, "ends": {pod, "s1", stopped}, "new": {pod, "s1", created}}
	var got []string
	for _, e := range compare(before, now, time.Unix(1, 0)) {
		if e.PodSandboxStatus.Metadata.Uid != "u1" || e.PodSandboxStatus.Id != "s1" || e.CreatedAt != int64(time.Second) {
			t.Errorf("%v", e)
		}
		got = append(got, e.ContainerId+" "+e.ContainerEventType.String())
	}
	slices.Sort(got)
	if want := []string{"ends " + stopped.String(), "goes " + deleted.String(), "new " + created.String()}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
