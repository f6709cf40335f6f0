package podconfig

import (
	"fmt"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/environment"
	"argosy.dev/volume"
)

// Container is everything that a container's configuration is made of.
type Container struct {
	Pod     *corev1.Pod
	Spec    *corev1.Container
	Attempt uint32
	// ImageID is the image's id in the runtime.
	ImageID   string
	Variables []environment.Variable
	// Volumes by name.
	Volumes map[string]volume.Mount
	// ImageUser is the image's own user, where the pod names a group and no user.
	ImageUser string
	// TargetID is the container whose processes this one sees; "" for none.
	TargetID string
	// HostsFile is mounted at /etc/hosts, TerminationFile where the container leaves its last words; "" for none.
	HostsFile, TerminationFile string
	// MountPath resolves a mount's subPath below a volume to a host path that exists and does not lead out of it.
	MountPath func(m volume.Mount, subPath, place string) (string, error)
}

// Config makes the configuration. An error says which part of the spec cannot be had (CreateContainerConfigError).
func (c *Container) Config(n Node) (*runtimeapi.ContainerConfig, error) {
	get := func(name string) (string, bool) {
		for _, v := range c.Variables {
			if v.Name == name {
				return v.Value, true
			}
		}
		return "", false
	}
	expand := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = environment.Expand(s, get)
		}
		return out
	}
	mounts, err := c.mounts(get)
	if err != nil {
		return nil, err
	}
	mapOwners(c.Pod, mounts, n)
	devices, err := c.devices()
	if err != nil {
		return nil, err
	}
	security, err := securityContext(c.Pod, c.Spec, n)
	if err != nil {
		return nil, err
	}
	if security.RunAsGroup != nil && security.RunAsUser == nil {
		security.RunAsUsername = c.ImageUser
	}
	if c.TargetID != "" && security.NamespaceOptions.Pid == runtimeapi.NamespaceMode_CONTAINER {
		security.NamespaceOptions.Pid, security.NamespaceOptions.TargetId = runtimeapi.NamespaceMode_TARGET, c.TargetID
	}
	config := &runtimeapi.ContainerConfig{
		Metadata:    &runtimeapi.ContainerMetadata{Name: c.Spec.Name, Attempt: c.Attempt},
		Image:       &runtimeapi.ImageSpec{Image: c.ImageID, UserSpecifiedImage: c.Spec.Image},
		Command:     expand(c.Spec.Command),
		Args:        expand(c.Spec.Args),
		WorkingDir:  c.Spec.WorkingDir,
		Mounts:      mounts,
		Devices:     devices,
		Labels:      c.labels(),
		Annotations: c.annotations(),
		LogPath:     filepath.Join(c.Spec.Name, fmt.Sprintf("%d.log", c.Attempt)),
		Stdin:       c.Spec.Stdin,
		StdinOnce:   c.Spec.StdinOnce,
		Tty:         c.Spec.TTY,
		Linux:       &runtimeapi.LinuxContainerConfig{Resources: Resources(c.Pod, c.Spec, n.MemoryBytes), SecurityContext: security},
	}
	for _, v := range c.Variables {
		config.Envs = append(config.Envs, &runtimeapi.KeyValue{Key: v.Name, Value: []byte(v.Value)})
	}
	if c.Spec.Lifecycle != nil && c.Spec.Lifecycle.StopSignal != nil {
		if signal, ok := runtimeapi.Signal_value[string(*c.Spec.Lifecycle.StopSignal)]; ok {
			config.StopSignal = runtimeapi.Signal(signal)
		}
	}
	return config, nil
}

func (c *Container) labels() map[string]string {
	return map[string]string{PodNameLabel: c.Pod.Name, PodNamespaceLabel: c.Pod.Namespace, PodUIDLabel: string(c.Pod.UID), ContainerNameLabel: c.Spec.Name}
}

func (c *Container) annotations() map[string]string {
	return map[string]string{
		hashAnnotation:               Hash(c.Spec),
		restartCountAnnotation:       strconv.FormatUint(uint64(c.Attempt), 10),
		terminationPathAnnotation:    c.Spec.TerminationMessagePath,
		terminationPolicyAnnotation:  string(c.Spec.TerminationMessagePolicy),
		terminationMessageAnnotation: c.TerminationFile,
	}
}

func (c *Container) mounts(get func(string) (string, bool)) ([]*runtimeapi.Mount, error) {
	var list []*runtimeapi.Mount
	taken := map[string]bool{}
	for i := range c.Spec.VolumeMounts {
		m := &c.Spec.VolumeMounts[i]
		from, ok := c.Volumes[m.Name]
		if !ok {
			return nil, fmt.Errorf("volume %q of the mount at %s is not there", m.Name, m.MountPath)
		}
		if from.Device != "" {
			return nil, fmt.Errorf("volume %s has volumeMode Block, but is specified in volumeMounts", m.Name)
		}
		path := from.Path
		subPath := m.SubPath
		var err error
		if m.SubPathExpr != "" {
			if subPath, err = expandSubPath(m.SubPathExpr, get); err != nil {
				return nil, fmt.Errorf("sub-path %q of volume %q: %w", m.SubPathExpr, m.Name, err)
			}
		}
		if subPath != "" {
			if path, err = c.MountPath(from, subPath, fmt.Sprintf("%s-%d", c.Spec.Name, i)); err != nil {
				return nil, fmt.Errorf("sub-path %q of volume %q: %w", subPath, m.Name, err)
			}
		}
		target := m.MountPath
		if !filepath.IsAbs(target) {
			target = "/" + target
		}
		taken[filepath.Clean(target)] = true
		list = append(list, &runtimeapi.Mount{ContainerPath: target, HostPath: path, Readonly: m.ReadOnly || from.ReadOnly,
			Propagation: propagation(m.MountPropagation), RecursiveReadOnly: m.ReadOnly && m.RecursiveReadOnly != nil && *m.RecursiveReadOnly != corev1.RecursiveReadOnlyDisabled})
	}
	if c.HostsFile != "" && !taken["/etc/hosts"] {
		list = append(list, &runtimeapi.Mount{ContainerPath: "/etc/hosts", HostPath: c.HostsFile})
	}
	if c.TerminationFile != "" {
		list = append(list, &runtimeapi.Mount{ContainerPath: c.Spec.TerminationMessagePath, HostPath: c.TerminationFile})
	}
	return list, nil
}

// devices are the block volumes that the container is given.
func (c *Container) devices() ([]*runtimeapi.Device, error) {
	var list []*runtimeapi.Device
	for _, d := range c.Spec.VolumeDevices {
		from, ok := c.Volumes[d.Name]
		if !ok {
			return nil, fmt.Errorf("volume %q of the device at %s is not there", d.Name, d.DevicePath)
		}
		if from.Device == "" {
			return nil, fmt.Errorf("volume %s has volumeMode Filesystem, but is specified in volumeDevices", d.Name)
		}
		access := "mrw"
		if from.ReadOnly {
			access = "mr"
		}
		list = append(list, &runtimeapi.Device{HostPath: from.Device, ContainerPath: d.DevicePath, Permissions: access})
	}
	return list, nil
}

func propagation(p *corev1.MountPropagationMode) runtimeapi.MountPropagation {
	if p == nil {
		return runtimeapi.MountPropagation_PROPAGATION_PRIVATE
	}
	switch *p {
	case corev1.MountPropagationHostToContainer:
		return runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER
	case corev1.MountPropagationBidirectional:
		return runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL
	}
	return runtimeapi.MountPropagation_PROPAGATION_PRIVATE
}
