package node

import (
	"context"
	"maps"
	"slices"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

// serveDevices lets device plugins register until ctx ends, and tells of what the node has of them as soon as that changes.
func (a *Agent) serveDevices(ctx context.Context) {
	if a.Devices == nil {
		return
	}
	news := make(chan struct{}, 1)
	changed := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	done := make(chan error, 1)
	go func() { done <- a.Devices.Serve(ctx, changed) }()
	for {
		select {
		case err := <-done:
			if err != nil {
				a.Log.Warn("device plugins cannot register", "error", err)
			}
			return
		case <-news:
			if err := a.tellStatus(ctx, false); err != nil && ctx.Err() == nil {
				a.Log.Warn("that the node has other devices could not be told; it is told with the next status", "node", a.Name, "error", err)
			}
		}
	}
}

// withDevices adds to a container what its devices bring. What the pod itself says of a variable counts.
func withDevices(config *runtimeapi.ContainerConfig, given *api.ContainerAllocateResponse) {
	for _, name := range slices.Sorted(maps.Keys(given.GetEnvs())) {
		if !slices.ContainsFunc(config.Envs, func(e *runtimeapi.KeyValue) bool { return e.Key == name }) {
			config.Envs = append(config.Envs, &runtimeapi.KeyValue{Key: name, Value: []byte(given.Envs[name])})
		}
	}
	for _, m := range given.GetMounts() {
		config.Mounts = append(config.Mounts, &runtimeapi.Mount{ContainerPath: m.ContainerPath, HostPath: m.HostPath, Readonly: m.ReadOnly})
	}
	for _, d := range given.GetDevices() {
		config.Devices = append(config.Devices, &runtimeapi.Device{HostPath: d.HostPath, ContainerPath: d.ContainerPath, Permissions: d.Permissions})
	}
	for key, value := range given.GetAnnotations() {
		if _, own := config.Annotations[key]; !own {
			config.Annotations[key] = value
		}
	}
	for _, d := range given.GetCdiDevices() {
		config.CDIDevices = append(config.CDIDevices, &runtimeapi.CDIDevice{Name: d.Name})
	}
}
