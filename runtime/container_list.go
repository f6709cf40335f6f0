package runtime

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

// ContainerStatus tells what a container is and how it ended; with verbose also what it is made of.
func (r *Runtime) ContainerStatus(_ context.Context, id string, verbose bool) (*runtimeapi.ContainerStatusResponse, error) {
	c, err := r.container(id)
	if err != nil {
		return nil, err
	}
	response := &runtimeapi.ContainerStatusResponse{Status: containerStatus(c)}
	if verbose {
		rec, p := c.snapshot()
		info, err := json.Marshal(map[string]any{"sandboxID": rec.SandboxID, "pid": p.PID, "rootfs": rec.Root, "user": rec.User})
		if err != nil {
			return nil, err
		}
		response.Info = map[string]string{"info": string(info)}
	}
	return response, nil
}

func containerStatus(c *container) *runtimeapi.ContainerStatus {
	rec, p := c.snapshot()
	reason := rec.Reason
	if reason == "" {
		reason = reasonOf(p)
	}
	status := &runtimeapi.ContainerStatus{
		Id: c.id, Metadata: rec.Config.GetMetadata(), State: stateOf(p), CreatedAt: rec.CreatedAt, StartedAt: p.Started,
		FinishedAt: p.Finished, ExitCode: p.Code, Image: rec.Config.GetImage(), ImageRef: rec.ImageRef, ImageId: rec.ImageID,
		Reason: reason, Message: rec.Message, Labels: rec.Config.GetLabels(), Annotations: rec.Config.GetAnnotations(),
		Mounts: rec.Config.GetMounts(), LogPath: rec.LogPath, StopSignal: stopSignalName(&rec),
		Resources: &runtimeapi.ContainerResources{Linux: rec.resources()},
		User:      &runtimeapi.ContainerUser{Linux: &runtimeapi.LinuxContainerUser{Uid: int64(rec.User.UID), Gid: int64(rec.User.GID)}},
	}
	for _, g := range rec.User.Groups {
		status.User.Linux.SupplementalGroups = append(status.User.Linux.SupplementalGroups, int64(g))
	}
	return status
}

// reasonOf says in the field's words why a container is not running.
func reasonOf(p wire.Process) string {
	switch {
	case p.Finished == 0:
		return ""
	case p.OOMKilled:
		return "OOMKilled"
	case p.Code == 0:
		return "Completed"
	}
	return "Error"
}

// ListContainers lists the containers that pass the filter, the newest first.
func (r *Runtime) ListContainers(_ context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	list := []*runtimeapi.Container{}
	for _, c := range r.selectContainers(filter.GetId(), filter.GetPodSandboxId(), filter.GetLabelSelector()) {
		rec, p := c.snapshot()
		if filter.GetState() != nil && filter.GetState().GetState() != stateOf(p) {
			continue
		}
		list = append(list, &runtimeapi.Container{
			Id: c.id, PodSandboxId: rec.SandboxID, Metadata: rec.Config.GetMetadata(), Image: rec.Config.GetImage(),
			ImageRef: rec.ImageRef, ImageId: rec.ImageID, State: stateOf(p), CreatedAt: rec.CreatedAt,
			Labels: rec.Config.GetLabels(), Annotations: rec.Config.GetAnnotations(),
		})
	}
	slices.SortFunc(list, func(a, b *runtimeapi.Container) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	return list, nil
}

// selectContainers picks by id, sandbox and labels; an empty wish fits all.
func (r *Runtime) selectContainers(id, sandboxID string, labels map[string]string) []*container {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var only *container
	if id != "" {
		var ok bool
		if only, ok = lookup(r.containers, id); !ok {
			return nil
		}
	}
	if sandboxID != "" {
		s, ok := lookup(r.sandboxes, sandboxID)
		if !ok {
			return nil
		}
		sandboxID = s.id
	}
	var list []*container
	for _, c := range r.containers {
		if (only == nil || c == only) && (sandboxID == "" || c.record.SandboxID == sandboxID) && matches(c.record.Config.GetLabels(), labels) {
			list = append(list, c)
		}
	}
	return list
}
