package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
	"argosy.dev/runtime/spec"
)

// CreateContainer prepares a container in a sandbox: its root file system, its description, its cgroup with limits.
func (r *Runtime) CreateContainer(ctx context.Context, sandboxID string, config *runtimeapi.ContainerConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	if config.GetMetadata().GetName() == "" {
		return "", invalid("a container needs a name")
	}
	if devices := config.GetCDIDevices(); len(devices) > 0 {
		return "", unimplemented("the device %s is described by CDI, which this runtime does not read yet; containerd does", devices[0].GetName())
	}
	s, err := r.sandbox(sandboxID)
	if err != nil {
		return "", err
	}
	if !s.snapshot().Ready {
		return "", fmt.Errorf("the pod sandbox %s is not running", s.id)
	}
	if _, err := s.starter(); err != nil {
		return "", err
	}
	ref := config.GetImage().GetImage()
	image, err := r.opts.Images.Resolve(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("finding the image %q: %w", ref, err)
	}
	c := &container{id: newID(), ended: make(chan struct{})}
	c.process.ID = c.id
	c.record = containerRecord{
		SandboxID: s.id, Cgroup: filepath.Join(s.record.Cgroup, c.id), Config: config, CreatedAt: now(), ImageID: image.ID, ImageRef: image.Ref, Image: image.Config, LogPath: logPath(s, config),
	}
	if err := r.createContainer(ctx, s, c); err != nil {
		undo := context.WithoutCancel(ctx)
		return "", fmt.Errorf("creating the container %s of pod %s: %w", config.GetMetadata().GetName(), s.record.Config.GetMetadata().GetName(),
			errors.Join(err, r.discard(undo, c)))
	}
	r.mu.Lock()
	_, there := r.sandboxes[s.id]
	if there {
		r.containers[c.id] = c
	}
	r.mu.Unlock()
	if !there {
		return "", errors.Join(notFound("pod sandbox", s.id), r.discard(context.WithoutCancel(ctx), c))
	}
	r.announce(s, c.id, runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT)
	return c.id, nil
}

func logPath(s *sandbox, config *runtimeapi.ContainerConfig) string {
	if dir := s.record.Config.GetLogDirectory(); dir != "" && config.GetLogPath() != "" {
		return filepath.Join(dir, config.GetLogPath())
	}
	return ""
}

func (r *Runtime) createContainer(ctx context.Context, s *sandbox, c *container) error {
	if err := os.Mkdir(r.opts.containerState(c.id), 0o700); err != nil {
		return err
	}
	// Before anything is made: after a crash the record leads to what there is to undo.
	if err := writeRecord(r.opts.containerState(c.id), &c.record); err != nil {
		return err
	}
	var err error
	if c.record.Root, err = r.prepareRoot(ctx, s, c); err != nil {
		return fmt.Errorf("preparing the root file system: %w", err)
	}
	if err := makeSources(c.record.Config); err != nil {
		return err
	}
	passwd, group, err := userDatabase(c.record.Root)
	if err != nil {
		return err
	}
	if c.record.User, err = spec.ResolveUser(c.record.Config, &c.record.Image, passwd, group); err != nil {
		return err
	}
	out, err := r.describe(s, c)
	if err != nil {
		return err
	}
	c.init = out.Init
	for _, note := range out.Notes {
		r.log.Debug("a container gets less than it asked for", "container", c.record.Config.GetMetadata().GetName(), "why", note)
	}
	if err := r.makeCgroup(c, out.Devices); err != nil {
		return err
	}
	c.record.Complete = true
	return writeRecord(r.opts.containerState(c.id), &c.record)
}

func (r *Runtime) makeCgroup(c *container, devices []cgroup.Device) error {
	g := r.group(c)
	if err := g.Create(); err != nil {
		return err
	}
	limits, err := limitsOf(c.record.Config.GetLinux().GetResources(), r.cgroups.V2())
	if err != nil {
		return err
	}
	if err := g.Set(limits); err != nil {
		return err
	}
	if devices == nil {
		return nil
	}
	return g.AllowDevices(devices)
}

// limitsOf turns the CRI's resources into limits. Settings for v2 files mean nothing on v1, where the agent's own ones
// are ignored as every runtime does.
func limitsOf(in *runtimeapi.LinuxContainerResources, v2 bool) (cgroup.Resources, error) {
	out := cgroup.Resources{
		CPUShares: uint64(max(in.GetCpuShares(), 0)), CPUQuota: in.GetCpuQuota(), CPUPeriod: uint64(max(in.GetCpuPeriod(), 0)),
		Memory: in.GetMemoryLimitInBytes(), MemorySwap: in.GetMemorySwapLimitInBytes(),
		CPUs: in.GetCpusetCpus(), Mems: in.GetCpusetMems(),
	}
	if len(in.GetHugepageLimits()) > 0 {
		out.HugePages = map[string]uint64{}
		for _, h := range in.GetHugepageLimits() {
			out.HugePages[h.GetPageSize()] = h.GetLimit()
		}
	}
	if v2 {
		out.Unified = in.GetUnified()
	}
	return out, nil
}

// describe works out what the container is to be.
func (r *Runtime) describe(s *sandbox, c *container) (*spec.Output, error) {
	sc := c.record.Config.GetLinux().GetSecurityContext()
	if ownUsers(sc.GetNamespaceOptions()) && s.record.UserNS == "" {
		return nil, invalid("the container wants a user namespace that its pod does not have")
	}
	in := &spec.Input{
		Config: c.record.Config, Sandbox: s.record.Config, Image: &c.record.Image, Root: c.record.Root, User: c.record.User,
		Hostname: r.hostname(s), Files: r.sandboxFiles(s), Host: r.host.Host,
		Users: usersOf(s), Tasks: r.group(c).TaskFiles(), CgroupMounts: r.group(c).V1Mounts(), CgroupNamespace: r.cgroups.V2(),
	}
	var err error
	if in.Devices, err = hostDevices(c.record.Config); err != nil {
		return nil, err
	}
	if err := r.confine(sc, in); err != nil {
		return nil, err
	}
	if err := checkPropagation(c.record.Config); err != nil {
		return nil, err
	}
	return spec.Container(in)
}
