package cni

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"

	"argosy.dev/network"
	"argosy.dev/network/hostport"
	"argosy.dev/network/nettest"
)

// wires notes what it is asked.
type wires struct {
	attached map[string]network.Pod
	broken   error
}

func (w *wires) Attach(_ context.Context, pod network.Pod) ([]netip.Addr, error) {
	w.attached[pod.SandboxID] = pod
	return []netip.Addr{netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("fd00::3")}, w.broken
}

func (w *wires) Detach(_ context.Context, id, _ string) error {
	delete(w.attached, id)
	return w.broken
}

// call runs the plugin as a runtime does.
func call(program, config string, env ...string) (code int, answer map[string]any) {
	get := func(name string) string {
		for _, e := range env {
			if key, value, _ := strings.Cut(e, "="); key == name {
				return value
			}
		}
		return ""
	}
	var out bytes.Buffer
	code = Plugin(program, get, strings.NewReader(config), &out)
	_ = json.Unmarshal(out.Bytes(), &answer)
	return code, answer
}

func TestPlugin(t *testing.T) {
	net := &wires{attached: map[string]network.Pod{}}
	socket := filepath.Join(t.TempDir(), "run", "cni.sock")
	server, err := Serve(socket, net)
	if err != nil {
		t.Fatal(err)
	}
	config := `{"cniVersion":"1.0.0","name":"argosy","type":"argosy","socket":"` + socket + `","runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]}}`
	pod := []string{"CNI_CONTAINERID=s1", "CNI_NETNS=/run/netns/x", "CNI_IFNAME=eth0", "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_UID=u1"}

	code, answer := call("/opt/cni/bin/argosy", config, append(pod, "CNI_COMMAND=ADD")...)
	if got, _ := json.Marshal(answer); code != 0 || string(got) != `{"cniVersion":"1.0.0","dns":{},"interfaces":[{"name":"eth0","sandbox":"/run/netns/x"}],"ips":[{"address":"10.1.2.3/32","interface":0},{"address":"fd00::3/128","interface":0}]}` {
		t.Errorf("ADD: %d, %s", code, got)
	}
	got := net.attached["s1"]
	if got.Namespace != "default" || got.Name != "web" || got.UID != "u1" || got.NetNS != "/run/netns/x" || len(got.Ports) != 1 || got.Ports[0] != (hostport.Port{HostPort: 8080, ContainerPort: 80, Protocol: "TCP"}) {
		t.Errorf("the network was asked for %+v", got)
	}
	if code, answer := call("argosy", config, append(pod, "CNI_COMMAND=CHECK")...); code != 0 || answer != nil {
		t.Errorf("CHECK: %d, %v", code, answer)
	}
	if code, _ := call("argosy", config, append(pod, "CNI_COMMAND=DEL")...); code != 0 || len(net.attached) != 0 {
		t.Errorf("DEL: %d, %v", code, net.attached)
	}
	if code, answer := call("argosy", "", "CNI_COMMAND=VERSION"); code != 0 || len(answer["supportedVersions"].([]any)) != 5 {
		t.Errorf("VERSION: %d, %v", code, answer)
	}

	net.broken = errors.New("no address is left")
	refused := func(name, want string, code float64, config string, env ...string) {
		t.Helper()
		if exit, answer := call("argosy", config, env...); exit == 0 || answer["code"] != code || !strings.Contains(answer["msg"].(string), want) {
			t.Errorf("%s: %d, %v", name, exit, answer)
		}
	}
	refused("a network that fails", "no address is left", 100, config, append(pod, "CNI_COMMAND=ADD")...)
	refused("no sandbox", "CNI_CONTAINERID", 4, config, "CNI_COMMAND=ADD")
	refused("an unknown command", "GC", 4, config, append(pod, "CNI_COMMAND=GC")...)
	refused("a version to come", "9.0.0", 1, `{"cniVersion":"9.0.0"}`, append(pod, "CNI_COMMAND=ADD")...)
	refused("no JSON", "JSON", 6, `{`, append(pod, "CNI_COMMAND=ADD")...)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	refused("no agent", "does not answer", 11, config, append(pod, "CNI_COMMAND=ADD")...)
}

func TestLoopback(t *testing.T) {
	ns := nettest.Bare(t)
	code, answer := call("/opt/cni/bin/loopback", `{"cniVersion":"0.3.1","type":"loopback"}`, "CNI_COMMAND=ADD", "CNI_CONTAINERID=s1", "CNI_NETNS="+ns.Path(), "CNI_IFNAME=lo")
	if got, _ := json.Marshal(answer["ips"]); code != 0 || string(got) != `[{"address":"127.0.0.1/8","interface":0,"version":"4"},{"address":"::1/128","interface":0,"version":"6"}]` {
		t.Errorf("%d, %s", code, got)
	}
	nettest.In(t, ns, func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err == nil && lo.Attrs().RawFlags&1 == 0 {
			t.Error("the loopback interface is down")
		}
		return err
	})
}

func TestInstallation(t *testing.T) {
	dir := t.TempDir()
	i := Installation{BinDir: filepath.Join(dir, "bin"), ConfigDir: filepath.Join(dir, "net.d"), Program: "/usr/bin/argosy", Socket: "/run/argosy/x/cni.sock"}
	if i.Present() {
		t.Error("it is there before it is put")
	}
	for range 2 {
		if err := i.Put(); err != nil {
			t.Fatal(err)
		}
	}
	other := i
	other.Socket = "/run/argosy/y/cni.sock"
	if !i.Present() || other.Present() {
		t.Errorf("present: %v, and of another agent: %v", i.Present(), other.Present())
	}
	for _, name := range []string{"argosy", "loopback"} {
		if to, err := os.Readlink(filepath.Join(i.BinDir, name)); err != nil || to != i.Program {
			t.Errorf("%s leads to %q, %v", name, to, err)
		}
	}
	if err := errors.Join(i.Remove(), i.Remove()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{i.BinDir, i.ConfigDir} {
		if left, err := os.ReadDir(d); err != nil || len(left) != 0 {
			t.Errorf("left in %s: %v, %v", d, left, err)
		}
	}
}

func TestCalled(t *testing.T) {
	for _, c := range []struct {
		argv    []string
		command string
		want    bool
	}{{[]string{"/opt/cni/bin/argosy"}, "ADD", true}, {[]string{"loopback"}, "DEL", true}, {[]string{"argosy"}, "", false}, {[]string{"argosy", "up"}, "ADD", false}, {[]string{"kubectl"}, "ADD", false}} {
		if got := Called(c.argv, func(string) string { return c.command }); got != c.want {
			t.Errorf("%v with %q: %v", c.argv, c.command, got)
		}
	}
}
