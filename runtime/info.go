package runtime

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	runtimeName = "argosy"
	// runtimeVersion is the version of the runtime's behaviour, a semantic version as the CRI wants it.
	runtimeVersion = "1.0.0"
	criVersion     = "v1"
)

// Version tells who this is and which version of the CRI it speaks.
func (r *Runtime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: runtimeName, RuntimeVersion: runtimeVersion, RuntimeApiVersion: criVersion}, nil
}

// Status tells whether containers can be run, and with verbose what the machine keeps them from.
func (r *Runtime) Status(_ context.Context, verbose bool) (*runtimeapi.StatusResponse, error) {
	ready := &runtimeapi.RuntimeCondition{Type: runtimeapi.RuntimeReady, Status: true}
	if _, err := os.Stat(r.opts.sandboxRun("")); err != nil {
		ready.Status, ready.Reason, ready.Message = false, "RunDirectoryMissing", err.Error()
	}
	network := &runtimeapi.RuntimeCondition{Type: runtimeapi.NetworkReady, Status: true}
	response := &runtimeapi.StatusResponse{
		Status:          &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{ready, network}},
		RuntimeHandlers: []*runtimeapi.RuntimeHandler{{Features: &runtimeapi.RuntimeHandlerFeatures{RecursiveReadOnlyMounts: true, UserNamespaces: true}}},
		Features:        &runtimeapi.RuntimeFeatures{SupplementalGroupsPolicy: true},
	}
	if verbose {
		info, err := json.Marshal(map[string]any{
			"cgroups": r.cgroups.String(), "missingControllers": r.cgroups.Missing(), "warnings": r.Warnings(),
			"appArmor": r.host.appArmor, "seLinux": r.host.seLinux, "state": r.opts.State, "run": r.opts.Run,
		})
		if err != nil {
			return nil, err
		}
		response.Info = map[string]string{"config": string(info)}
	}
	return response, nil
}

// Warnings lists what containers may ask for and this machine cannot give in full, in words for people.
func (r *Runtime) Warnings() []string {
	list := append([]string(nil), r.host.warnings...)
	if missing := r.cgroups.Missing(); len(missing) > 0 {
		list = append(list, "the kernel has no cgroup controllers "+strings.Join(missing, ", ")+": their limits are not enforced")
	}
	return list
}

// RuntimeConfig tells how cgroups are driven.
func (r *Runtime) RuntimeConfig(context.Context) (*runtimeapi.RuntimeConfigResponse, error) {
	return &runtimeapi.RuntimeConfigResponse{Linux: &runtimeapi.LinuxRuntimeConfiguration{CgroupDriver: runtimeapi.CgroupDriver_CGROUPFS}}, nil
}

// UpdateRuntimeConfig is told the node's pod range. The network has it from whoever configured it.
func (r *Runtime) UpdateRuntimeConfig(context.Context, *runtimeapi.RuntimeConfig) error { return nil }
