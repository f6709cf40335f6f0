package node

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
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
	if m.memory, err = totalMemory(); err != nil {
		return m, err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(existing(dir), &fs); err != nil {
		return m, fmt.Errorf("measuring the disk of %s: %w", dir, err)
	}
	m.disk = int64(fs.Blocks) * fs.Bsize
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

func totalMemory() (int64, error) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, fmt.Errorf("measuring the memory: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("measuring the memory: %w", err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("measuring the memory: /proc/meminfo has no MemTotal")
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

// hardEviction is the memory that upstream keeps back by default, for its eviction to work in.
const hardEviction = 100 << 20

// allocatable is what pods may use.
func (m machine) allocatable(maxPods int) corev1.ResourceList {
	list := m.capacity(maxPods)
	list[corev1.ResourceMemory] = *resource.NewQuantity(max(m.memory-hardEviction, 0), resource.BinarySI)
	list[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(m.disk/10*9, resource.DecimalSI)
	return list
}
