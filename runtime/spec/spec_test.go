package spec

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
	"argosy.dev/runtime/supervisor/wire"
)

const everything = 1<<41 - 1

func TestArguments(t *testing.T) {
	image := &imagespec.ImageConfig{Entrypoint: []string{"/entry"}, Cmd: []string{"image", "args"}}
	for name, test := range map[string]struct {
		command, args []string
		image         *imagespec.ImageConfig
		want          []string
	}{
		"neither":                    {nil, nil, image, []string{"/entry", "image", "args"}},
		"command":                    {[]string{"/cmd"}, nil, image, []string{"/cmd"}},
		"args":                       {nil, []string{"a"}, image, []string{"/entry", "a"}},
		"both":                       {[]string{"/cmd"}, []string{"a"}, image, []string{"/cmd", "a"}},
		"no entrypoint":              {nil, nil, &imagespec.ImageConfig{Cmd: []string{"sh"}}, []string{"sh"}},
		"no entrypoint, but args":    {nil, []string{"ls"}, &imagespec.ImageConfig{Cmd: []string{"sh"}}, []string{"ls"}},
		"nothing":                    {nil, nil, &imagespec.ImageConfig{}, nil},
		"a command without an image": {[]string{"x"}, nil, &imagespec.ImageConfig{}, []string{"x"}},
	} {
		got, err := arguments(&runtimeapi.ContainerConfig{Command: test.command, Args: test.args}, test.image)
		if !reflect.DeepEqual(got, test.want) || (err == nil) != (test.want != nil) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	in := &Input{
		Config:   &runtimeapi.ContainerConfig{Tty: true, Envs: []*runtimeapi.KeyValue{{Key: "A", Value: []byte("2")}, {Key: "A", Value: []byte("3=4")}, {Key: "EMPTY"}}},
		Image:    &imagespec.ImageConfig{Env: []string{"PATH=/image", "A=1", "NOVALUE"}},
		Hostname: "web-0", User: User{Home: "/home/app"},
	}
	want := []string{"PATH=/image", "HOSTNAME=web-0", "TERM=xterm", "A=3=4", "NOVALUE", "EMPTY=", "HOME=/home/app"}
	if got := environment(in); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	in.Image.Env, in.User.Home, in.Config = nil, "", &runtimeapi.ContainerConfig{}
	if got := environment(in); !slices.Contains(got, defaultPath) || !slices.Contains(got, "HOME=/") || slices.Contains(got, "TERM=xterm") {
		t.Errorf("defaults: %q", got)
	}
}

func TestDirectory(t *testing.T) {
	for _, test := range []struct{ container, image, want string }{
		{"", "", "/"}, {"/a", "/b", "/a"}, {"", "/b", "/b"}, {"rel", "", "/rel"}, {"", "app", "/app"},
	} {
		if got := directory(&runtimeapi.ContainerConfig{WorkingDir: test.container}, &imagespec.ImageConfig{WorkingDir: test.image}); got != test.want {
			t.Errorf("%q over %q is %q, want %q", test.container, test.image, got, test.want)
		}
	}
}

func TestCapabilities(t *testing.T) {
	bits := func(names ...string) (set uint64) {
		for _, n := range names {
			b, ok := capability(n)
			if !ok {
				t.Fatal(n)
			}
			set |= b
		}
		return set
	}
	none := &runtimeapi.LinuxContainerSecurityContext{}
	with := func(add, drop, ambient []string) *runtimeapi.LinuxContainerSecurityContext {
		return &runtimeapi.LinuxContainerSecurityContext{Capabilities: &runtimeapi.Capability{AddCapabilities: add, DropCapabilities: drop, AddAmbientCapabilities: ambient}}
	}
	const missing = everything &^ (1 << unix.CAP_SYS_RESOURCE)
	for name, test := range map[string]struct {
		sc        *runtimeapi.LinuxContainerSecurityContext
		own, want uint64
		ambient   uint64
		unknown   []string
	}{
		"none given":           {none, everything, 0xa80425fb, 0, nil},
		"no context":           {nil, everything, 0xa80425fb, 0, nil},
		"added":                {with([]string{"NET_ADMIN", "CAP_SYS_TIME"}, nil, nil), everything, 0xa80425fb | bits("NET_ADMIN", "SYS_TIME"), 0, nil},
		"lower case":           {with([]string{"net_admin"}, nil, nil), everything, 0xa80425fb | bits("NET_ADMIN"), 0, nil},
		"dropped":              {with(nil, []string{"KILL", "CAP_CHOWN"}, nil), everything, 0xa80425fb &^ bits("KILL", "CHOWN"), 0, nil},
		"all dropped, one put": {with([]string{"KILL"}, []string{"ALL"}, nil), everything, bits("KILL"), 0, nil},
		"all added":            {with([]string{"ALL"}, nil, nil), everything, everything, 0, nil},
		"all added but one":    {with([]string{"ALL"}, []string{"SYS_ADMIN"}, nil), everything, everything &^ bits("SYS_ADMIN"), 0, nil},
		"all, as far as had":   {with([]string{"ALL"}, nil, nil), missing, missing, 0, nil},
		"one that nobody has":  {with([]string{"SYS_RESOURCE"}, nil, nil), missing, 0xa80425fb, 0, []string{"SYS_RESOURCE"}},
		"unknown":              {with([]string{"FLY"}, nil, nil), everything, 0xa80425fb, 0, []string{"FLY"}},
		"privileged":           {&runtimeapi.LinuxContainerSecurityContext{Privileged: true, Capabilities: &runtimeapi.Capability{DropCapabilities: []string{"ALL"}}}, missing, missing, 0, nil},
		"ambient":              {with(nil, nil, []string{"KILL"}), everything, 0xa80425fb, bits("KILL"), nil},
		"ambient, but dropped": {with(nil, []string{"KILL"}, []string{"KILL"}), everything, 0xa80425fb &^ bits("KILL"), 0, []string{"KILL"}},
	} {
		got, unknown := Capabilities(test.sc, test.own)
		want := wire.Capabilities{Bounding: test.want, Permitted: test.want, Effective: test.want, Inheritable: test.ambient, Ambient: test.ambient}
		if got != want || !reflect.DeepEqual(unknown, test.unknown) {
			t.Errorf("%s: %x, unknown %v; want %x, %v", name, got, unknown, want, test.unknown)
		}
	}
	if got := CapabilityNames(1<<unix.CAP_CHOWN | 1<<unix.CAP_CHECKPOINT_RESTORE); !reflect.DeepEqual(got, []string{"CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"}) {
		t.Errorf("names: %v", got)
	}
}

func TestResolveUser(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\n# comment\nbroken\napp:x:1000:1001::/home/app:/bin/sh\n77:x:5:5::/:\nbig:x:4294967296:1::/:\n"
	const group = "root:x:0:\napp:x:1001:\naudio:x:63:other,app\nvideo:x:44:app\nempty:x:45:\nbad:x:no:app\n"
	number := func(n int64) *runtimeapi.Int64Value { return &runtimeapi.Int64Value{Value: n} }
	for name, test := range map[string]struct {
		sc    *runtimeapi.LinuxContainerSecurityContext
		image string
		want  User
		fails string
	}{
		"nothing":                 {nil, "", User{0, 0, []uint32{0}, "/root"}, ""},
		"image by name":           {nil, "app", User{1000, 1001, []uint32{44, 63, 1001}, "/home/app"}, ""},
		"image by number":         {nil, "1000", User{1000, 1001, []uint32{44, 63, 1001}, "/home/app"}, ""},
		"image with group":        {nil, "app:video", User{1000, 44, []uint32{44, 63}, "/home/app"}, ""},
		"image with group number": {nil, "9:8", User{9, 8, []uint32{8}, ""}, ""},
		"number that is a name":   {nil, "77", User{77, 0, []uint32{0}, ""}, ""},
		"pod's number":            {&runtimeapi.LinuxContainerSecurityContext{RunAsUser: number(7)}, "app", User{7, 0, []uint32{0}, ""}, ""},
		"pod's zero":              {&runtimeapi.LinuxContainerSecurityContext{RunAsUser: number(0)}, "app", User{0, 0, []uint32{0}, "/root"}, ""},
		"pod's name":              {&runtimeapi.LinuxContainerSecurityContext{RunAsUsername: "app", SupplementalGroups: []int64{63, 5}}, "", User{1000, 1001, []uint32{5, 44, 63, 1001}, "/home/app"}, ""},
		"pod's group":             {&runtimeapi.LinuxContainerSecurityContext{RunAsUser: number(1000), RunAsGroup: number(3)}, "", User{1000, 3, []uint32{3, 44, 63}, "/home/app"}, ""},
		"pod's group for image's": {&runtimeapi.LinuxContainerSecurityContext{RunAsGroup: number(3)}, "app", User{1000, 3, []uint32{3, 44, 63}, "/home/app"}, ""},
		"strict":                  {&runtimeapi.LinuxContainerSecurityContext{RunAsUser: number(1000), SupplementalGroups: []int64{5}, SupplementalGroupsPolicy: runtimeapi.SupplementalGroupsPolicy_Strict}, "", User{1000, 1001, []uint32{5, 1001}, "/home/app"}, ""},
		"group without user":      {&runtimeapi.LinuxContainerSecurityContext{RunAsGroup: number(3)}, "", User{}, "no user"},
		"unknown user":            {nil, "eve", User{}, "unable to find user eve"},
		"unknown group":           {nil, "app:eve", User{}, "unable to find group eve"},
		"negative":                {&runtimeapi.LinuxContainerSecurityContext{RunAsUser: number(-1)}, "", User{}, "no user or group id"},
		"too large":               {&runtimeapi.LinuxContainerSecurityContext{RunAsUser: number(1 << 31)}, "", User{}, "no user or group id"},
		"a user beyond 32 bits":   {nil, "big", User{}, "unable to find user big"},
	} {
		config := &runtimeapi.ContainerConfig{Linux: &runtimeapi.LinuxContainerConfig{SecurityContext: test.sc}}
		got, err := ResolveUser(config, &imagespec.ImageConfig{User: test.image}, passwd, group)
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: %+v, %v; want an error with %q", name, got, err, test.fails)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
	}
}

func FuzzResolveUser(f *testing.F) {
	f.Add("app:video", "app:x:1000:1001::/home/app:/bin/sh\n", "video:x:44:app\n")
	f.Fuzz(func(t *testing.T, user, passwd, group string) {
		u, err := ResolveUser(&runtimeapi.ContainerConfig{}, &imagespec.ImageConfig{User: user}, passwd, group)
		if err == nil && !slices.Contains(u.Groups, u.GID) {
			t.Errorf("%q is %+v", user, u)
		}
	})
}

func input(change ...func(*runtimeapi.ContainerConfig)) *Input {
	config := &runtimeapi.ContainerConfig{Args: []string{"/run"}, Linux: &runtimeapi.LinuxContainerConfig{
		Resources: &runtimeapi.LinuxContainerResources{}, SecurityContext: &runtimeapi.LinuxContainerSecurityContext{},
	}}
	for _, f := range change {
		f(config)
	}
	return &Input{
		Config: config, Image: &imagespec.ImageConfig{}, Root: "/root",
		Files: SandboxFiles{Shm: "/pod/shm", Hosts: "/pod/hosts", Hostname: "/pod/hostname", ResolvConf: "/pod/resolv.conf"},
		Host:  Host{Capabilities: everything, OOMScore: 0, OpenFiles: 1000},
	}
}

func targets(list []wire.Mount) []string {
	var paths []string
	for _, m := range list {
		paths = append(paths, m.Target)
	}
	return paths
}

func TestMounts(t *testing.T) {
	volume := func(host, target string) *runtimeapi.Mount {
		return &runtimeapi.Mount{HostPath: host, ContainerPath: target}
	}
	usual := []string{"/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/dev/shm", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}
	out, err := Container(input())
	if err != nil || !reflect.DeepEqual(targets(out.Init.Mounts), usual) {
		t.Errorf("usual mounts: %v, %v", targets(out.Init.Mounts), err)
	}
	out, err = Container(input(func(c *runtimeapi.ContainerConfig) {
		c.Mounts = []*runtimeapi.Mount{volume("/v", "/a/b"), volume("/v", "/a"), volume("/h", "/etc/hosts"), volume("/s", "/dev/shm/"), volume("/v", "relative")}
	}))
	want := []string{"/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/etc/hostname", "/etc/resolv.conf", "/a", "/relative", "/a/b", "/etc/hosts", "/dev/shm"}
	if err != nil || !reflect.DeepEqual(targets(out.Init.Mounts), want) {
		t.Errorf("own mounts replace usual ones and outer come first: %v, %v", targets(out.Init.Mounts), err)
	}
	in := input(func(c *runtimeapi.ContainerConfig) {
		c.Mounts = []*runtimeapi.Mount{volume("/sys/fs/cgroup", "/sys/fs/cgroup")}
	})
	in.CgroupMounts = []cgroup.Mount{{Names: []string{"cpu,cpuacct", "cpu", "cpuacct"}, Dir: "/sys/fs/cgroup/cpu,cpuacct/x"}}
	if out, err = Container(in); err != nil || slices.Contains(targets(out.Init.Mounts), "/sys/fs/cgroup/cpu,cpuacct") {
		t.Errorf("the host's cgroups in place of the container's: %v, %v", targets(out.Init.Mounts), err)
	}
	in.Config.Mounts = nil
	if out, err = Container(in); err != nil || !slices.Contains(targets(out.Init.Mounts), "/sys/fs/cgroup/cpu,cpuacct") || !slices.Contains(out.Init.Links, wire.Link{Path: "/sys/fs/cgroup/cpu", Target: "cpu,cpuacct"}) {
		t.Errorf("v1 cgroups: %v, %v, %v", targets(out.Init.Mounts), out.Init.Links, err)
	}
	out, err = Container(input(func(c *runtimeapi.ContainerConfig) { c.Mounts = []*runtimeapi.Mount{volume("/dev", "/dev")} }))
	if err != nil || len(out.Init.Nodes) != 0 || len(out.Init.Links) != 0 {
		t.Errorf("nothing may be made in a /dev that is the host's: %v, %v", out.Init.Nodes, err)
	}
}

func TestMountFlags(t *testing.T) {
	for name, test := range map[string]struct {
		m     *runtimeapi.Mount
		want  wire.Mount
		fails string
	}{
		"plain":      {&runtimeapi.Mount{}, wire.Mount{Propagation: unix.MS_PRIVATE}, ""},
		"read-only":  {&runtimeapi.Mount{Readonly: true}, wire.Mount{Attr: rdOnly, Propagation: unix.MS_PRIVATE}, ""},
		"recursive":  {&runtimeapi.Mount{Readonly: true, RecursiveReadOnly: true}, wire.Mount{Attr: rdOnly, AttrBelow: true, Propagation: unix.MS_PRIVATE}, ""},
		"follows":    {&runtimeapi.Mount{Propagation: runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER}, wire.Mount{Propagation: unix.MS_SLAVE}, ""},
		"both ways":  {&runtimeapi.Mount{Propagation: runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL}, wire.Mount{Propagation: unix.MS_SHARED}, ""},
		"half":       {&runtimeapi.Mount{RecursiveReadOnly: true}, wire.Mount{}, "not read-only"},
		"shared too": {&runtimeapi.Mount{Readonly: true, RecursiveReadOnly: true, Propagation: runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER}, wire.Mount{}, "private propagation"},
		"nonsense":   {&runtimeapi.Mount{Propagation: 9}, wire.Mount{}, "unknown propagation"},
		"no source":  {&runtimeapi.Mount{HostPath: "-"}, wire.Mount{}, "no path on the host"},
		"image":      {&runtimeapi.Mount{Image: &runtimeapi.ImageSpec{Image: "x"}}, wire.Mount{}, "not implemented"},
	} {
		test.m.ContainerPath = "/c"
		if test.m.HostPath == "" {
			test.m.HostPath = "/h"
		} else {
			test.m.HostPath = ""
		}
		got, err := bind(test.m)
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: %v; want an error with %q", name, err, test.fails)
			}
			continue
		}
		test.want.Source, test.want.Target, test.want.Recursive = "/h", "/c", true
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
	}
}

func TestDevices(t *testing.T) {
	in := input()
	in.Devices = []Device{
		{wire.Node{Path: "/dev/sda", Type: unix.S_IFBLK, Major: 8, Minor: 0}, "r"},
		{wire.Node{Path: "/dev/null", Type: unix.S_IFCHR, Major: 9, Minor: 9}, "rw"},
	}
	out, err := Container(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Init.Nodes) != len(usualNodes)+1 || out.Init.Nodes[0].Major != 9 {
		t.Errorf("nodes: %v", out.Init.Nodes)
	}
	for _, want := range []cgroup.Device{{Type: 'b', Major: 8, Access: "r"}, {Type: 'c', Major: 9, Minor: 9, Access: "rw"}} {
		if !slices.Contains(out.Devices, want) {
			t.Errorf("%v is not allowed", want)
		}
	}
	in.Config.Linux.SecurityContext.Privileged = true
	if out, err = Container(in); err != nil || out.Devices != nil {
		t.Errorf("a privileged container is limited to %v, %v", out.Devices, err)
	}
}

func TestOOMScore(t *testing.T) {
	for _, test := range []struct {
		want, own int
		may       bool
		got       int32
		noted     bool
	}{{500, 0, false, 500, false}, {-998, 0, false, 0, true}, {-998, 0, true, -998, false}, {-5, -10, false, -5, false}, {2000, 0, true, 1000, false}} {
		in := input(func(c *runtimeapi.ContainerConfig) { c.Linux.Resources.OomScoreAdj = int64(test.want) })
		in.Host.OOMScore, in.Host.MayLowerOOMScore = test.own, test.may
		out, err := Container(in)
		if err != nil || out.Init.OOMScore != test.got || (len(out.Notes) > 0) != test.noted {
			t.Errorf("%+v: %d, %v, %v", test, out.Init.OOMScore, out.Notes, err)
		}
	}
}

func TestPrivilegedIsNotConfined(t *testing.T) {
	confined := func(c *runtimeapi.ContainerConfig) {
		c.Linux.SecurityContext.MaskedPaths, c.Linux.SecurityContext.ReadonlyPaths = []string{"/proc/kcore"}, []string{"/proc/sys"}
	}
	out, err := Container(input(confined))
	if err != nil || len(out.Init.Masked) != 1 || len(out.Init.ReadOnly) != 1 {
		t.Errorf("confined: %v, %v", out.Init, err)
	}
	out, err = Container(input(confined, func(c *runtimeapi.ContainerConfig) { c.Linux.SecurityContext.Privileged = true }))
	if err != nil || out.Init.Masked != nil || out.Init.ReadOnly != nil || out.Init.Caps.Effective != everything {
		t.Errorf("privileged: %v, %v", out.Init, err)
	}
	for _, m := range out.Init.Mounts {
		if (m.Target == "/sys" || m.Target == "/sys/fs/cgroup") && m.Attr&rdOnly != 0 {
			t.Errorf("%s is read-only", m.Target)
		}
	}
}

func TestExecTakesTheContainersConfinement(t *testing.T) {
	in := input()
	in.Seccomp, in.User, in.Tasks = []byte{1}, User{UID: 5, GID: 6, Groups: []uint32{7}}, []string{"/tasks"}
	out, err := Container(in)
	if err != nil {
		t.Fatal(err)
	}
	e := Exec(out.Init, []string{"ls"}, true)
	c := out.Init
	if !e.Join || !reflect.DeepEqual(e.Seccomp, c.Seccomp) || e.UID != 5 || e.Caps != c.Caps || !reflect.DeepEqual(e.Tasks, c.Tasks) || !e.SetOOMScore {
		t.Errorf("%+v", e)
	}
	if !slices.Contains(e.Env, "TERM=xterm") || slices.Contains(c.Env, "TERM=xterm") {
		t.Errorf("environments: %v, %v", e.Env, c.Env)
	}
}
