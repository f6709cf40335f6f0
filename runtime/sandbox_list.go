package runtime

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// PodSandboxStatus tells what a sandbox is; with verbose also what it is made of.
func (r *Runtime) PodSandboxStatus(_ context.Context, id string, verbose bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	s, err := r.sandbox(id)
	if err != nil {
		return nil, err
	}
	response := &runtimeapi.PodSandboxStatusResponse{Status: r.sandboxStatus(s), Timestamp: now()}
	if verbose {
		rec := s.snapshot()
		response.Info = map[string]string{
			"supervisorPid": fmt.Sprint(rec.Supervisor), "netns": rec.Netns, "cgroup": rec.Cgroup, "stateDirectory": r.opts.sandboxState(s.id),
		}
	}
	return response, nil
}

func (r *Runtime) sandboxStatus(s *sandbox) *runtimeapi.PodSandboxStatus {
	rec := s.snapshot()
	status := &runtimeapi.PodSandboxStatus{
		Id: s.id, Metadata: rec.Config.GetMetadata(), State: rec.state(), CreatedAt: rec.CreatedAt,
		Labels: rec.Config.GetLabels(), Annotations: rec.Config.GetAnnotations(), RuntimeHandler: rec.Handler,
		Network: &runtimeapi.PodSandboxNetworkStatus{},
		Linux: &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{
			Options: rec.Config.GetLinux().GetSecurityContext().GetNamespaceOptions(),
		}},
	}
	for i, ip := range rec.IPs {
		if i == 0 {
			status.Network.Ip = ip
			continue
		}
		status.Network.AdditionalIps = append(status.Network.AdditionalIps, &runtimeapi.PodIP{Ip: ip})
	}
	return status
}

func (rec *sandboxRecord) state() runtimeapi.PodSandboxState {
	if rec.Ready {
		return runtimeapi.PodSandboxState_SANDBOX_READY
	}
	return runtimeapi.PodSandboxState_SANDBOX_NOTREADY
}

// ListPodSandbox lists the sandboxes that pass the filter, the newest first.
func (r *Runtime) ListPodSandbox(_ context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	only, ok := lookup(r.sandboxes, filter.GetId())
	if filter.GetId() != "" && !ok {
		return nil, nil
	}
	list := make([]*runtimeapi.PodSandbox, 0, len(r.sandboxes))
	for _, s := range r.sandboxes {
		if filter.GetId() != "" && s != only {
			continue
		}
		rec := s.snapshot()
		if filter.GetState() != nil && filter.GetState().GetState() != rec.state() || !matches(rec.Config.GetLabels(), filter.GetLabelSelector()) {
			continue
		}
		list = append(list, &runtimeapi.PodSandbox{
			Id: s.id, Metadata: rec.Config.GetMetadata(), State: rec.state(), CreatedAt: rec.CreatedAt,
			Labels: rec.Config.GetLabels(), Annotations: rec.Config.GetAnnotations(), RuntimeHandler: rec.Handler,
		})
	}
	slices.SortFunc(list, func(a, b *runtimeapi.PodSandbox) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	return list, nil
}
