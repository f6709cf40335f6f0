package podconfig

import (
	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/facts/pods"
)

// How CPU is divided, as the kernel counts.
const (
	sharesPerCPU = 1024
	minShares    = 2
	maxShares    = 262144
	periodMicros = 100000
	minQuota     = 1000
)

// Out-of-memory scores: who goes first when the machine runs out (see "Node-pressure eviction" in the documentation).
const (
	guaranteedScore = -997
	bestEffortScore = 1000
)

// Resources says what a container may use. memory is the machine's.
func Resources(pod *corev1.Pod, c *corev1.Container, memory int64) *runtimeapi.LinuxContainerResources {
	limits, requests := c.Resources.Limits, c.Resources.Requests
	r := &runtimeapi.LinuxContainerResources{OomScoreAdj: oomScore(pod, c, memory)}
	cpu, asked := requests[corev1.ResourceCPU]
	if !asked {
		cpu = limits[corev1.ResourceCPU]
	}
	r.CpuShares = min(max(cpu.MilliValue()*sharesPerCPU/1000, minShares), maxShares)
	if limit, ok := limits[corev1.ResourceCPU]; ok && limit.MilliValue() > 0 {
		r.CpuPeriod = periodMicros
		r.CpuQuota = max(limit.MilliValue()*periodMicros/1000, minQuota)
	}
	if limit, ok := limits[corev1.ResourceMemory]; ok {
		r.MemoryLimitInBytes = limit.Value()
	}
	return r
}

func oomScore(pod *corev1.Pod, c *corev1.Container, memory int64) int64 {
	if pod.Spec.Priority != nil && *pod.Spec.Priority >= 2000000000 {
		return guaranteedScore // system-critical pods, by their priority class
	}
	switch pods.QOS(&pod.Spec) {
	case corev1.PodQOSGuaranteed:
		return guaranteedScore
	case corev1.PodQOSBestEffort:
		return bestEffortScore
	}
	if memory <= 0 {
		return bestEffortScore - 1
	}
	// The more it asked for, the safer it is; always between the other two classes.
	score := 1000 - 1000*c.Resources.Requests.Memory().Value()/memory
	return min(max(score, 1000+guaranteedScore), bestEffortScore-1)
}

// PodResources says what a pod may use as a whole: its part of the processors beside other pods, and limits where it has some of its own.
func PodResources(pod *corev1.Pod) *runtimeapi.LinuxContainerResources {
	r := &runtimeapi.LinuxContainerResources{CpuShares: minShares}
	if cpu, ok := pods.Requests(pod)[corev1.ResourceCPU]; ok {
		r.CpuShares = min(max(cpu.MilliValue()*sharesPerCPU/1000, minShares), maxShares)
	}
	if pod.Spec.Resources == nil {
		return r
	}
	if limit, ok := pod.Spec.Resources.Limits[corev1.ResourceCPU]; ok && limit.MilliValue() > 0 {
		r.CpuPeriod = periodMicros
		r.CpuQuota = max(limit.MilliValue()*periodMicros/1000, minQuota)
	}
	if limit, ok := pod.Spec.Resources.Limits[corev1.ResourceMemory]; ok {
		r.MemoryLimitInBytes = limit.Value()
	}
	return r
}
