package node

import (
	"context"
	"fmt"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/podconfig"
	"argosy.dev/node/podplan"
)

// observe asks the runtime what there is of a pod.
func (a *Agent) observe(ctx context.Context, uid types.UID) (podplan.Observed, error) {
	var o podplan.Observed
	byPod := map[string]string{podconfig.PodUIDLabel: string(uid)}
	sandboxes, err := a.Runtime.ListPodSandbox(ctx, &runtimeapi.PodSandboxFilter{LabelSelector: byPod})
	if err != nil {
		return o, fmt.Errorf("listing the pod's sandboxes: %w", err)
	}
	sort.Slice(sandboxes, func(i, j int) bool {
		return sandboxes[i].GetMetadata().GetAttempt() > sandboxes[j].GetMetadata().GetAttempt()
	})
	for i, s := range sandboxes {
		if i > 0 {
			o.OldSandboxes = append(o.OldSandboxes, s.Id)
			continue
		}
		if o.Sandbox, err = a.observeSandbox(ctx, s); err != nil {
			return o, err
		}
	}
	containers, err := a.Runtime.ListContainers(ctx, &runtimeapi.ContainerFilter{LabelSelector: byPod})
	if err != nil {
		return o, fmt.Errorf("listing the pod's containers: %w", err)
	}
	o.Containers = make(map[string]*podplan.Container, len(containers))
	for _, c := range containers {
		seen, err := a.observeContainer(ctx, c)
		if err != nil {
			return o, err
		}
		if seen == nil {
			continue
		}
		newest := o.Containers[seen.Name]
		if newest != nil && !newer(seen, newest) {
			seen, newest = newest, seen
		}
		if newest != nil {
			o.Dead = append(o.Dead, newest)
		}
		o.Containers[seen.Name] = seen
	}
	sort.Slice(o.Dead, func(i, j int) bool { return o.Dead[i].Attempt < o.Dead[j].Attempt })
	return o, nil
}

func newer(a, b *podplan.Container) bool {
	if a.Attempt != b.Attempt {
		return a.Attempt > b.Attempt
	}
	return a.CreatedAt.After(b.CreatedAt)
}

func (a *Agent) observeSandbox(ctx context.Context, s *runtimeapi.PodSandbox) (*podplan.Sandbox, error) {
	status, err := a.Runtime.PodSandboxStatus(ctx, s.Id, false)
	if err != nil {
		return nil, fmt.Errorf("asking for sandbox %s: %w", s.Id, err)
	}
	st := status.Status
	sandbox := &podplan.Sandbox{ID: s.Id, Ready: st.GetState() == runtimeapi.PodSandboxState_SANDBOX_READY,
		Attempt: st.GetMetadata().GetAttempt(), Created: time.Unix(0, st.GetCreatedAt())}
	if ip := st.GetNetwork().GetIp(); ip != "" {
		sandbox.IPs = append(sandbox.IPs, ip)
	}
	for _, ip := range st.GetNetwork().GetAdditionalIps() {
		sandbox.IPs = append(sandbox.IPs, ip.GetIp())
	}
	return sandbox, nil
}

// observeContainer returns nil for a container that went between the list and the question.
func (a *Agent) observeContainer(ctx context.Context, c *runtimeapi.Container) (*podplan.Container, error) {
	response, err := a.Runtime.ContainerStatus(ctx, c.Id, false)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking for container %s: %w", c.Id, err)
	}
	s := response.Status
	seen := &podplan.Container{
		ID: c.Id, Name: s.GetMetadata().GetName(), SandboxID: c.PodSandboxId, Attempt: s.GetMetadata().GetAttempt(),
		Hash: podconfig.MadeOf(s.Annotations), ExitCode: s.ExitCode, Reason: s.Reason, Message: s.Message,
		CreatedAt: time.Unix(0, s.CreatedAt), StartedAt: time.Unix(0, s.StartedAt), FinishedAt: time.Unix(0, s.FinishedAt),
		Image: s.GetImage().GetUserSpecifiedImage(), ImageID: s.ImageRef, LogPath: s.LogPath,
	}
	seen.User = userOf(s.GetUser().GetLinux())
	if r := s.GetResources().GetLinux(); r != nil {
		seen.Limits = podplan.Limits{Known: true, CPUShares: r.CpuShares, CPUQuota: r.CpuQuota, Memory: r.MemoryLimitInBytes}
	}
	if seen.Image == "" {
		seen.Image = s.GetImage().GetImage()
	}
	switch s.State {
	case runtimeapi.ContainerState_CONTAINER_CREATED:
		seen.State = podplan.Created
	case runtimeapi.ContainerState_CONTAINER_RUNNING:
		seen.State = podplan.Running
	case runtimeapi.ContainerState_CONTAINER_EXITED:
		seen.State = podplan.Exited
	default:
		seen.State = podplan.Unknown
	}
	return seen, nil
}

func userOf(u *runtimeapi.LinuxContainerUser) *corev1.LinuxContainerUser {
	if u == nil {
		return nil
	}
	return &corev1.LinuxContainerUser{UID: u.Uid, GID: u.Gid, SupplementalGroups: u.SupplementalGroups}
}
