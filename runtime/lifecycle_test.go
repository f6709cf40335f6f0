package runtime

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestContainerRunsToItsEnd(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.create(pod, containerConfig("echo", "hello", "world"))
	if got := b.status(id); got.State != runtimeapi.ContainerState_CONTAINER_CREATED || got.StartedAt != 0 {
		t.Errorf("after create: %v", got)
	}
	if err := b.StartContainer(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	status := b.wait(id)
	if status.State != runtimeapi.ContainerState_CONTAINER_EXITED || status.ExitCode != 0 || status.Reason != "Completed" || status.FinishedAt < status.StartedAt || status.StartedAt < status.CreatedAt {
		t.Errorf("after its end: %v", status)
	}
	if got := b.log(id); got != "hello world\n" {
		t.Errorf("it wrote %q", got)
	}
	if err := b.StartContainer(context.Background(), id); err == nil || !strings.Contains(err.Error(), "EXITED") {
		t.Errorf("starting it again: %v", err)
	}
}

func TestEnds(t *testing.T) {
	b := open(t)
	pod := b.pod()
	limited := containerConfig("alloc", "200")
	limited.Linux.Resources.MemoryLimitInBytes = 32 << 20
	limited.Linux.Resources.MemorySwapLimitInBytes = 32 << 20
	for _, test := range []struct {
		name   string
		config *runtimeapi.ContainerConfig
		code   int32
		reason string
	}{
		{"success", containerConfig("exit", "0"), 0, "Completed"},
		{"failure", containerConfig("exit", "42"), 42, "Error"},
		{"out of memory", limited, 137, "OOMKilled"},
	} {
		id := b.run(pod, test.config)
		if got := b.wait(id); got.ExitCode != test.code || got.Reason != test.reason {
			t.Errorf("%s: code %d, reason %s; want %d, %s", test.name, got.ExitCode, got.Reason, test.code, test.reason)
		}
	}
}

func TestStartErrors(t *testing.T) {
	b := open(t)
	pod := b.pod()
	command := func(name string) *runtimeapi.ContainerConfig {
		c := containerConfig()
		c.Command = []string{name}
		return c
	}
	outside := containerConfig("pwd")
	outside.WorkingDir = "/etc/passwd"
	small := containerConfig("hold")
	small.Linux.Resources.MemoryLimitInBytes = 64 << 10
	for name, test := range map[string]struct {
		config *runtimeapi.ContainerConfig
		want   string
	}{
		"not in PATH":           {command("nosuch"), `exec: "nosuch": executable file not found in $PATH`},
		"no such file":          {command("/bin/nosuch"), "no such file or directory"},
		"not executable":        {command("/etc/passwd"), "permission denied"},
		"a directory":           {command("/etc"), "permission denied"},
		"no working directory":  {outside, "not a directory"},
		"too little memory":     {small, "memory"},
		"an empty program name": {command(""), "executable file not found"},
	} {
		id := b.create(pod, test.config)
		err := b.StartContainer(context.Background(), id)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
			continue
		}
		if got := b.status(id); got.State != runtimeapi.ContainerState_CONTAINER_EXITED || got.ExitCode != 128 || got.Reason != "StartError" || got.Message == "" {
			t.Errorf("%s: its status is %v", name, got)
		}
		if err := b.RemoveContainer(context.Background(), id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreateErrors(t *testing.T) {
	b := open(t)
	pod := b.pod()
	with := func(f func(c *runtimeapi.ContainerConfig)) *runtimeapi.ContainerConfig {
		c := containerConfig("hold")
		f(c)
		return c
	}
	for name, test := range map[string]struct {
		config *runtimeapi.ContainerConfig
		want   string
	}{
		"unknown image": {with(func(c *runtimeapi.ContainerConfig) { c.Image.Image = "missing" }), "there is no such image"},
		"unknown user":  {with(func(c *runtimeapi.ContainerConfig) { c.Linux.SecurityContext.RunAsUsername = "eve" }), "unable to find user eve"},
		"no such profile": {with(func(c *runtimeapi.ContainerConfig) {
			c.Linux.SecurityContext.Seccomp = &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Localhost, LocalhostRef: "nosuch.json"}
		}), "nosuch.json"},
		"no such device": {with(func(c *runtimeapi.ContainerConfig) {
			c.Devices = []*runtimeapi.Device{{HostPath: "/dev/nosuch", ContainerPath: "/dev/x"}}
		}), "/dev/nosuch"},
		"a mount on root": {with(func(c *runtimeapi.ContainerConfig) {
			c.Mounts = []*runtimeapi.Mount{{HostPath: "/tmp", ContainerPath: "/"}}
		}), "no usable path"},
		"user namespace": {with(func(c *runtimeapi.ContainerConfig) {
			c.Linux.SecurityContext.NamespaceOptions.UsernsOptions = &runtimeapi.UserNamespace{}
		}), "a user namespace that its pod does not have"},
	} {
		if _, err := b.CreateContainer(context.Background(), pod, test.config, nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
	if entries, err := os.ReadDir(b.opts.containerState("")); err != nil || len(entries) != 0 {
		t.Errorf("failed creations left %v, %v", entries, err)
	}
}

func TestStop(t *testing.T) {
	quit := func(c *imagespec.ImageConfig) { c.StopSignal = "SIGQUIT" }
	b := open(t)
	b.opts.Images.(*directories).config = quit
	pod := b.pod()
	ctx := context.Background()

	polite := b.run(pod, containerConfig("trap", "7"))
	b.awaitLog(polite, "ready")
	if err := b.StopContainer(ctx, polite, 10); err != nil {
		t.Fatal(err)
	}
	if got := b.status(polite); got.ExitCode != 7 || got.StopSignal != runtimeapi.Signal_SIGQUIT || b.log(polite) != "ready\ngot quit\n" {
		t.Errorf("asked with the image's signal: %v, %q", got, b.log(polite))
	}

	config := containerConfig("trap", "8")
	config.StopSignal = runtimeapi.Signal_SIGUSR1
	usr := b.run(pod, config)
	b.awaitLog(usr, "ready")
	if err := b.StopContainer(ctx, usr, 10); err != nil {
		t.Fatal(err)
	}
	if got := b.log(usr); b.status(usr).ExitCode != 8 || got != "ready\ngot user defined signal 1\n" {
		t.Errorf("asked with the pod's signal: %v, %q", b.status(usr), got)
	}

	// The first process of a namespace ignores what it does not handle.
	b.opts.Images.(*directories).config = func(c *imagespec.ImageConfig) { c.StopSignal = "SIGUSR2" }
	deaf := containerConfig()
	deaf.Command = []string{"/bin/testbox", "hold"}
	deaf.StopSignal = runtimeapi.Signal_SIGCONT
	stubborn := b.run(pod, deaf)
	began := time.Now()
	if err := b.StopContainer(ctx, stubborn, 1); err != nil {
		t.Fatal(err)
	}
	if got := b.status(stubborn); got.ExitCode != 137 || got.Reason != "Error" {
		t.Errorf("killed: %v", got)
	}
	if took := time.Since(began); took < time.Second || took > 5*time.Second {
		t.Errorf("killing took %s, the grace was 1s", took)
	}
	if err := b.StopContainer(ctx, stubborn, 1); err != nil {
		t.Errorf("stopping it again: %v", err)
	}
}

func TestRemovalIsForgivingAndComplete(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	if err := b.RemoveContainer(ctx, id); err != nil {
		t.Fatal("removing it while it runs:", err)
	}
	if _, err := b.ContainerStatus(ctx, id, false); status.Code(err) != codes.NotFound {
		t.Errorf("the status of a removed container: %v", err)
	}
	b.run(pod, containerConfig("hold"))
	if err := b.StopPodSandbox(ctx, pod); err != nil {
		t.Fatal(err)
	}
	if err := b.StopPodSandbox(ctx, pod); err != nil {
		t.Errorf("stopping it again: %v", err)
	}
	response, err := b.PodSandboxStatus(ctx, pod, true)
	if err != nil || response.Status.State != runtimeapi.PodSandboxState_SANDBOX_NOTREADY {
		t.Errorf("after stop: %v, %v", response, err)
	}
	if _, err := b.CreateContainer(ctx, pod, containerConfig("hold"), nil); err == nil {
		t.Error("a container was created in a stopped sandbox")
	}
	if err := b.RemovePodSandbox(ctx, pod); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"remove pod": b.RemovePodSandbox(ctx, pod), "stop pod": b.StopPodSandbox(ctx, pod),
		"remove container": b.RemoveContainer(ctx, id), "stop container": b.StopContainer(ctx, id, 1),
	} {
		if err != nil {
			t.Errorf("%s once it is gone: %v", what, err)
		}
	}
	for _, dir := range []string{b.opts.sandboxState(""), b.opts.sandboxRun(""), b.opts.containerState("")} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("%s still has %v, %v", dir, entries, err)
		}
	}
	if groups, err := filepath.Glob("/sys/fs/cgroup/*" + b.opts.CgroupRoot + "/pod*"); err != nil || len(groups) != 0 {
		t.Errorf("cgroups are left: %v, %v", groups, err)
	}
}

func TestListsAndFilters(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	red := b.pod(func(c *runtimeapi.PodSandboxConfig) { c.Labels = map[string]string{"color": "red"} })
	b.pod(func(c *runtimeapi.PodSandboxConfig) { c.Labels = map[string]string{"color": "blue"} })
	labelled := containerConfig("hold")
	labelled.Labels = map[string]string{"color": "red"}
	running := b.run(red, labelled)
	ended := b.run(red, containerConfig("exit", "0"))
	b.wait(ended)

	pods := func(f *runtimeapi.PodSandboxFilter) int {
		list, err := b.ListPodSandbox(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	containers := func(f *runtimeapi.ContainerFilter) string {
		list, err := b.ListContainers(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, c := range list {
			ids = append(ids, c.Id)
		}
		return strings.Join(ids, " ")
	}
	for name, test := range map[string]struct{ got, want int }{
		"all":            {pods(nil), 2},
		"by label":       {pods(&runtimeapi.PodSandboxFilter{LabelSelector: map[string]string{"color": "red"}}), 1},
		"by id":          {pods(&runtimeapi.PodSandboxFilter{Id: red}), 1},
		"by short id":    {pods(&runtimeapi.PodSandboxFilter{Id: red[:12]}), 1},
		"by unknown id":  {pods(&runtimeapi.PodSandboxFilter{Id: "nosuch"}), 0},
		"ready":          {pods(&runtimeapi.PodSandboxFilter{State: &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY}}), 2},
		"not ready":      {pods(&runtimeapi.PodSandboxFilter{State: &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY}}), 0},
		"another colour": {pods(&runtimeapi.PodSandboxFilter{LabelSelector: map[string]string{"color": "green"}}), 0},
	} {
		if test.got != test.want {
			t.Errorf("pods %s: %d, want %d", name, test.got, test.want)
		}
	}
	for name, test := range map[string]struct{ got, want string }{
		"all, newest first": {containers(nil), ended + " " + running},
		"running":           {containers(&runtimeapi.ContainerFilter{State: &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}}), running},
		"by label":          {containers(&runtimeapi.ContainerFilter{LabelSelector: map[string]string{"color": "red"}}), running},
		"by pod":            {containers(&runtimeapi.ContainerFilter{PodSandboxId: red, State: &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_EXITED}}), ended},
		"of unknown pod":    {containers(&runtimeapi.ContainerFilter{PodSandboxId: "nosuch"}), ""},
		"by id":             {containers(&runtimeapi.ContainerFilter{Id: running}), running},
	} {
		if test.got != test.want {
			t.Errorf("containers %s: %s, want %s", name, test.got, test.want)
		}
	}
}

// A caller that gives up on a start must not be surprised by a container that runs.
func TestAbandonedStart(t *testing.T) {
	b := open(t)
	pod := b.pod()
	for i := range 10 {
		id := b.create(pod, containerConfig("hold"))
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*500*time.Microsecond)
		err := b.StartContainer(ctx, id)
		cancel()
		state := b.status(id).State
		if (err == nil) != (state == runtimeapi.ContainerState_CONTAINER_RUNNING) {
			t.Errorf("start said %v and the container is %v", err, state)
		}
		if err != nil {
			group := b.group(mustContainer(t, b, id))
			eventually(t, func() bool { return len(group.Processes()) == 0 }, says("a process runs in an abandoned container"))
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	b := open(t)
	ids := make([]string, 24)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	err := forEach(ids, func(n string) error {
		pod, err := b.RunPodSandbox(context.Background(), b.podConfig(), "")
		if err != nil {
			return err
		}
		id, err := b.CreateContainer(context.Background(), pod, containerConfig("echo", n), nil)
		if err != nil {
			return err
		}
		if err := b.StartContainer(context.Background(), id); err != nil {
			return err
		}
		c, err := b.container(id)
		if err != nil {
			return err
		}
		<-c.ended
		if got := b.log(id); got != n+"\n" {
			return fmt.Errorf("container %s wrote %q", n, got)
		}
		return b.RemovePodSandbox(context.Background(), pod)
	})
	if err != nil {
		t.Error(err)
	}
}
