package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Containerd is a containerd of the test's own.
type Containerd struct {
	// Socket is where it serves. BinDir and ConfDir are where it looks for network plugins and their configuration.
	Socket, BinDir, ConfDir string

	process *Process
	ended   bool
}

// containerdConfig: the image of its pause containers comes by Load, like the others.
const containerdConfig = `version = 2
root = "%[1]s/root"
state = "%[1]s/state"
[grpc]
address = "%[2]s"
[ttrpc]
address = "%[2]s.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
path = "%[1]s/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/library/pause:v1"
restrict_oom_score_adj = true
enable_unprivileged_ports = true
enable_unprivileged_icmp = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "%[1]s/bin"
conf_dir = "%[1]s/net.d"
`

// StartContainerd starts a containerd on the cluster's host, with nothing in it and no network.
func (c *Cluster) StartContainerd(t testing.TB) *Containerd {
	t.Helper()
	for _, program := range []string{"containerd", "ctr", "runc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: this test runs pods over containerd; install it with: apt-get update && apt-get install -y --no-install-recommends containerd runc", err)
		}
	}
	dir := filepath.Join(c.dir, "containerd")
	if err := os.Mkdir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	d := &Containerd{Socket: filepath.Join(dir, "c.sock"), BinDir: filepath.Join(dir, "bin"), ConfDir: filepath.Join(dir, "net.d")}
	config := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, containerdConfig, dir, d.Socket), 0o600); err != nil {
		t.Fatal(err)
	}
	d.process = c.Host.Start(t, exec.Command("containerd", "--config", config))
	t.Cleanup(func() {
		if !d.ended {
			c.KillIfRunning(t)
			d.Stop(t)
		}
	})
	d.process.Says(t, "containerd successfully booted")
	return d
}

// Load takes the images out of an archive.
func (d *Containerd) Load(t testing.TB, archive string) {
	t.Helper()
	RunCmd(t, exec.Command("ctr", "--address", d.Socket, "--namespace", "k8s.io", "images", "import", archive)).OK(t)
}

// Stop ends it; containers go on.
func (d *Containerd) Stop(t testing.TB) {
	t.Helper()
	d.ended = true
	d.process.Signal(os.Interrupt)
	d.process.Wait(t)
	if t.Failed() {
		t.Logf("containerd said:\n%s", d.process.Output())
	}
}
