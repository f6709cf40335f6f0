package runtime

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// wires is a network that notes what it is asked.
type wires struct {
	mu       sync.Mutex
	attached map[string]Pod
	broken   error
}

func (w *wires) Attach(_ context.Context, pod Pod) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return nil, w.broken
	}
	if _, err := os.Stat(pod.Netns); err != nil {
		return nil, err
	}
	w.attached[pod.SandboxID] = pod
	return []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("fd00::3")}, nil
}

func (w *wires) Detach(_ context.Context, id, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.attached, id)
	return nil
}

func TestNetwork(t *testing.T) {
	net := &wires{attached: map[string]Pod{}}
	b := open(t, func(o *Options) { o.Network = net })
	ctx := context.Background()
	pod := b.pod(func(c *runtimeapi.PodSandboxConfig) {
		c.PortMappings = []*runtimeapi.PortMapping{{Protocol: runtimeapi.Protocol_UDP, ContainerPort: 53, HostPort: 5353, HostIp: "127.0.0.1"}}
	})
	got := net.attached[pod]
	if got.Name != "web" || got.Namespace != "default" || got.UID == "" || len(got.Ports) != 1 || got.Ports[0] != (PortMapping{"UDP", 53, 5353, "127.0.0.1"}) {
		t.Errorf("the network was asked for %+v", got)
	}
	addresses := func() string {
		response, err := b.PodSandboxStatus(ctx, pod, false)
		if err != nil {
			t.Fatal(err)
		}
		n := response.Status.Network
		if len(n.AdditionalIps) != 1 {
			t.Fatalf("addresses: %v", n)
		}
		return n.Ip + " " + n.AdditionalIps[0].Ip
	}
	if got := addresses(); got != "10.1.2.3 fd00::3" {
		t.Errorf("the status tells %s", got)
	}
	b.restart()
	if got := addresses(); got != "10.1.2.3 fd00::3" {
		t.Errorf("after a restart the status tells %s", got)
	}
	b.pod(func(c *runtimeapi.PodSandboxConfig) {
		c.Linux.SecurityContext.NamespaceOptions.Network = runtimeapi.NamespaceMode_NODE
	})
	if len(net.attached) != 1 {
		t.Error("a pod on the host's network was attached")
	}
	if err := b.StopPodSandbox(ctx, pod); err != nil || len(net.attached) != 0 {
		t.Errorf("after stop: %v, %v", net.attached, err)
	}
	net.broken = errors.New("no address is left")
	if _, err := b.RunPodSandbox(ctx, b.podConfig(), ""); err == nil || !strings.Contains(err.Error(), "no address is left") {
		t.Errorf("a network that fails: %v", err)
	}
	if list, err := b.ListPodSandbox(ctx, nil); err != nil || len(list) != 2 {
		t.Errorf("a failed sandbox is listed: %v, %v", list, err)
	}
}
