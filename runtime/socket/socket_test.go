package socket

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/runtime/remote"
)

// fake answers what the test asks about; anything else would be a nil call.
type fake struct {
	internalapi.RuntimeService
	internalapi.ImageManagerService
	sandboxes  []*runtimeapi.PodSandbox
	containers []*runtimeapi.Container
	events     chan *runtimeapi.ContainerEventResponse // nil: it tells none
	stopped    []int64
}

func (f *fake) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{RuntimeName: "fake"}, nil
}

func (f *fake) Close(context.Context) error { return nil }

func (f *fake) ListPodSandbox(context.Context, *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	return f.sandboxes, nil
}

func (f *fake) ListContainers(context.Context, *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	return f.containers, nil
}

func (f *fake) RunPodSandbox(_ context.Context, c *runtimeapi.PodSandboxConfig, handler string) (string, error) {
	return c.GetMetadata().GetName() + "/" + handler, nil
}

func (f *fake) StopContainer(_ context.Context, _ string, timeout int64) error {
	f.stopped = append(f.stopped, timeout)
	return nil
}

func (f *fake) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	return nil, errors.Join(errors.New("looking"), status.Errorf(codes.NotFound, "container %s is not here", id))
}

func (f *fake) ExecSync(_ context.Context, _ string, command []string, timeout time.Duration) ([]byte, []byte, error) {
	switch command[0] {
	case "fail":
		return []byte("out"), []byte("err"), utilexec.CodeExitError{Err: errors.New("no"), Code: 7}
	case "hang":
		return nil, nil, status.Errorf(codes.DeadlineExceeded, "timed out after %v", timeout)
	}
	return []byte("fine"), nil, nil
}

func (f *fake) GetContainerEvents(ctx context.Context, ch chan *runtimeapi.ContainerEventResponse, _ func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	if f.events == nil {
		return status.Error(codes.Unimplemented, "no events")
	}
	for {
		select {
		case e := <-f.events:
			ch <- e
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *fake) ImageStatus(_ context.Context, image *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	return &runtimeapi.ImageStatusResponse{Image: &runtimeapi.Image{Id: image.Image}}, nil
}

// images keeps the two halves' Close apart.
type images struct{ *fake }

// serve serves a fake and reaches it by its socket.
func serve(t *testing.T, f *fake) *remote.Services {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cri.sock")
	server, err := Serve(path, f, images{f})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	if _, err := Serve(path, f, images{f}); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("a second server: %v", err)
	}
	services, err := remote.Dial(t.Context(), "unix://"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(services.Runtime.Close(context.Background()), server.Stop(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return services
}

func TestThereAndBack(t *testing.T) {
	f := &fake{sandboxes: []*runtimeapi.PodSandbox{{Id: "s1"}}}
	s, ctx := serve(t, f), t.Context()
	if list, err := s.Runtime.ListPodSandbox(ctx, nil); err != nil || len(list) != 1 || list[0].Id != "s1" {
		t.Errorf("list: %v, %v", list, err)
	}
	if id, err := s.Runtime.RunPodSandbox(ctx, &runtimeapi.PodSandboxConfig{Metadata: &runtimeapi.PodSandboxMetadata{Name: "web"}}, "kata"); err != nil || id != "web/kata" {
		t.Errorf("run: %q, %v", id, err)
	}
	if _, err := s.Runtime.ContainerStatus(ctx, "c9", false); status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), "container c9 is not here") {
		t.Errorf("what is not there: %v", err)
	}
	for _, timeout := range []int64{0, 30, 1 << 62} {
		if err := s.Runtime.StopContainer(ctx, "c1", timeout); err != nil {
			t.Errorf("stop within %d s: %v", timeout, err)
		}
	}
	if !slices.Equal(f.stopped, []int64{0, 30, 1 << 62}) {
		t.Errorf("stopped within %v", f.stopped)
	}
	if response, err := s.Images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: "tool:v1"}, false); err != nil || response.Image.Id != "tool:v1" {
		t.Errorf("image: %v, %v", response, err)
	}
}

func TestCommands(t *testing.T) {
	s, ctx := serve(t, &fake{}), t.Context()
	if out, _, err := s.Runtime.ExecSync(ctx, "c1", []string{"true"}, 0); err != nil || string(out) != "fine" {
		t.Errorf("%q, %v", out, err)
	}
	out, errOut, err := s.Runtime.ExecSync(ctx, "c1", []string{"fail"}, time.Second)
	if exit := (utilexec.CodeExitError{}); !errors.As(err, &exit) || exit.Code != 7 || string(out) != "out" || string(errOut) != "err" {
		t.Errorf("%q, %q, %v", out, errOut, err)
	}
	// Whole seconds travel, and a part of one is one.
	if _, _, err := s.Runtime.ExecSync(ctx, "c1", []string{"hang"}, 1200*time.Millisecond); status.Code(err) != codes.DeadlineExceeded || !strings.Contains(err.Error(), "after 2s") {
		t.Errorf("%v", err)
	}
}

func TestEvents(t *testing.T) {
	f := &fake{events: make(chan *runtimeapi.ContainerEventResponse, 1)}
	s := serve(t, f)
	f.events <- &runtimeapi.ContainerEventResponse{ContainerId: "c1"}
	got := make(chan *runtimeapi.ContainerEventResponse)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Runtime.GetContainerEvents(ctx, got, nil) }()
	if e := <-got; e.ContainerId != "c1" {
		t.Errorf("%v", e)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("it ended without a reason")
	}
}

// Streamed lists come in parts, and whole.
func TestParts(t *testing.T) {
	var sizes []int
	err := each(make([]int, 2*partSize+1), nil, func(part []int) error {
		sizes = append(sizes, len(part))
		return nil
	})
	if err != nil || !slices.Equal(sizes, []int{partSize, partSize, 1}) {
		t.Errorf("%v, %v", sizes, err)
	}
}
