package runtime

import (
	"syscall"
	"testing"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

func TestSignals(t *testing.T) {
	for name, want := range map[string]syscall.Signal{
		"SIGTERM": syscall.SIGTERM, "TERM": syscall.SIGTERM, "sigquit": syscall.SIGQUIT, "15": 15, "64": 64, "SIGRTMIN": 34, "SIGRTMIN+3": 37,
		"RTMAX-2": 62, "SIGRTMINPLUS15": 49, "SIGRTMAXMINUS14": 50, "SIGCLD": syscall.SIGCHLD, "SIGIOT": syscall.SIGABRT, "SIGPOLL": syscall.SIGIO,
		"": 0, "NOSUCH": 0, "0": 0, "65": 0, "-1": 0, "SIGRTMIN+99": 0, "SIGRTMIN+x": 0,
	} {
		if got := signalNumber(name); got != want {
			t.Errorf("%q is signal %d, want %d", name, got, want)
		}
	}
	// Every signal of the CRI has a number, and its name comes back.
	for name, number := range runtimeapi.Signal_value {
		rec := &containerRecord{Config: &runtimeapi.ContainerConfig{StopSignal: runtimeapi.Signal(number)}}
		if number == 0 {
			if stopSignal(rec) != syscall.SIGTERM || stopSignalName(rec) != runtimeapi.Signal_SIGTERM {
				t.Errorf("the default is %v", stopSignal(rec))
			}
			continue
		}
		n := stopSignal(rec)
		if n == 0 || signalNumber(stopSignalName(rec).String()) != n {
			t.Errorf("%s is signal %d and comes back as %s", name, n, stopSignalName(rec))
		}
	}
	rec := &containerRecord{Config: &runtimeapi.ContainerConfig{}, Image: imagespec.ImageConfig{StopSignal: "SIGUSR1"}}
	if stopSignal(rec) != syscall.SIGUSR1 {
		t.Errorf("the image's signal is %v", stopSignal(rec))
	}
	rec.Config.StopSignal = runtimeapi.Signal_SIGINT
	if stopSignal(rec) != syscall.SIGINT {
		t.Errorf("the pod's signal is %v", stopSignal(rec))
	}
}

func TestReasons(t *testing.T) {
	for want, p := range map[string]wire.Process{
		"": {Started: 1}, "Completed": {Finished: 1}, "Error": {Finished: 1, Code: 1}, "OOMKilled": {Finished: 1, Code: 137, OOMKilled: true},
	} {
		if got := reasonOf(p); got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}

func TestParseNetDev(t *testing.T) {
	const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:1234      10    2    0    0     0          0         0     5678      20    3    0    0     0       0          0
  net1:       1       1    0    0    0     0          0         0        2       1    0    0    0     0       0          0
broken: 1 2 3
`
	got := parseNetDev(text)
	eth := got.DefaultInterface
	if eth.GetName() != "eth0" || eth.RxBytes.Value != 1234 || eth.RxErrors.Value != 2 || eth.TxBytes.Value != 5678 || eth.TxErrors.Value != 3 {
		t.Errorf("the default interface is %v", eth)
	}
	if len(got.Interfaces) != 1 || got.Interfaces[0].Name != "net1" {
		t.Errorf("the others are %v", got.Interfaces)
	}
}

func TestResolvConf(t *testing.T) {
	got := resolvConf(&runtimeapi.DNSConfig{Servers: []string{"10.0.0.10", "1.1.1.1"}, Searches: []string{"a.svc", "b"}, Options: []string{"ndots:5", "trust-ad"}})
	if want := "search a.svc b\nnameserver 10.0.0.10\nnameserver 1.1.1.1\noptions ndots:5 trust-ad\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := resolvConf(&runtimeapi.DNSConfig{}); got != "" {
		t.Errorf("an empty configuration gives %q", got)
	}
	if got := resolvConf(nil); got != readFile("/etc/resolv.conf") {
		t.Errorf("none gives %q, not the host's", got)
	}
}

func TestCovering(t *testing.T) {
	table := []mountPoint{{path: "/"}, {path: "/a", shared: true}, {path: "/a/b"}, {path: "/a/b", slave: true}, {path: "/ab"}}
	for path, want := range map[string]mountPoint{
		"/": {path: "/"}, "/x": {path: "/"}, "/a": {path: "/a", shared: true}, "/a/c": {path: "/a", shared: true},
		"/a/b/c": {path: "/a/b", slave: true}, "/abc": {path: "/"},
	} {
		if got := covering(table, path); got != want {
			t.Errorf("%s lies on %+v, want %+v", path, got, want)
		}
	}
}

func TestSysctlsOfTheHostAreRefused(t *testing.T) {
	own, hosts := &runtimeapi.NamespaceOption{}, &runtimeapi.NamespaceOption{Network: runtimeapi.NamespaceMode_NODE, Ipc: runtimeapi.NamespaceMode_NODE}
	for name, test := range map[string]struct {
		ns *runtimeapi.NamespaceOption
		ok bool
	}{
		"net.ipv4.tcp_syncookies": {own, true}, "net/ipv4/conf/eth0.1/forwarding": {own, true}, "kernel.shmmax": {own, true}, "kernel.sem": {own, true},
		"fs.mqueue.queues_max": {own, true}, "kernel.msgmax": {own, true},
		"vm.swappiness": {own, false}, "kernel.panic": {own, false}, "kernel.hostname": {own, false}, "net/../vm/swappiness": {own, false}, "net..vm": {own, false},
		"net.core.somaxconn": {hosts, false}, "kernel.shmall": {hosts, false},
	} {
		config := &runtimeapi.PodSandboxConfig{Linux: &runtimeapi.LinuxPodSandboxConfig{
			Sysctls: map[string]string{name: "1"}, SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{NamespaceOptions: test.ns},
		}}
		if err := checkSysctls(config); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := sysctlPath("net.ipv4.conf.all.forwarding"); got != "/proc/sys/net/ipv4/conf/all/forwarding" {
		t.Error(got)
	}
	if got := sysctlPath("net/ipv4/conf/eth0.1/forwarding"); got != "/proc/sys/net/ipv4/conf/eth0.1/forwarding" {
		t.Error(got)
	}
}

func TestMerged(t *testing.T) {
	old := &runtimeapi.LinuxContainerResources{CpuShares: 1, MemoryLimitInBytes: 2, CpusetCpus: "0"}
	got := merged(old, &runtimeapi.LinuxContainerResources{MemoryLimitInBytes: 3, CpusetMems: "1"})
	if got.CpuShares != 1 || got.MemoryLimitInBytes != 3 || got.CpusetCpus != "0" || got.CpusetMems != "1" || old.MemoryLimitInBytes != 2 {
		t.Errorf("%v", got)
	}
	if got := merged(nil, old); got.CpuShares != 1 {
		t.Errorf("over nothing: %v", got)
	}
}

func TestLookup(t *testing.T) {
	m := map[string]int{"abc": 1, "abd": 2, "x": 3}
	for id, want := range map[string]int{"abc": 1, "abd": 2, "x": 3, "ab": 0, "": 0, "y": 0, "abcd": 0} {
		if got, ok := lookup(m, id); got != want || ok != (want != 0) {
			t.Errorf("%q finds %d, %v", id, got, ok)
		}
	}
}

func TestNewIDs(t *testing.T) {
	if a, b := newID(), newID(); len(a) != 64 || a == b {
		t.Error(a, b)
	}
}
