package e2e

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	corev1 "k8s.io/api/core/v1"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"

	"argosy.dev/test/e2e/cluster"
)

// widgets is a device plugin with two devices, of which one breaks.
type widgets struct {
	api.UnimplementedDevicePluginServer
	broken chan struct{}
}

func (w *widgets) ListAndWatch(_ *api.Empty, stream grpc.ServerStreamingServer[api.ListAndWatchResponse]) error {
	list := []*api.Device{{ID: "a", Health: api.Healthy}, {ID: "b", Health: api.Healthy}}
	if err := stream.Send(&api.ListAndWatchResponse{Devices: list}); err != nil {
		return err
	}
	select {
	case <-w.broken:
	case <-stream.Context().Done():
		return nil
	}
	list[1].Health = api.Unhealthy
	if err := stream.Send(&api.ListAndWatchResponse{Devices: list}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (w *widgets) Allocate(_ context.Context, r *api.AllocateRequest) (*api.AllocateResponse, error) {
	return &api.AllocateResponse{ContainerResponses: []*api.ContainerAllocateResponse{{
		Envs:    map[string]string{"WIDGET": r.ContainerRequests[0].DevicesIds[0]},
		Mounts:  []*api.Mount{{HostPath: "/etc/os-release", ContainerPath: "/widget-note", ReadOnly: true}},
		Devices: []*api.DeviceSpec{{HostPath: "/dev/zero", ContainerPath: "/dev/widget", Permissions: "rw"}},
	}}}, nil
}

// A device plugin's devices are counted, given to pods with what belongs to them, and no longer counted when they break.
func TestDevicePlugin(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	addTool(t, c.DataDir)
	c.Start(t)
	dir := filepath.Join(c.DataDir, "kubelet", "device-plugins")
	listener, err := net.Listen("unix", filepath.Join(dir, "w.sock"))
	if err != nil {
		t.Fatal(err)
	}
	plugin := &widgets{broken: make(chan struct{})}
	server := grpc.NewServer()
	api.RegisterDevicePluginServer(server, plugin)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("unix:"+filepath.Join(dir, "kubelet.sock"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := api.NewRegistrationClient(connection).Register(t.Context(), &api.RegisterRequest{Version: api.Version, Endpoint: "w.sock", ResourceName: "example.com/widget"}, grpc.WaitForReady(true)); err != nil {
		t.Fatal(err)
	}

	client := c.Space(t)
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: maker}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: tool:v1, args: [-c, sleep infinity], resources: {limits: {example.com/widget: 1}}}]
`)
	maker := cluster.AwaitPod(t, client, "maker", cluster.Running)
	equal(t, "its device", client.Kubectl(t, "exec", "maker", "--", "sh", "-c", "echo $WIDGET"), "a\n")
	contains(t, "what is mounted", client.Kubectl(t, "exec", "maker", "--", "cat", "/widget-note"), "NAME=")
	amounts := func(want string) {
		t.Helper()
		cluster.AwaitFor(t, 20*time.Second, c.Client(), "nodes", maker.Spec.NodeName, func(n *corev1.Node) error {
			all, usable := n.Status.Capacity["example.com/widget"], n.Status.Allocatable["example.com/widget"]
			if got := all.String() + " " + usable.String(); got != want {
				return fmt.Errorf("capacity and allocatable are %s, want %s", got, want)
			}
			return nil
		})
	}
	amounts("2 2")
	close(plugin.broken)
	amounts("2 1")
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: late}
spec:
  nodeName: `+maker.Spec.NodeName+`
  containers: [{name: main, image: tool:v1, args: [-c, sleep infinity], resources: {limits: {example.com/widget: 1}}}]
`)
	late := cluster.AwaitPod(t, client, "late", func(p *corev1.Pod) error {
		if p.Status.Phase != corev1.PodFailed {
			return fmt.Errorf("it is %s", p.Status.Phase)
		}
		return nil
	})
	equal(t, "why it is not taken", late.Status.Reason+": "+late.Status.Message, "OutOfexample.com/widget: Pod was rejected: Node didn't have enough resource: example.com/widget, requested: 1, used: 1, capacity: 1")
}
