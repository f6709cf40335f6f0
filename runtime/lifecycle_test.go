package runtime

import (
	"context"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestContainerRunsToItsEnd(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.create(pod, containerConfig("echo", "hello", "world"))
	if got := b.status(id); got.State != runtimeapi.ContainerState_CONTAINER_CREATED || got.StartedAt != 0 {
		t.Errorf("after create: %v", got)
	}
	if err := b.StartContainer(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	status := b.wait(id)
	if status.State != runtimeapi.ContainerState_CONTAINER_EXITED || status.ExitCode != 0 || status.Reason != "Completed" || status.FinishedAt < status.StartedAt || status.StartedAt < status.CreatedAt {
		t.Errorf("after its end: %v", status)
	}
	if got := b.log(id); got != "hello world\n" {
		t.Errorf("it wrote %q", got)
	}
	if err := b.StartContainer(context.Background(), id); err == nil || !strings.Contains(err.Error(), "EXITED") {
		t.Errorf("starting it again: %v", err)
	}
}
