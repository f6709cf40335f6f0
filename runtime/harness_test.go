package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor"
)

// testCgroup begins the names of the root cgroups of this test run.
var testCgroup = fmt.Sprintf("/argosy-test-%d", os.Getpid())

// runPrefix begins the names of this test run's directories.
var runPrefix = fmt.Sprintf("argosy-run-%d-", os.Getpid())

// box is the path of the built testbox.
var box string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if order := os.Getenv(agentVariable); order != "" {
		box = os.Getenv("TESTBOX")
		fmt.Fprintln(os.Stderr, agent(order))
		return 1
	}
	dir, err := os.MkdirTemp("", "argosy-runtime-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	box = filepath.Join(dir, "testbox")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", box, "./internal/testbox")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the test program: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	if left := leftovers(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "the tests left behind:\n%s\n", strings.Join(left, "\n"))
		return 1
	}
	return code
}

// leftovers lists what the tests left in the kernel: processes, cgroups, mounts (which pinned namespaces are, too).
func leftovers() []string {
	var left []string
	entries, _ := filepath.Glob("/proc/[0-9]*/cgroup")
	for _, path := range entries {
		pid := filepath.Base(filepath.Dir(path))
		// What is dead but was not waited for by its new parent, the machine's init, is not ours any more.
		if strings.Contains(readText(path), testCgroup) && !strings.Contains(readText("/proc/"+pid+"/stat"), ") Z ") {
			left = append(left, "process "+pid)
		}
	}
	groups, _ := filepath.Glob("/sys/fs/cgroup/*" + testCgroup + "*")
	more, _ := filepath.Glob("/sys/fs/cgroup" + testCgroup + "*")
	for _, path := range append(groups, more...) {
		left = append(left, "cgroup "+path)
	}
	for line := range strings.Lines(readText("/proc/self/mountinfo")) {
		if strings.Contains(line, runPrefix) {
			left = append(left, "mount "+strings.TrimSpace(line))
		}
	}
	return left
}

// needKernel skips a test that drives the kernel where that is not allowed.
func needKernel(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: makes namespaces, cgroups and mounts")
	}
	if p, err := supervisor.Load(); errors.Is(err, supervisor.ErrNotBuilt) {
		t.Skip("needs the supervisor: run `make embedded` first")
	} else if err == nil {
		p.Close()
	}
}

// bench is a runtime in directories of its own.
type bench struct {
	*Runtime
	t    testing.TB
	opts Options
	logs *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *syncBuffer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *syncBuffer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func open(t testing.TB, change ...func(*Options)) *bench {
	t.Helper()
	needKernel(t)
	run, err := os.MkdirTemp("", runPrefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(run, 0o755); err != nil {
		t.Fatal(err)
	}
	images := &directories{root: filepath.Join(run, "images")}
	logs := &syncBuffer{}
	b := &bench{t: t, logs: logs, opts: Options{
		State: filepath.Join(run, "state"), Run: filepath.Join(run, "run"), Images: images, CgroupRoot: testCgroup + filepath.Base(run),
		Log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}}
	for _, f := range change {
		f(&b.opts)
	}
	b.start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := b.Clear(ctx); err != nil {
			t.Error("clearing:", err)
		}
		if err := b.Close(ctx); err != nil {
			t.Error("closing:", err)
		}
		if err := os.RemoveAll(run); err != nil {
			t.Error(err)
		}
		if t.Failed() && logs.String() != "" {
			t.Log("the runtime's log:\n" + logs.String())
		}
	})
	return b
}

func (b *bench) start() {
	b.t.Helper()
	r, err := New(context.Background(), b.opts)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Runtime = r
}

// restart is what happens when the agent is replaced: everything that runs stays.
func (b *bench) restart() {
	b.t.Helper()
	if err := b.Close(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	b.start()
}

// directories are the images of the tests: every image is a directory with the testbox.
type directories struct {
	root string
	// config changes what the image says of itself.
	config func(*imagespec.ImageConfig)
}

func (d *directories) Resolve(_ context.Context, ref string) (Image, error) {
	if ref == "missing" {
		return Image{}, errors.New("there is no such image")
	}
	image := Image{ID: "sha256:" + ref, Ref: ref + "@sha256:1", Config: imagespec.ImageConfig{Env: []string{"PATH=/bin", "FROM=image"}, Entrypoint: []string{"/bin/testbox"}}}
	if d.config != nil {
		d.config(&image.Config)
	}
	return image, nil
}

// PrepareMapped gives the files to the user namespace's root: this is no file system that could map them.
func (d *directories) PrepareMapped(ctx context.Context, id, image string, o Owners) (string, error) {
	root, err := d.Prepare(ctx, id, image)
	if err != nil {
		return "", err
	}
	return root, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == filepath.Join(root, "bin", "testbox") { // which is a link that others have, too
			return err
		}
		return os.Lchown(path, int(o.RootUID), int(o.RootGID))
	})
}

func (d *directories) Prepare(_ context.Context, id, _ string) (string, error) {
	root := filepath.Join(d.root, id)
	for _, dir := range []string{"bin", "etc", "tmp", "proc", "mnt", "home/app"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return "", err
		}
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o1777); err != nil {
		return "", err
	}
	if err := os.Link(box, filepath.Join(root, "bin", "testbox")); err != nil {
		b, err := os.ReadFile(box)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(root, "bin", "testbox"), b, 0o755); err != nil {
			return "", err
		}
	}
	for name, text := range map[string]string{
		"passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n",
		"group":  "root:x:0:\napp:x:1001:\naudio:x:63:app\n",
	} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	for _, name := range []string{"echo", "hold", "cat", "exit"} {
		if err := os.Symlink("testbox", filepath.Join(root, "bin", name)); err != nil {
			return "", err
		}
	}
	return root, nil
}

func (d *directories) Remove(_ context.Context, id string) error {
	return os.RemoveAll(filepath.Join(d.root, id))
}

func (d *directories) Usage(context.Context, string) (uint64, uint64, error) { return 4096, 7, nil }

// pod runs a sandbox.
func (b *bench) pod(change ...func(*runtimeapi.PodSandboxConfig)) string {
	b.t.Helper()
	id, err := b.RunPodSandbox(context.Background(), b.podConfig(change...), "")
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) podConfig(change ...func(*runtimeapi.PodSandboxConfig)) *runtimeapi.PodSandboxConfig {
	config := &runtimeapi.PodSandboxConfig{
		Metadata: &runtimeapi.PodSandboxMetadata{Name: "web", Namespace: "default", Uid: newID()[:12]},
		Hostname: "web-0", LogDirectory: filepath.Join(filepath.Dir(b.opts.State), "logs"),
		Linux: &runtimeapi.LinuxPodSandboxConfig{SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
			NamespaceOptions: &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_CONTAINER},
		}},
	}
	for _, f := range change {
		f(config)
	}
	if err := os.MkdirAll(config.LogDirectory, 0o755); err != nil {
		b.t.Fatal(err)
	}
	return config
}

// containerConfig describes a container that runs a testbox command.
func containerConfig(args ...string) *runtimeapi.ContainerConfig {
	return &runtimeapi.ContainerConfig{
		Metadata: &runtimeapi.ContainerMetadata{Name: "main"}, Image: &runtimeapi.ImageSpec{Image: "box"}, Args: args,
		LogPath: newID()[:8] + ".log",
		Linux: &runtimeapi.LinuxContainerConfig{
			Resources: &runtimeapi.LinuxContainerResources{},
			SecurityContext: &runtimeapi.LinuxContainerSecurityContext{
				NamespaceOptions: &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_CONTAINER},
				Seccomp:          &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_RuntimeDefault},
				MaskedPaths:      []string{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/acpi", "/proc/scsi"},
				ReadonlyPaths:    []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
			},
		},
	}
}

func (b *bench) create(pod string, config *runtimeapi.ContainerConfig) string {
	b.t.Helper()
	id, err := b.CreateContainer(context.Background(), pod, config, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// run starts a container.
func (b *bench) run(pod string, config *runtimeapi.ContainerConfig) string {
	b.t.Helper()
	id := b.create(pod, config)
	if err := b.StartContainer(context.Background(), id); err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) status(id string) *runtimeapi.ContainerStatus {
	b.t.Helper()
	response, err := b.ContainerStatus(context.Background(), id, false)
	if err != nil {
		b.t.Fatal(err)
	}
	return response.Status
}

// wait returns the status of a container once it ended.
func (b *bench) wait(id string) *runtimeapi.ContainerStatus {
	b.t.Helper()
	c, err := b.container(id)
	if err != nil {
		b.t.Fatal(err)
	}
	select {
	case <-c.ended:
	case <-time.After(20 * time.Second):
		b.t.Fatalf("the container does not end; its log:\n%s", b.log(id))
	}
	return b.status(id)
}

// log returns what a container wrote, without the stamps.
func (b *bench) log(id string) string {
	b.t.Helper()
	text, err := os.ReadFile(b.status(id).LogPath)
	if err != nil {
		b.t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if len(f) != 4 {
			b.t.Fatalf("not a line of a CRI log: %q", line)
		}
		out.WriteString(f[3])
		if f[2] == "F" {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// output runs a container to its end and returns what it wrote; it must end with code 0.
func (b *bench) output(pod string, config *runtimeapi.ContainerConfig) string {
	b.t.Helper()
	id := b.run(pod, config)
	status := b.wait(id)
	out := b.log(id)
	if status.ExitCode != 0 {
		b.t.Fatalf("%v ended with code %d (%s %s):\n%s", config.Args, status.ExitCode, status.Reason, status.Message, out)
	}
	return out
}

// awaitLog waits until a container wrote a text.
func (b *bench) awaitLog(id, text string) {
	b.t.Helper()
	eventually(b.t, func() bool { return strings.Contains(b.log(id), text) }, func() string {
		return fmt.Sprintf("the log never has %q:\n%s", text, b.log(id))
	})
}

// eventually asks again and again, for what happens in other processes and sends no word of it, and gives up after a
// time that is far longer than it can take.
func eventually(t testing.TB, holds func() bool, failure func() string) {
	t.Helper()
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	patience := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-again.C:
		case <-patience:
			t.Fatal(failure())
		}
	}
}

// says makes a failure out of a text that is known before.
func says(text string) func() string { return func() string { return text } }
