package devices

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

// Socket is where plugins register, in the book's directory: the kubelet's name.
const Socket = "kubelet.sock"

// absence is how long a plugin may be away before the node no longer counts its devices at all; until then they count as not healthy.
const absence = 5 * time.Minute

// plugin is one registration. A plugin that registers again is another one.
type plugin struct {
	resource string
	options  *api.DevicePluginOptions
	client   api.DevicePluginClient
	devices  map[string]*api.Device
	// gone is when it was last heard of; zero while it is there.
	gone time.Time
	stop context.CancelFunc
}

// Serve lets plugins register until ctx ends. changed is called (from any goroutine) when the node has other devices.
func (b *Book) Serve(ctx context.Context, changed func()) error {
	path := filepath.Join(b.dir, Socket)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("removing the former socket of device plugins: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listening for device plugins: %w", err)
	}
	server := grpc.NewServer()
	api.RegisterRegistrationServer(server, &registration{book: b, ctx: ctx, changed: changed})
	stop := context.AfterFunc(ctx, server.Stop)
	defer stop()
	err = server.Serve(listener)
	b.running.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// registration is what plugins call.
type registration struct {
	api.UnimplementedRegistrationServer
	book    *Book
	ctx     context.Context
	changed func()
}

func (r *registration) Register(_ context.Context, request *api.RegisterRequest) (*api.Empty, error) {
	name := request.ResourceName
	switch {
	case request.Version != api.Version:
		return nil, status.Errorf(codes.InvalidArgument, "requested API version %q is not supported by kubelet. Supported version is %q", request.Version, api.Version)
	case !extended(name):
		return nil, status.Errorf(codes.InvalidArgument, "the ResourceName %q is invalid", name)
	case filepath.Base(request.Endpoint) != request.Endpoint || request.Endpoint == Socket:
		return nil, status.Errorf(codes.InvalidArgument, "the endpoint %q is no name of a socket beside the kubelet's", request.Endpoint)
	}
	if err := r.book.register(r.ctx, request, r.changed); err != nil {
		return nil, err
	}
	return &api.Empty{}, nil
}

// extended tells whether a resource is somebody's own: of a domain, and not Kubernetes'.
func extended(name string) bool {
	return strings.Contains(name, "/") && !strings.Contains(name, "kubernetes.io/") && len(validation.IsQualifiedName(name)) == 0
}

func (b *Book) register(ctx context.Context, request *api.RegisterRequest, changed func()) error {
	connection, err := grpc.NewClient("unix:"+filepath.Join(b.dir, request.Endpoint), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("reaching the plugin of %s: %w", request.ResourceName, err)
	}
	ctx, stop := context.WithCancel(ctx)
	p := &plugin{resource: request.ResourceName, options: request.Options, client: api.NewDevicePluginClient(connection), stop: stop, gone: time.Now()}
	b.mu.Lock()
	if before := b.plugins[p.resource]; before != nil {
		before.stop()
		p.devices = before.devices
	}
	b.plugins[p.resource] = p
	err = b.save()
	b.mu.Unlock()
	b.running.Go(func() {
		defer connection.Close()
		defer stop()
		err := b.follow(ctx, p, changed)
		b.lost(p)
		changed()
		if ctx.Err() == nil {
			b.log.Warn("a device plugin is gone; its devices count as not healthy", "resource", p.resource, "error", err)
			time.AfterFunc(absence+time.Second, changed)
		}
	})
	return err
}

// follow notes which devices a plugin has until it goes.
func (b *Book) follow(ctx context.Context, p *plugin, changed func()) error {
	// A plugin may serve only after it has registered.
	stream, err := p.client.ListAndWatch(ctx, &api.Empty{}, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	for {
		list, err := stream.Recv()
		if err != nil {
			return err
		}
		devices := make(map[string]*api.Device, len(list.Devices))
		for _, d := range list.Devices {
			devices[d.ID] = d
		}
		b.mu.Lock()
		p.devices, p.gone = devices, time.Time{}
		b.mu.Unlock()
		changed()
	}
}

func (b *Book) lost(p *plugin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.gone = time.Now()
}

// healthy tells whether a device may be given out. The lock is held.
func (p *plugin) healthy(id string) bool {
	return p.gone.IsZero() && p.devices[id] != nil && p.devices[id].Health == api.Healthy
}

// Amounts are what the node has of each resource, and what of it can be used. A resource whose plugin is not there any more has none.
func (b *Book) Amounts() (capacity, allocatable corev1.ResourceList) {
	if b == nil {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	capacity, allocatable = corev1.ResourceList{}, corev1.ResourceList{}
	for name, p := range b.plugins {
		all, usable := 0, 0
		if p.gone.IsZero() || time.Since(p.gone) < absence {
			all = len(p.devices)
		}
		for id := range p.devices {
			if p.healthy(id) {
				usable++
			}
		}
		capacity[corev1.ResourceName(name)] = *resource.NewQuantity(int64(all), resource.DecimalSI)
		allocatable[corev1.ResourceName(name)] = *resource.NewQuantity(int64(usable), resource.DecimalSI)
	}
	return capacity, allocatable
}
