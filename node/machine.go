package node

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"argosy.dev/node/measure"
	"argosy.dev/node/pressure"
)

// machine is what the agent knows of the hardware and the system; it does not change while the agent runs.
type machine struct {
	cpus   int
	memory int64 // bytes
	disk   int64 // bytes of the file system that holds the pods' files
	info   corev1.NodeSystemInfo
	// appArmor: the kernel has it.
	appArmor bool
	// seLinux is like appArmor.
	seLinux bool
}

// inspect looks at the machine. dir is where the pods' files are.
func inspect(dir string) (machine, error) {
	m := machine{cpus: runtime.NumCPU(), appArmor: strings.HasPrefix(firstLine("/sys/module/apparmor/parameters/enabled"), "Y")}
	_, err := os.Stat("/sys/fs/selinux/enforce")
	m.seLinux = err == nil
	figures, err := measure.Bottlenecks("")
	if err != nil {
		return m, err
	}
	disk, err := measure.DiskOf(existing(dir))
	if err != nil {
		return m, err
	}
	m.memory, m.disk = int64(figures.Memory), int64(disk.Capacity)
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return m, fmt.Errorf("asking for the kernel's version: %w", err)
	}
	m.info = corev1.NodeSystemInfo{
		MachineID:       firstLine("/etc/machine-id"),
		SystemUUID:      firstLine("/sys/class/dmi/id/product_uuid"),
		BootID:          firstLine("/proc/sys/kernel/random/boot_id"),
		KernelVersion:   unix.ByteSliceToString(uts.Release[:]),
		OSImage:         osImage(),
		OperatingSystem: "linux",
		Architecture:    runtime.GOARCH,
	}
	return m, nil
}

// existing is the nearest parent of a path that is there.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == "/" || path == "." || path == "" {
			return path
		}
		path = filepath.Dir(path)
	}
}

func firstLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line)
}

func osImage() string {
	data, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "Linux"
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(name, `"'`)
		}
	}
	return "Linux"
}

func (m machine) capacity(maxPods int) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:              *resource.NewQuantity(int64(m.cpus), resource.DecimalSI),
		corev1.ResourceMemory:           *resource.NewQuantity(m.memory, resource.BinarySI),
		corev1.ResourceEphemeralStorage: *resource.NewQuantity(m.disk, resource.BinarySI),
		corev1.ResourcePods:             *resource.NewQuantity(int64(maxPods), resource.DecimalSI),
	}
}

// allocatable is what pods may use: what is left of the capacity once there is enough that nobody need be ended.
func (m machine) allocatable(maxPods int, c *pressure.Config) corev1.ResourceList {
	list := m.capacity(maxPods)
	list[corev1.ResourceMemory] = *resource.NewQuantity(max(m.memory-c.Reserved(pressure.Memory, m.memory), 0), resource.BinarySI)
	list[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(max(m.disk-c.Reserved(pressure.NodeFS, m.disk), 0), resource.DecimalSI)
	return list
}
