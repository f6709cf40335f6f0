package devices

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

const widget = "example.com/widget"

// fake is a small plugin.
type fake struct {
	api.UnimplementedDevicePluginServer
	lists   chan []*api.Device
	refuse  error
	started []string
}

func (f *fake) ListAndWatch(_ *api.Empty, stream grpc.ServerStreamingServer[api.ListAndWatchResponse]) error {
	for {
		select {
		case list := <-f.lists:
			if list == nil {
				return errors.New("the plugin ends")
			}
			if err := stream.Send(&api.ListAndWatchResponse{Devices: list}); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return nil
		}
	}
}

// GetPreferredAllocation prefers the last.
func (f *fake) GetPreferredAllocation(_ context.Context, r *api.PreferredAllocationRequest) (*api.PreferredAllocationResponse, error) {
	one := r.ContainerRequests[0]
	ids := slices.Clone(one.AvailableDeviceIDs)
	slices.Reverse(ids)
	return &api.PreferredAllocationResponse{ContainerResponses: []*api.ContainerPreferredAllocationResponse{{DeviceIDs: append([]string{"unknown"}, ids[:one.AllocationSize]...)}}}, nil
}

func (f *fake) Allocate(_ context.Context, r *api.AllocateRequest) (*api.AllocateResponse, error) {
	if f.refuse != nil {
		return nil, f.refuse
	}
	ids := r.ContainerRequests[0].DevicesIds
	return &api.AllocateResponse{ContainerResponses: []*api.ContainerAllocateResponse{{Envs: map[string]string{"WIDGETS": ids[0]},
		Devices: []*api.DeviceSpec{{HostPath: "/dev/null", ContainerPath: "/dev/widget", Permissions: "rw"}}}}}, nil
}

func (f *fake) PreStartContainer(_ context.Context, r *api.PreStartContainerRequest) (*api.PreStartContainerResponse, error) {
	f.started = append(f.started, r.DevicesIds...)
	return &api.PreStartContainerResponse{}, nil
}

// bench is a book that is served, and a plugin beside it.
type bench struct {
	t       *testing.T
	book    *Book
	dir     string
	plugin  *fake
	changed chan struct{}
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, dir: t.TempDir(), plugin: &fake{lists: make(chan []*api.Device)}}
	listener, err := net.Listen("unix", filepath.Join(b.dir, "widget.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	api.RegisterDevicePluginServer(server, b.plugin)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return b
}

// serve begins an agent's life.
func (b *bench) serve() {
	b.t.Helper()
	var err error
	if b.book, err = Open(b.dir, slog.New(slog.DiscardHandler)); err != nil {
		b.t.Fatal(err)
	}
	b.changed = make(chan struct{}, 100)
	changed, book := b.changed, b.book
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- book.Serve(ctx, func() { changed <- struct{}{} }) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
	})
}

func (b *bench) register(r *api.RegisterRequest) error {
	b.t.Helper()
	connection, err := grpc.NewClient("unix:"+filepath.Join(b.dir, Socket), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.t.Fatal(err)
	}
	defer connection.Close()
	_, err = api.NewRegistrationClient(connection).Register(b.t.Context(), r, grpc.WaitForReady(true))
	return err
}

func (b *bench) tell(list ...*api.Device) {
	b.plugin.lists <- list
	<-b.changed
}

func (b *bench) amounts(want string) {
	b.t.Helper()
	capacity, allocatable := b.book.Amounts()
	c, a := capacity[widget], allocatable[widget]
	if got := c.String() + " " + a.String(); got != want {
		b.t.Errorf("capacity and allocatable are %s, want %s", got, want)
	}
}

func device(id, health string) *api.Device { return &api.Device{ID: id, Health: health} }

func asking(uid types.UID, init, n string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: uid}}
	c := func(name, n string) corev1.Container {
		return corev1.Container{Name: name, Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{widget: resource.MustParse(n)}}}
	}
	pod.Spec.InitContainers, pod.Spec.Containers = []corev1.Container{c("init", init)}, []corev1.Container{c("main", n)}
	return pod
}

func (b *bench) has(uid types.UID, container, want string) {
	b.t.Helper()
	given, err := b.book.Of(uid, container)
	if err != nil || given.GetEnvs()["WIDGETS"] != want || want != "" && given.Devices[0].ContainerPath != "/dev/widget" {
		b.t.Errorf("%s of %s has %v, %v, want %s", container, uid, given, err, want)
	}
}

func TestPluginsLife(t *testing.T) {
	b := newBench(t)
	b.serve()
	request := &api.RegisterRequest{Version: api.Version, Endpoint: "widget.sock", ResourceName: widget,
		Options: &api.DevicePluginOptions{PreStartRequired: true, GetPreferredAllocationAvailable: true}}
	for _, bad := range []*api.RegisterRequest{{Version: "v2", Endpoint: "x", ResourceName: widget}, {Version: api.Version, Endpoint: "x", ResourceName: "cpu"}, {Version: api.Version, Endpoint: "../x", ResourceName: widget}} {
		if err := b.register(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	if err := b.register(request); err != nil {
		t.Fatal(err)
	}
	b.tell(device("a", api.Healthy), device("b", api.Healthy), device("c", api.Unhealthy), device("d", api.Healthy))
	b.amounts("4 3")

	keep := map[types.UID]bool{"one": true, "two": true}
	if err := b.book.Allocate(t.Context(), asking("one", "1", "2"), keep); err != nil {
		t.Fatal(err)
	}
	b.has("one", "init", "d")
	b.has("one", "main", "d") // what the init container had comes first
	b.has("two", "main", "")
	if err := b.book.PreStart(t.Context(), "one", "main"); err != nil || !slices.Equal(b.plugin.started, []string{"d", "b"}) {
		t.Errorf("before the start the plugin hears of %v, %v", b.plugin.started, err)
	}
	err := b.book.Allocate(t.Context(), asking("two", "0", "2"), keep)
	if err == nil || err.Error() != "requested number of devices unavailable for example.com/widget. Requested: 2, Available: 1" {
		t.Errorf("more than there are: %v", err)
	}
	b.plugin.refuse = errors.New("no")
	if err := b.book.Allocate(t.Context(), asking("two", "0", "1"), keep); err == nil || err.Error() != "rpc error: code = Unknown desc = no" {
		t.Errorf("a plugin that refuses: %v", err)
	}
	b.plugin.refuse = nil
	b.tell(device("a", api.Healthy), device("c", api.Healthy))
	b.amounts("2 2")
	b.tell() // it ends: a list of none is no list
	b.amounts("2 0")
	if err := b.book.Allocate(t.Context(), asking("two", "0", "1"), keep); err == nil {
		t.Error("a plugin that is gone gives devices")
	}
}

// Another agent knows who has what, and that there is nothing to give before the plugin registers again.
func TestBookSurvives(t *testing.T) {
	b := newBench(t)
	b.serve()
	request := &api.RegisterRequest{Version: api.Version, Endpoint: "widget.sock", ResourceName: widget}
	if err := b.register(request); err != nil {
		t.Fatal(err)
	}
	b.tell(device("a", api.Healthy), device("b", api.Healthy))
	if err := b.book.Allocate(t.Context(), asking("one", "0", "1"), map[types.UID]bool{"one": true}); err != nil {
		t.Fatal(err)
	}
	next, err := Open(b.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	before := b.book
	b.book = next
	b.has("one", "main", "a")
	b.amounts("0 0")
	b.book = before
	if err := b.book.Allocate(t.Context(), asking("two", "0", "2"), map[types.UID]bool{"one": true, "two": true}); err == nil {
		t.Error("a device is given twice")
	}
	if err := b.book.Allocate(t.Context(), asking("two", "0", "2"), map[types.UID]bool{"two": true}); err != nil {
		t.Errorf("once its pod is gone: %v", err)
	}
}
