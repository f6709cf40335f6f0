package node

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/base/treesize"
	"argosy.dev/client"
	"argosy.dev/facts/pods"
	"argosy.dev/node/measure"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/pressure"
)

const (
	// observeEvery is how often the machine is measured.
	observeEvery = 10 * time.Second
	// relief is how long the end of one pod is waited for before another is ended too.
	relief = 30 * time.Second
)

// watchPressure measures the machine until ctx ends, tells of pressure, and ends pods where there is too little.
func (a *Agent) watchPressure(ctx context.Context, watch *pressure.Watch) {
	tick := time.NewTicker(observeEvery)
	defer tick.Stop()
	var last *worker
	var ended time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		before := a.pressures()
		crisis := a.lookAround(ctx, watch)
		if !slices.Equal(before, a.pressures()) {
			if err := a.tellStatus(ctx, false); err != nil && ctx.Err() == nil {
				a.Log.Warn("that the machine's pressure changed could not be told; it is told with the next status", "node", a.Name, "error", err)
			}
		}
		if crisis == nil || last != nil && time.Since(ended) < relief && last.lingers() {
			continue
		}
		if last = a.relieve(ctx, crisis); last != nil {
			ended = time.Now()
		}
	}
}

// pressures are the kinds of pressure that the machine was last found under.
func (a *Agent) pressures() []corev1.NodeConditionType {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.under
}

// lookAround measures the machine and notes its pressures.
func (a *Agent) lookAround(ctx context.Context, watch *pressure.Watch) *pressure.Crisis {
	seen, err := a.observeMachine(ctx)
	if err != nil {
		if ctx.Err() == nil {
			a.Log.Warn("not everything of which the machine may be short could be measured", "error", err)
		}
	}
	under, crisis := watch.Look(seen, time.Now())
	a.mu.Lock()
	a.under = under
	a.mu.Unlock()
	return crisis
}

// observeMachine measures what the thresholds are about. What it could measure it returns, with an error about the rest.
func (a *Agent) observeMachine(ctx context.Context) (pressure.Observations, error) {
	if a.Observe != nil {
		return a.Observe(ctx)
	}
	seen := pressure.Observations{}
	m, err := measure.Bottlenecks("")
	if err == nil {
		seen[pressure.Memory] = pressure.Amount{Available: int64(m.Memory - m.WorkingSet()), Capacity: int64(m.Memory)}
		seen[pressure.PIDs] = pressure.Amount{Available: m.MaxPID - m.Processes, Capacity: m.MaxPID}
	}
	disk := func(dir string, bytes, inodes pressure.Signal) {
		d, fault := measure.DiskOf(existing(dir))
		if fault != nil {
			err = cmp.Or(err, fault)
			return
		}
		seen[bytes] = pressure.Amount{Available: int64(d.Available), Capacity: int64(d.Capacity)}
		if d.Inodes > 0 { // some file systems make them as they go
			seen[inodes] = pressure.Amount{Available: int64(d.InodesFree), Capacity: int64(d.Inodes)}
		}
	}
	disk(a.Dir, pressure.NodeFS, pressure.NodeInodes)
	disk(a.imageDir(ctx), pressure.ImageFS, pressure.ImageInodes)
	return seen, err
}

// imageDir is where the runtime keeps images; where it does not tell, the node's own directory stands for it.
func (a *Agent) imageDir(ctx context.Context) string {
	a.mu.Lock()
	at := a.imagesAt
	a.mu.Unlock()
	if at != "" {
		return at
	}
	info, err := a.Images.ImageFsInfo(ctx)
	if err != nil || len(info.GetImageFilesystems()) == 0 {
		return a.Dir
	}
	at = cmp.Or(info.ImageFilesystems[0].GetFsId().GetMountpoint(), a.Dir)
	a.mu.Lock()
	a.imagesAt = at
	a.mu.Unlock()
	return at
}

// relieve makes room: by what nobody uses if that is enough, else by ending one pod, which it returns.
func (a *Agent) relieve(ctx context.Context, crisis *pressure.Crisis) *worker {
	node := corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: a.Name, UID: types.UID(a.Name)}
	a.Events.Warning(node, "EvictionThresholdMet", "Attempting to reclaim %s", crisis.Signal.Resource())
	if crisis.Signal.Disk() {
		a.discardUnused(ctx)
		if seen, err := a.observeMachine(ctx); err == nil && crisis.Over(seen) {
			return nil
		}
	}
	loads, err := a.loads(ctx, crisis.Signal)
	if err != nil {
		if ctx.Err() == nil {
			a.Log.Warn("which pod makes the machine short could not be found out; it is tried again", "of", crisis.Signal.Resource(), "error", err)
		}
		return nil
	}
	pressure.Rank(crisis.Signal, loads)
	for _, load := range loads {
		a.mu.Lock()
		w := a.workers[load.Pod.UID]
		a.mu.Unlock()
		if w == nil || w.static || important(load.Pod) {
			continue
		}
		why := crisis.Message(load)
		if !w.evict(why, a.evictionGrace(load.Pod, crisis.Hard)) {
			continue
		}
		a.Log.Info("a pod is ended because the machine is short of something", "pod", load.Pod.Namespace+"/"+load.Pod.Name, "of", crisis.Signal.Resource())
		a.Events.Warning(client.Reference(load.Pod), pressure.Reason, "%s", why)
		return w
	}
	a.Log.Warn("the machine is short of something, and there is no pod that could be ended", "of", crisis.Signal.Resource())
	return nil
}

// evictionGrace is how many seconds a pod gets: as good as none when it is urgent, else its own as far as that is allowed.
func (a *Agent) evictionGrace(pod *corev1.Pod, hard bool) int64 {
	own := grace(&corev1.Pod{Spec: pod.Spec}, nil)
	switch most := int64(a.Eviction.MaxPodGrace); {
	case hard:
		return evictionGrace
	case most < 0:
		return own
	default:
		return max(min(own, most), evictionGrace)
	}
}

// loads measures what pods use. Their disk is walked only where that is what there is too little of.
func (a *Agent) loads(ctx context.Context, s pressure.Signal) ([]pressure.Load, error) {
	stats, err := a.Runtime.ListPodSandboxStats(ctx, &runtimeapi.PodSandboxStatsFilter{})
	if err != nil {
		return nil, fmt.Errorf("asking the runtime what pods use: %w", err)
	}
	byUID := make(map[types.UID]*runtimeapi.LinuxPodSandboxStats, len(stats))
	for _, one := range stats {
		byUID[types.UID(one.GetAttributes().GetMetadata().GetUid())] = one.GetLinux()
	}
	var loads []pressure.Load
	for _, pod := range a.Pods() {
		if pods.Finished(pod) || pod.DeletionTimestamp != nil {
			continue
		}
		load := pressure.Load{Pod: pod, Containers: map[string]pressure.Use{}}
		used := byUID[pod.UID]
		load.Memory, load.Processes = int64(used.GetMemory().GetWorkingSetBytes().GetValue()), int64(used.GetProcess().GetProcessCount().GetValue())
		for _, c := range used.GetContainers() {
			layer := c.GetWritableLayer()
			use := pressure.Use{Memory: int64(c.GetMemory().GetWorkingSetBytes().GetValue()),
				Disk: int64(layer.GetUsedBytes().GetValue()), Inodes: int64(layer.GetInodesUsed().GetValue())}
			name := c.GetAttributes().GetMetadata().GetName()
			if s.Disk() {
				if err := addTree(&use, filepath.Join(podconfig.PodLogDir(a.LogDir, pod), name)); err != nil {
					return nil, err
				}
			}
			load.Containers[name] = use
			load.Disk, load.Inodes = load.Disk+use.Disk, load.Inodes+use.Inodes
		}
		if s.Disk() {
			for _, dir := range a.Volumes.Scratch(pod) {
				if err := addTree(&load.Use, dir); err != nil {
					return nil, err
				}
			}
		}
		loads = append(loads, load)
	}
	return loads, nil
}

func addTree(use *pressure.Use, dir string) error {
	bytes, inodes, err := treesize.Of(dir)
	use.Disk, use.Inodes = use.Disk+bytes, use.Inodes+inodes
	return err
}
