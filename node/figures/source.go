package figures

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/measure"
)

// Runtime is what is needed of a CRI runtime.
type Runtime interface {
	ListPodSandboxStats(ctx context.Context, filter *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error)
}

// Images is what is needed of a CRI image service.
type Images interface {
	ImageFsInfo(ctx context.Context) (*runtimeapi.ImageFsInfoResponse, error)
}

// Source takes the figures.
type Source struct {
	o     Options
	rates rates
}

// Options are where figures come from.
type Options struct {
	// Node is the node's name, Dir where pods write, Proc the kernel's /proc.
	Node, Dir, Proc string
	Runtime         Runtime
	Images          Images
	// Pods are the pods of this node.
	Pods func() []*corev1.Pod
}

// New makes a source; it measures nothing yet.
func New(o Options) *Source {
	return &Source{o: o, rates: rates{last: map[string]sample{}}}
}

// figures are one look at everything.
type figures struct {
	at      time.Time
	machine measure.Machine
	pods    []*runtimeapi.PodSandboxStats
	images  *runtimeapi.ImageFsInfoResponse
	// started are the containers' starts, by pod's uid and container's name.
	started map[containerKey]time.Time
	known   map[string]*corev1.Pod
	// cpu tells the processor time used a second, in nanoseconds; nil where it is not known.
	cpu func(key string) *uint64
}

type containerKey struct{ uid, name string }

// look takes all figures. Where rates is set it sees to it that there are rates.
func (s *Source) look(ctx context.Context, rates bool) (*figures, error) {
	f, err := s.once(ctx)
	if err != nil || !rates || !s.rates.missing(f.keys()) {
		return f, err
	}
	wait := time.NewTimer(shortest)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-wait.C:
	}
	return s.once(ctx)
}

func (s *Source) once(ctx context.Context) (*figures, error) {
	f := &figures{at: time.Now(), cpu: s.rates.of, started: map[containerKey]time.Time{}, known: map[string]*corev1.Pod{}}
	var err error
	if f.machine, err = measure.Everything(s.o.Proc, s.o.Dir); err != nil {
		return nil, err
	}
	if f.pods, err = s.o.Runtime.ListPodSandboxStats(ctx, nil); err != nil {
		return nil, fmt.Errorf("asking the runtime what pods use: %w", err)
	}
	if f.images, err = s.o.Images.ImageFsInfo(ctx); err != nil {
		return nil, fmt.Errorf("asking the runtime what images use: %w", err)
	}
	for _, pod := range s.o.Pods() {
		f.known[string(pod.UID)] = pod
		for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses} {
			for _, c := range list {
				if c.State.Running != nil {
					f.started[containerKey{string(pod.UID), c.Name}] = c.State.Running.StartedAt.Time
				}
			}
		}
	}
	s.rates.take(f.samples())
	return f, nil
}

// samples are the processor times that rates are made of.
func (f *figures) samples() map[string]sample {
	all := map[string]sample{nodeKey: {f.at, uint64(f.machine.CPU)}}
	for _, p := range f.pods {
		if cpu := p.GetLinux().GetCpu(); cpu.GetUsageCoreNanoSeconds() != nil {
			all[podKey(p)] = sample{time.Unix(0, cpu.Timestamp), cpu.UsageCoreNanoSeconds.Value}
		}
		for _, c := range p.GetLinux().GetContainers() {
			if cpu := c.GetCpu(); cpu.GetUsageCoreNanoSeconds() != nil {
				all[c.GetAttributes().GetId()] = sample{time.Unix(0, cpu.Timestamp), cpu.UsageCoreNanoSeconds.Value}
			}
		}
	}
	return all
}

func (f *figures) keys() []string {
	keys := []string{nodeKey}
	for _, p := range f.pods {
		keys = append(keys, podKey(p))
		for _, c := range p.GetLinux().GetContainers() {
			keys = append(keys, c.GetAttributes().GetId())
		}
	}
	return keys
}

const nodeKey = "node"

func podKey(p *runtimeapi.PodSandboxStats) string { return "pod/" + p.GetAttributes().GetId() }
