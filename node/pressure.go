package node

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// Thresholds below which the machine counts as short of something, as upstream's hard eviction has them.
const (
	memoryLow    = hardEviction
	diskLowPart  = 10 // one part in ten
	inodeLowPart = 20
	pidsLowPart  = 10
)

// pressure is one thing that the machine may be short of.
type pressure struct {
	kind           corev1.NodeConditionType
	reason, enough string
	short          string
	is             bool
}

// pressures measures memory, disk and process ids. What cannot be measured counts as enough: the machine's other troubles are
// told elsewhere.
func (a *Agent) pressures() []pressure {
	return []pressure{
		{kind: corev1.NodeMemoryPressure, enough: "kubelet has sufficient memory available", reason: "KubeletHasSufficientMemory", short: "KubeletHasInsufficientMemory", is: shortOfMemory()},
		{kind: corev1.NodeDiskPressure, enough: "kubelet has no disk pressure", reason: "KubeletHasNoDiskPressure", short: "KubeletHasDiskPressure", is: shortOfDisk(a.Dir)},
		{kind: corev1.NodePIDPressure, enough: "kubelet has sufficient PID available", reason: "KubeletHasSufficientPID", short: "KubeletHasInsufficientPID", is: shortOfPIDs()},
	}
}

func (p pressure) condition() corev1.NodeCondition {
	if p.is {
		return corev1.NodeCondition{Type: p.kind, Status: corev1.ConditionTrue, Reason: p.short, Message: fmt.Sprintf("the machine is short: %s", p.kind)}
	}
	return corev1.NodeCondition{Type: p.kind, Status: corev1.ConditionFalse, Reason: p.reason, Message: p.enough}
}

func shortOfMemory() bool {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "MemAvailable:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			return err == nil && kib<<10 < memoryLow
		}
	}
	return false
}

func shortOfDisk(dir string) bool {
	var fs unix.Statfs_t
	if err := unix.Statfs(existing(dir), &fs); err != nil {
		return false
	}
	return fs.Bavail < fs.Blocks/diskLowPart || fs.Files > 0 && fs.Ffree < fs.Files/inodeLowPart
}

// shortOfPIDs compares the tasks that there are, the second number after the slash of the fourth field, with what the kernel allows.
func shortOfPIDs() bool {
	limit, err := strconv.ParseInt(firstLine("/proc/sys/kernel/pid_max"), 10, 64)
	if err != nil {
		return false
	}
	fields := strings.Fields(firstLine("/proc/loadavg"))
	if len(fields) < 4 {
		return false
	}
	_, total, ok := strings.Cut(fields[3], "/")
	tasks, err := strconv.ParseInt(total, 10, 64)
	return ok && err == nil && limit-tasks < limit/pidsLowPart
}
