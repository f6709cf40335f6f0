package runtime

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// users is a user namespace of a pod's.
func users() *runtimeapi.UserNamespace {
	ids := []*runtimeapi.IDMapping{{HostId: 131072, ContainerId: 0, Length: 65536}}
	return &runtimeapi.UserNamespace{Mode: runtimeapi.NamespaceMode_POD, Uids: ids, Gids: ids}
}

func TestUserNamespace(t *testing.T) {
	b := open(t)
	pod := b.pod(func(c *runtimeapi.PodSandboxConfig) {
		c.Linux.SecurityContext.NamespaceOptions.UsernsOptions = users()
		c.Linux.Sysctls = map[string]string{"kernel.shm_rmid_forced": "1"}
	})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "old"), 1000, 2000); err != nil {
		t.Fatal(err)
	}
	config := func(args ...string) *runtimeapi.ContainerConfig {
		c := containerConfig(args...)
		c.Linux.SecurityContext.NamespaceOptions.UsernsOptions = users()
		ids := users().Uids
		c.Mounts = []*runtimeapi.Mount{{HostPath: dir, ContainerPath: "/data", UidMappings: ids, GidMappings: ids}}
		return c
	}
	for name, test := range map[string]struct {
		config *runtimeapi.ContainerConfig
		want   string
	}{
		"its ids":          {config("cat", "/proc/self/uid_map"), "0 131072 65536"},
		"who it is":        {config("id"), "uid 0 gid 0 groups [0]"},
		"a file's owner":   {config("stat", "/data/old"), "/data/old 100640 0:0 1000/2000"},
		"a device's owner": {config("stat", "/dev/null"), "/dev/null 20666 1:3 0/0"},
		"a user":           {as(config("id"), 4321, 77), "uid 4321 gid 77 groups [77]"},
		"its own output":   {as(config("write", "/dev/stdout", "again"), 4321, 77), "again"},
	} {
		if got := strings.Join(strings.Fields(b.output(pod, test.config)), " "); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	b.output(pod, config("write", "/data/new", "x"))
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "new"), &st); err != nil || st.Uid != 0 || st.Gid != 0 {
		t.Errorf("what its root writes to a volume belongs, on the disk, to %d:%d, %v", st.Uid, st.Gid, err)
	}
	b.output(pod, config("write", "/tmp/new", "x"))
	b.output(pod, config("write", "/dev/shm/new", "x"))

	// Its capabilities are of no use outside: what is read-only stays so, and the mounts cannot be taken apart.
	admin := config("mount")
	admin.Linux.SecurityContext.Capabilities = &runtimeapi.Capability{AddCapabilities: []string{"SYS_ADMIN"}}
	b.output(pod, admin)
	if _, err := b.CreateContainer(context.Background(), pod, as(config("id"), 70000, 0), nil); err == nil || !strings.Contains(err.Error(), "user 70000 is none of") {
		t.Errorf("a user that the namespace does not have: %v", err)
	}

	id := b.run(pod, config("hold"))
	b.awaitLog(id, "holding")
	for range 2 {
		out, _, err := b.ExecSync(context.Background(), id, []string{"/bin/testbox", "cat", "/proc/self/uid_map"}, 0)
		if err != nil || strings.Join(strings.Fields(string(out)), " ") != "0 131072 65536" {
			t.Errorf("a command in it: %q, %v", out, err)
		}
		b.restart()
	}
	var out bytes.Buffer
	if err := b.Streams().Exec(context.Background(), id, []string{"/bin/testbox", "id"}, nil, &closing{&out}, nil, true, nil); err != nil {
		t.Errorf("a command on a terminal: %v, %s", err, out.String())
	}
	if err := b.RemovePodSandbox(context.Background(), pod); err != nil {
		t.Error(err)
	}
}

// as makes a container a user's.
func as(c *runtimeapi.ContainerConfig, uid, gid int64) *runtimeapi.ContainerConfig {
	c.Linux.SecurityContext.RunAsUser, c.Linux.SecurityContext.RunAsGroup = &runtimeapi.Int64Value{Value: uid}, &runtimeapi.Int64Value{Value: gid}
	return c
}

// closing closes nothing.
type closing struct{ *bytes.Buffer }

func (closing) Close() error { return nil }

func TestUserNamespaceRefused(t *testing.T) {
	b := open(t)
	for name, test := range map[string]struct {
		change func(o *runtimeapi.NamespaceOption)
		want   string
	}{
		"no ids":           {func(o *runtimeapi.NamespaceOption) { o.UsernsOptions = &runtimeapi.UserNamespace{} }, "no root"},
		"the host's root":  {func(o *runtimeapi.NamespaceOption) { o.UsernsOptions.Uids[0].HostId = 0 }, "the host's root"},
		"the host's net":   {func(o *runtimeapi.NamespaceOption) { o.Network = runtimeapi.NamespaceMode_NODE }, "of its own"},
		"a container's":    {func(o *runtimeapi.NamespaceOption) { o.UsernsOptions.Mode = runtimeapi.NamespaceMode_CONTAINER }, "mode"},
		"the host's pids":  {func(o *runtimeapi.NamespaceOption) { o.Pid = runtimeapi.NamespaceMode_NODE }, "of its own"},
		"groups not given": {func(o *runtimeapi.NamespaceOption) { o.UsernsOptions.Gids = nil }, "no root"},
	} {
		config := b.podConfig(func(c *runtimeapi.PodSandboxConfig) {
			c.Linux.SecurityContext.NamespaceOptions.UsernsOptions = users()
			test.change(c.Linux.SecurityContext.NamespaceOptions)
		})
		if _, err := b.RunPodSandbox(context.Background(), config, ""); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
