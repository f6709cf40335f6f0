package runtime

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

func TestAdoption(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	ticking := b.run(pod, containerConfig("tick"))
	ended := b.run(pod, containerConfig("exit", "9"))
	b.wait(ended)
	created := b.create(pod, containerConfig("echo", "late"))
	_, before := mustContainer(t, b, ticking).snapshot()

	b.restart()
	_, after := mustContainer(t, b, ticking).snapshot()
	if after.PID != before.PID || after.StartTicks != before.StartTicks || after.Started != before.Started || after.Finished != 0 {
		t.Errorf("the process was %+v and is %+v", before, after)
	}
	if got := b.status(ended); got.ExitCode != 9 || got.Reason != "Error" {
		t.Errorf("what had ended: %v", got)
	}
	response, err := b.PodSandboxStatus(ctx, pod, false)
	if err != nil || response.Status.State != runtimeapi.PodSandboxState_SANDBOX_READY {
		t.Errorf("the sandbox: %v, %v", response, err)
	}
	if out, _, err := b.ExecSync(ctx, ticking, []string{"echo", "still", "here"}, 0); err != nil || string(out) != "still here\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
	lines := strings.Count(b.log(ticking), "\n")
	b.awaitLog(ticking, fmt.Sprintf("tick %d\n", lines+5))
	if err := b.StartContainer(ctx, created); err != nil {
		t.Fatal(err)
	}
	b.wait(created)
	if got := b.log(created); got != "late\n" {
		t.Errorf("a container created before wrote %q", got)
	}
	another := b.run(pod, containerConfig("echo", "new"))
	b.wait(another)
	if err := b.StopContainer(ctx, ticking, 0); err != nil {
		t.Fatal(err)
	}
	if got := b.status(ticking); got.ExitCode != 137 {
		t.Errorf("stopped by the new agent: %v", got)
	}
}

// What a supervisor of another build runs is kept, but nothing is asked of it that it may not understand.
func TestForeignSupervisor(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	created := b.create(pod, containerConfig("hold"))
	mustSandbox(t, b, pod).foreign = true
	if _, _, err := b.ExecSync(context.Background(), id, []string{"echo"}, 0); !errors.Is(err, errForeign) {
		t.Errorf("exec: %v", err)
	}
	if err := b.StartContainer(context.Background(), created); !errors.Is(err, errForeign) {
		t.Errorf("start: %v", err)
	}
	if err := b.StopContainer(context.Background(), id, 0); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// A supervisor holds a pod's life: nothing that arrives on its socket may end it.
func TestSupervisorSurvivesNonsense(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	random := rand.New(rand.NewPCG(1, 2))
	messages := [][]byte{
		nil, []byte("GET / HTTP/1.1\r\n\r\n"), wire.AppendFrame(nil, wire.KindSpawn, 1, (&wire.Spawn{ID: "x"}).Append(nil)), // its files are missing
		wire.AppendFrame(nil, wire.KindAttach, 1, wire.AppendStrings(nil, id)), wire.AppendFrame(nil, 200, 1, nil),
		wire.AppendFrame(nil, wire.KindSignal, 1, []byte{1}), {0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5},
	}
	for range 200 {
		m := make([]byte, random.IntN(64))
		for i := range m {
			m[i] = byte(random.Uint32())
		}
		kind := byte(random.IntN(12))
		messages = append(messages, wire.AppendFrame(nil, kind, 1, m))
	}
	dir, err := os.Open(b.opts.sandboxRun(pod)) // the socket's full path is too long for an address
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, m := range messages {
		var conn net.Conn
		eventually(t, func() bool { // it may have as many callers waiting as it lets
			conn, err = net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d/sock", dir.Fd()))
			return err == nil
		}, func() string { return err.Error() })
		if _, err := conn.Write(m); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if out, _, err := b.ExecSync(context.Background(), id, []string{"echo", "alive"}, 0); err != nil || string(out) != "alive\n" {
		t.Errorf("%q, %v; its log: %s", out, err, readFile(filepath.Join(b.opts.sandboxState(pod), "supervisor.log")))
	}
}

// An end while no agent is there is found by the next one.
func TestEndWithoutAgent(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.run(pod, containerConfig("trap", "4"))
	b.awaitLog(id, "ready")
	_, p := mustContainer(t, b, id).snapshot()
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(int(p.PID), unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, int(p.PID))
	b.start()
	if got := b.wait(id); got.ExitCode != 4 || b.log(id) != "ready\ngot terminated\n" {
		t.Errorf("%v, %q", got, b.log(id))
	}
}

func awaitGone(t *testing.T, pid int) {
	t.Helper()
	gone := func() bool { // or dead, and its new parent, the machine's init, takes its time
		return startTicks(pid) == 0 || strings.Contains(readText(fmt.Sprintf("/proc/%d/stat", pid)), ") Z ")
	}
	eventually(t, gone, says(fmt.Sprintf("the process %d does not end", pid)))
}

func TestSupervisorDies(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	id := b.run(pod, containerConfig("tick"))
	_, p := mustContainer(t, b, id).snapshot()
	rec := mustSandbox(t, b, pod).snapshot()
	if err := unix.Kill(rec.Supervisor, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	got := b.wait(id)
	if got.ExitCode != 137 || got.Reason != "Error" || !strings.Contains(got.Message, "supervisor died") {
		t.Errorf("%v", got)
	}
	awaitGone(t, int(p.PID))
	eventually(t, func() bool { return !mustSandbox(t, b, pod).snapshot().Ready }, says("the sandbox stays ready"))
	if _, err := b.CreateContainer(ctx, pod, containerConfig("echo"), nil); err == nil {
		t.Error("a container was created in a dead sandbox")
	}
	b.restart()
	if got := b.status(id); got.ExitCode != 137 || got.State != runtimeapi.ContainerState_CONTAINER_EXITED {
		t.Errorf("after a restart: %v", got)
	}
	if err := b.RemovePodSandbox(ctx, pod); err != nil {
		t.Error(err)
	}
}

func TestSupervisorDiesWithoutAgent(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	_, p := mustContainer(t, b, id).snapshot()
	rec := mustSandbox(t, b, pod).snapshot()
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(rec.Supervisor, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, int(p.PID)) // it dies with its supervisor, nobody needs to look
	b.start()
	if got := b.status(id); got.ExitCode != 137 || !strings.Contains(got.Message, "supervisor died") {
		t.Errorf("%v", got)
	}
	if mustSandbox(t, b, pod).snapshot().Ready {
		t.Error("the sandbox is ready")
	}
}

// After another boot nothing runs, whatever the directories say.
func TestReboot(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	id := b.run(pod, containerConfig("hold"))
	ended := b.run(pod, containerConfig("exit", "3"))
	b.wait(ended)
	rec := mustSandbox(t, b, pod).snapshot()
	if err := b.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(rec.Supervisor, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	reap(rec.Supervisor)
	if err := os.WriteFile(filepath.Join(b.opts.State, "boot"), []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.start()
	if got := b.status(id); got.State != runtimeapi.ContainerState_CONTAINER_EXITED || got.ExitCode != 255 || got.Reason != "Unknown" {
		t.Errorf("%v", got)
	}
	if got := b.status(ended); got.ExitCode != 3 {
		t.Errorf("what had ended before: %v", got)
	}
	if entries, err := os.ReadDir(b.opts.sandboxRun("")); err != nil || len(entries) != 0 {
		t.Errorf("the run directory has %v, %v", entries, err)
	}
	if err := b.RemovePodSandbox(ctx, pod); err != nil {
		t.Error(err)
	}
}

func TestBrokenRecords(t *testing.T) {
	b := open(t)
	pod := b.pod()
	b.run(pod, containerConfig("hold"))
	healthy := b.pod()
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.opts.sandboxState(pod), recordFile), []byte(`{"Config":`), 0o600); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(b.opts.sandboxRun(""), "stray")
	if err := os.Mkdir(stray, 0o755); err != nil {
		t.Fatal(err)
	}
	b.start()
	if _, err := b.PodSandboxStatus(context.Background(), pod, false); !isNotFound(err) {
		t.Errorf("the broken sandbox: %v", err)
	}
	if response, err := b.PodSandboxStatus(context.Background(), healthy, false); err != nil || response.Status.State != runtimeapi.PodSandboxState_SANDBOX_READY {
		t.Errorf("the healthy sandbox: %v, %v", response, err)
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("a stray directory is left")
	}
	if !strings.Contains(b.logs.String(), "cannot be read") {
		t.Error("nobody is told")
	}
}

// agentVariable makes the test binary an agent: it starts pods on the directories in the variable until it is killed.
const agentVariable = "ARGOSY_TEST_AGENT"

type agentOrder struct{ State, Run, Images, CgroupRoot, Logs string }

func agent(order string) error {
	var o agentOrder
	if err := json.Unmarshal([]byte(order), &o); err != nil {
		return err
	}
	r, err := New(context.Background(), Options{State: o.State, Run: o.Run, Images: &directories{root: o.Images}, CgroupRoot: o.CgroupRoot})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		pod, err := r.RunPodSandbox(context.Background(), &runtimeapi.PodSandboxConfig{
			Metadata: &runtimeapi.PodSandboxMetadata{Name: fmt.Sprint("pod-", i), Namespace: "default", Uid: newID()[:12]}, LogDirectory: o.Logs,
		}, "")
		if err != nil {
			return err
		}
		id, err := r.CreateContainer(context.Background(), pod, containerConfig("tick"), nil)
		if err != nil {
			return err
		}
		if err := r.StartContainer(context.Background(), id); err != nil {
			return err
		}
		c, err := r.container(id)
		if err != nil {
			return err
		}
		_, p := c.snapshot()
		fmt.Println(id, p.PID)
	}
}

// An agent is killed at any moment. What it reported as started runs on under the next one; what it had half done is
// gone, or can be removed.
func TestAgentIsKilled(t *testing.T) {
	for round := range 6 {
		b := open(t)
		logs := filepath.Join(filepath.Dir(b.opts.State), "logs")
		if err := os.MkdirAll(logs, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		order, err := json.Marshal(agentOrder{b.opts.State, b.opts.Run, b.opts.Images.(*directories).root, b.opts.CgroupRoot, logs})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), agentVariable+"="+string(order), "TESTBOX="+box)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		pids := map[string]string{}
		for len(pids) < 3 && lines.Scan() {
			id, pid, _ := strings.Cut(lines.Text(), " ")
			pids[id] = pid
		}
		<-time.After(time.Duration(round) * 1500 * time.Microsecond) // somewhere within the next pod's start
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			id, pid, _ := strings.Cut(lines.Text(), " ")
			pids[id] = pid
		}
		_ = cmd.Wait()
		b.start()
		for id, pid := range pids {
			c, err := b.container(id)
			if err != nil {
				t.Errorf("round %d: a started container is unknown: %v", round, err)
				continue
			}
			if _, p := c.snapshot(); fmt.Sprint(p.PID) != pid || p.Finished != 0 {
				t.Errorf("round %d: the process was %s and is %+v", round, pid, p)
			}
		}
		if _, _, err := b.ExecSync(context.Background(), anyKey(pids), []string{"echo"}, 0); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
}

func anyKey(m map[string]string) string {
	for k := range m {
		return k
	}
	return ""
}
