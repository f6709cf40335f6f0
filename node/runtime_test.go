package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// fakeRuntime pretends to run pods, and notes what is done to their containers, with the time since it was made.
type fakeRuntime struct {
	cri.RuntimeService // what is not written here is not called
	begun              time.Time

	mu         sync.Mutex
	n          int
	sandboxes  map[string]*runtimeapi.PodSandboxStatus
	containers map[string]*fakeContainer
	listeners  []chan *runtimeapi.ContainerEventResponse
	done       []string
	// exec answers commands by their first word; nil: it succeeds at once.
	exec map[string]func(ctx context.Context) error
	// stubborn containers, by name, take so long to end once they are asked to.
	stubborn map[string]time.Duration
	uses     map[string]uint64
	// foreign sandboxes take no new containers.
	foreign map[string]bool
}

type fakeContainer struct {
	*runtimeapi.ContainerStatus
	sandbox string
	ended   chan struct{}
}

func newFakeRuntime() *fakeRuntime {
	return &fakeRuntime{begun: time.Now(), sandboxes: map[string]*runtimeapi.PodSandboxStatus{}, containers: map[string]*fakeContainer{},
		exec: map[string]func(ctx context.Context) error{}, stubborn: map[string]time.Duration{}, foreign: map[string]bool{}}
}

// note writes down what was done. The lock is held.
func (r *fakeRuntime) note(format string, args ...any) {
	r.done = append(r.done, fmt.Sprintf("%v ", time.Since(r.begun).Round(time.Second))+fmt.Sprintf(format, args...))
}

// history is what was done so far, but for what begins with one of the words.
func (r *fakeRuntime) history(without ...string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.done), func(s string) bool { return slices.Contains(without, strings.Fields(s)[1]) })
}

func (r *fakeRuntime) id(kind string) string {
	r.n++
	return fmt.Sprintf("%s%d", kind, r.n)
}

// announce tells listeners of a pod. The lock is held.
func (r *fakeRuntime) announce(sandbox string) {
	s := r.sandboxes[sandbox]
	if s == nil {
		return
	}
	for _, l := range r.listeners {
		select {
		case l <- &runtimeapi.ContainerEventResponse{PodSandboxStatus: proto.CloneOf(s)}:
		default:
		}
	}
}

func notFound(id string) error { return status.Error(codes.NotFound, id+" is not there") }

func (r *fakeRuntime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{RuntimeName: "fake", RuntimeVersion: "1"}, nil
}

func (r *fakeRuntime) Status(context.Context, bool) (*runtimeapi.StatusResponse, error) {
	return &runtimeapi.StatusResponse{Status: &runtimeapi.RuntimeStatus{}}, nil
}

func (r *fakeRuntime) GetContainerEvents(ctx context.Context, out chan *runtimeapi.ContainerEventResponse, connected func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	r.mu.Lock()
	r.listeners = append(r.listeners, out)
	r.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

func (r *fakeRuntime) ListPodSandbox(_ context.Context, f *runtimeapi.PodSandboxFilter) (list []*runtimeapi.PodSandbox, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sandboxes {
		if matches(f.GetLabelSelector(), s.Labels) {
			list = append(list, &runtimeapi.PodSandbox{Id: s.Id, Metadata: s.Metadata, State: s.State, Labels: s.Labels})
		}
	}
	return list, nil
}

func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func (r *fakeRuntime) PodSandboxStatus(_ context.Context, id string, _ bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[id]
	if s == nil {
		return nil, notFound(id)
	}
	return &runtimeapi.PodSandboxStatusResponse{Status: proto.CloneOf(s)}, nil
}

func (r *fakeRuntime) RunPodSandbox(_ context.Context, c *runtimeapi.PodSandboxConfig, _ string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.id("s")
	r.sandboxes[id] = &runtimeapi.PodSandboxStatus{Id: id, Metadata: c.Metadata, Labels: c.Labels, CreatedAt: time.Now().UnixNano(),
		State: runtimeapi.PodSandboxState_SANDBOX_READY, Network: &runtimeapi.PodSandboxNetworkStatus{Ip: "10.0.0.1"}}
	r.announce(id)
	return id, nil
}

func (r *fakeRuntime) StopPodSandbox(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sandboxes[id]; s != nil {
		s.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
		r.announce(id)
	}
	return nil
}

func (r *fakeRuntime) RemovePodSandbox(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sandboxes, id)
	for cid, c := range r.containers {
		if c.sandbox == id {
			delete(r.containers, cid)
		}
	}
	return nil
}

func (r *fakeRuntime) ListContainers(_ context.Context, f *runtimeapi.ContainerFilter) (list []*runtimeapi.Container, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.containers {
		if matches(f.GetLabelSelector(), c.Labels) && (f.GetPodSandboxId() == "" || f.GetPodSandboxId() == c.sandbox) {
			list = append(list, &runtimeapi.Container{Id: c.Id, PodSandboxId: c.sandbox, Metadata: c.Metadata, State: c.State, Image: c.Image})
		}
	}
	return list, nil
}

func (r *fakeRuntime) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.containers[id]
	if c == nil {
		return nil, notFound(id)
	}
	return &runtimeapi.ContainerStatusResponse{Status: proto.CloneOf(c.ContainerStatus)}, nil
}

func (r *fakeRuntime) CreateContainer(_ context.Context, sandbox string, c *runtimeapi.ContainerConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.foreign[sandbox] {
		return "", status.Error(codes.FailedPrecondition, "of another build")
	}
	id := r.id("c")
	r.containers[id] = &fakeContainer{sandbox: sandbox, ended: make(chan struct{}), ContainerStatus: &runtimeapi.ContainerStatus{Id: id, Metadata: c.Metadata,
		Labels: c.Labels, Annotations: c.Annotations, Image: c.Image, CreatedAt: time.Now().UnixNano(), State: runtimeapi.ContainerState_CONTAINER_CREATED}}
	return id, nil
}

func (r *fakeRuntime) StartContainer(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.containers[id]
	c.State, c.StartedAt = runtimeapi.ContainerState_CONTAINER_RUNNING, time.Now().UnixNano()
	r.note("start %s", c.Metadata.Name)
	r.announce(c.sandbox)
	return nil
}

func (r *fakeRuntime) StopContainer(ctx context.Context, id string, timeout int64) error {
	r.mu.Lock()
	c := r.containers[id]
	if c == nil || c.State != runtimeapi.ContainerState_CONTAINER_RUNNING {
		r.mu.Unlock()
		return nil
	}
	r.note("stop %s %d", c.Metadata.Name, timeout)
	takes := r.stubborn[c.Metadata.Name]
	r.mu.Unlock()
	select {
	case <-time.After(min(takes, time.Duration(timeout)*time.Second)):
	case <-c.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	code := int32(143)
	if takes > time.Duration(timeout)*time.Second {
		code = 137
	}
	r.end(id, code)
	return nil
}

// use says what containers use of the memory, by their names.
func (r *fakeRuntime) use(memory map[string]uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uses = memory
}

func (r *fakeRuntime) ListPodSandboxStats(context.Context, *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*runtimeapi.PodSandboxStats
	for _, c := range r.containers {
		memory := &runtimeapi.MemoryUsage{WorkingSetBytes: &runtimeapi.UInt64Value{Value: r.uses[c.Metadata.Name]}}
		list = append(list, &runtimeapi.PodSandboxStats{Attributes: &runtimeapi.PodSandboxAttributes{Metadata: r.sandboxes[c.sandbox].Metadata},
			Linux: &runtimeapi.LinuxPodSandboxStats{Memory: memory, Containers: []*runtimeapi.ContainerStats{{Attributes: &runtimeapi.ContainerAttributes{Metadata: c.Metadata}, Memory: memory}}}})
	}
	return list, nil
}

// end ends a container.
func (r *fakeRuntime) end(id string, code int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.containers[id]
	if c == nil || c.State != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return
	}
	c.State, c.ExitCode, c.FinishedAt = runtimeapi.ContainerState_CONTAINER_EXITED, code, time.Now().UnixNano()
	close(c.ended)
	r.note("end %s %d", c.Metadata.Name, code)
	r.announce(c.sandbox)
}

func (r *fakeRuntime) RemoveContainer(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.containers, id)
	return nil
}

func (r *fakeRuntime) ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) ([]byte, []byte, error) {
	r.mu.Lock()
	c := r.containers[id]
	if c == nil || c.State != runtimeapi.ContainerState_CONTAINER_RUNNING {
		r.mu.Unlock()
		return nil, nil, notFound(id)
	}
	r.note("exec %s in %s", command[0], c.Metadata.Name)
	do := r.exec[command[0]]
	r.mu.Unlock()
	if do == nil {
		return nil, nil, nil
	}
	return nil, nil, do(ctx)
}

func (r *fakeRuntime) answer(command string, do func(ctx context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exec[command] = do
}

// fakeImages has every image, and lists those that were added.
type fakeImages struct {
	cri.ImageManagerService
	mu  sync.Mutex
	ids []string
	// removed is told of each image that was removed.
	removed func(id string)
}

func (*fakeImages) ImageStatus(_ context.Context, i *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	return &runtimeapi.ImageStatusResponse{Image: &runtimeapi.Image{Id: i.Image}}, nil
}

func (f *fakeImages) ListImages(context.Context, *runtimeapi.ImageFilter) (list []*runtimeapi.Image, err error) {
	for _, id := range f.list() {
		list = append(list, &runtimeapi.Image{Id: id, Size: 10})
	}
	return list, nil
}

func (f *fakeImages) RemoveImage(_ context.Context, i *runtimeapi.ImageSpec) error {
	f.mu.Lock()
	f.ids = slices.DeleteFunc(f.ids, func(id string) bool { return id == i.Image })
	f.mu.Unlock()
	f.removed(i.Image)
	return nil
}

func (*fakeImages) ImageFsInfo(context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	return &runtimeapi.ImageFsInfoResponse{}, nil
}

func (f *fakeImages) add(ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids = append(f.ids, ids...)
}

func (f *fakeImages) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ids)
}
