package runtime

import (
	"context"
	"strings"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestFigures(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	config := containerConfig("alloc", "20")
	config.Linux.Resources.MemoryLimitInBytes = 100 << 20
	config.Labels = map[string]string{"a": "b"}
	id := b.run(pod, config)
	b.awaitLog(id, "allocated")
	s, err := b.ContainerStats(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if s.Attributes.Id != id || s.Attributes.Labels["a"] != "b" || s.Cpu.UsageCoreNanoSeconds.Value == 0 || s.WritableLayer.UsedBytes.Value != 4096 {
		t.Errorf("%v", s)
	}
	if m := s.Memory; m.RssBytes.Value < 20<<20 || m.WorkingSetBytes.Value < 20<<20 || m.AvailableBytes.Value == 0 || m.AvailableBytes.Value > 80<<20 {
		t.Errorf("memory: %v", m)
	}
	list, err := b.ListContainerStats(ctx, &runtimeapi.ContainerStatsFilter{LabelSelector: map[string]string{"a": "b"}})
	if err != nil || len(list) != 1 {
		t.Errorf("by label: %v, %v", list, err)
	}
	if list, err = b.ListContainerStats(ctx, &runtimeapi.ContainerStatsFilter{LabelSelector: map[string]string{"a": "c"}}); err != nil || len(list) != 0 {
		t.Errorf("by another label: %v, %v", list, err)
	}
	p, err := b.PodSandboxStats(ctx, pod)
	if err != nil {
		t.Fatal(err)
	}
	if p.Linux.Memory.WorkingSetBytes.Value < 20<<20 || len(p.Linux.Containers) != 1 || p.Linux.Process.ProcessCount.Value == 0 || p.Linux.Network == nil {
		t.Errorf("%v", p)
	}
	if pods, err := b.ListPodSandboxStats(ctx, nil); err != nil || len(pods) != 1 {
		t.Errorf("all pods: %v, %v", pods, err)
	}
	if err := b.StopContainer(ctx, id, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ContainerStats(ctx, id); err == nil {
		t.Error("an ended container was measured")
	}
}

func TestEvents(t *testing.T) {
	b := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	ch := make(chan *runtimeapi.ContainerEventResponse, 100)
	connected := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- b.GetContainerEvents(ctx, ch, func(runtimeapi.RuntimeService_GetContainerEventsClient) { close(connected) })
	}()
	<-connected
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	if err := b.StopContainer(ctx, id, 0); err != nil {
		t.Fatal(err)
	}
	if err := b.RemovePodSandbox(ctx, pod); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < 8 {
		select {
		case e := <-ch:
			who := "pod"
			if e.ContainerId == id {
				who = "container"
			}
			if e.PodSandboxStatus.GetId() != pod {
				t.Errorf("%v tells of the sandbox %q", e, e.PodSandboxStatus.GetId())
			}
			got = append(got, who+" "+strings.TrimSuffix(strings.TrimPrefix(e.ContainerEventType.String(), "CONTAINER_"), "_EVENT"))
		case <-time.After(10 * time.Second):
			t.Fatalf("only %v", got)
		}
	}
	want := "pod CREATED, pod STARTED, container CREATED, container STARTED, container STOPPED, container DELETED, pod DELETED"
	want = strings.Replace(want, "container DELETED", "pod STOPPED, container DELETED", 1)
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("got  %s\nwant %s", all, want)
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Error(err)
	}
}

func TestStatusAndVersion(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	status, err := b.Status(ctx, true)
	if err != nil || len(status.Status.Conditions) != 2 || !status.Status.Conditions[0].Status || !status.Status.Conditions[1].Status || status.Info["config"] == "" {
		t.Errorf("%v, %v", status, err)
	}
	version, err := b.Version(ctx, "")
	if err != nil || version.RuntimeName != "argosy" || version.RuntimeApiVersion != "v1" {
		t.Errorf("%v, %v", version, err)
	}
	config, err := b.RuntimeConfig(ctx)
	if err != nil || config.Linux.CgroupDriver != runtimeapi.CgroupDriver_CGROUPFS {
		t.Errorf("%v, %v", config, err)
	}
	if err := b.CheckpointContainer(ctx, nil); err == nil {
		t.Error("a checkpoint was made")
	}
	for _, bad := range []*runtimeapi.PodSandboxConfig{nil, {}, {Metadata: &runtimeapi.PodSandboxMetadata{Name: "x"}}} {
		if _, err := b.RunPodSandbox(ctx, bad, ""); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
	if _, err := b.RunPodSandbox(ctx, b.podConfig(), "kata"); err == nil {
		t.Error("an unknown handler was accepted")
	}
}
