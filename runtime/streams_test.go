package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/client-go/rest"
	clientremote "k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

func TestExecSync(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	config := containerConfig("hold")
	config.Envs = []*runtimeapi.KeyValue{{Key: "GIVEN", Value: []byte("yes")}}
	config.WorkingDir = "/tmp"
	config.Linux.SecurityContext.RunAsUsername = "app"
	config.Linux.SecurityContext.NoNewPrivs = true
	id := b.run(b.pod(), config)
	run := func(args ...string) string {
		t.Helper()
		out, errOut, err := b.ExecSync(ctx, id, args, 5*time.Second)
		if err != nil {
			t.Fatalf("%v: %v, %s", args, err, errOut)
		}
		return string(out)
	}
	has(t, "environment", run("testbox", "env"), "GIVEN=yes", "HOME=/home/app", "HOSTNAME=web-0")
	has(t, "user", run("testbox", "id"), "uid 1000 gid 1001 groups [63 1001]")
	has(t, "directory", run("testbox", "pwd"), "/tmp")
	has(t, "status", run("cat", "/proc/self/status"), "NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000")
	if got := run("cat", "/proc/1/comm"); got != "testbox\n" {
		t.Errorf("the first process is %q", got)
	}
	if got := strings.Split(run("cat", "/proc/self/cgroup"), "\n"); !strings.HasSuffix(got[1], id) {
		t.Errorf("it is in the cgroups %q", got)
	}
	_, errOut, err := b.ExecSync(ctx, id, []string{"testbox", "warn", "careful"}, 0)
	if err != nil || string(errOut) != "careful\n" {
		t.Errorf("stderr: %q, %v", errOut, err)
	}
	_, _, err = b.ExecSync(ctx, id, []string{"exit", "3"}, 0)
	var code utilexec.CodeExitError
	if !errors.As(err, &code) || code.Code != 3 {
		t.Errorf("exit code: %v", err)
	}
	if _, _, err = b.ExecSync(ctx, id, []string{"nosuch"}, 0); err == nil || !strings.Contains(err.Error(), "executable file not found") {
		t.Errorf("no such command: %v", err)
	}
	began := time.Now()
	out, _, err := b.ExecSync(ctx, id, []string{"hold"}, 200*time.Millisecond)
	if status.Code(err) != codes.DeadlineExceeded || string(out) != "holding\n" || time.Since(began) > 3*time.Second {
		t.Errorf("timeout: %v after %s with %q", err, time.Since(began), out)
	}
	if got := run("testbox", "ls", "/proc"); len(numbersIn(got)) != 2 {
		t.Errorf("processes after a killed command: %v", numbersIn(got))
	}
	if _, _, err := b.ExecSync(ctx, "nosuch", []string{"true"}, 0); status.Code(err) != codes.NotFound {
		t.Errorf("in an unknown container: %v", err)
	}
	big, _, err := b.ExecSync(ctx, id, []string{"testbox", "flood", "200000"}, 0)
	if err != nil || bytes.Count(big, []byte("\n")) != 200000 {
		t.Errorf("much output: %d lines, %v", bytes.Count(big, []byte("\n")), err)
	}
}

func numbersIn(list string) (numbers []string) {
	for line := range strings.Lines(list) {
		if line[0] >= '0' && line[0] <= '9' {
			numbers = append(numbers, strings.TrimSpace(line))
		}
	}
	return numbers
}

// stream is a writer that a test can wait on.
type stream struct{ syncBuffer }

func (s *stream) Close() error { return nil }

func (s *stream) await(t *testing.T, text string) {
	t.Helper()
	eventually(t, func() bool { return strings.Contains(s.String(), text) }, func() string {
		return fmt.Sprintf("never got %q, only %q", text, s.String())
	})
}

func TestExecStreams(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	id := b.run(b.pod(), containerConfig("hold"))
	var out stream
	if err := b.Streams().Exec(ctx, id, []string{"cat"}, strings.NewReader("from outside"), &out, nil, false, nil); err != nil || out.String() != "from outside" {
		t.Errorf("standard input: %v, %q", err, out.String())
	}
	// A terminal: it has a name inside, echoes, and takes sizes.
	in, type_ := io.Pipe()
	defer type_.Close()
	sizes := make(chan remotecommand.TerminalSize, 1)
	sizes <- remotecommand.TerminalSize{Width: 101, Height: 33}
	defer close(sizes)
	var screen stream
	done := make(chan error, 1)
	go func() { done <- b.Streams().Exec(ctx, id, []string{"testbox", "tty"}, in, &screen, nil, true, sizes) }()
	screen.await(t, "tty /dev/pts/0")
	eventually(t, func() bool {
		fmt.Fprintln(type_, "size")
		return strings.Contains(screen.String(), "101x33")
	}, func() string { return "the size does not arrive: " + screen.String() })
	fmt.Fprintln(type_, "bye")
	if err := <-done; err != nil {
		t.Errorf("the terminal's end: %v", err)
	}
	// A client that goes away takes its command with it.
	limited, cancel := context.WithCancel(ctx)
	var hold stream
	go func() { done <- b.Streams().Exec(limited, id, []string{"hold"}, nil, &hold, nil, false, nil) }()
	hold.await(t, "holding")
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// What a command leaves behind does not hold the call for ever.
	began := time.Now()
	if err := b.Streams().Exec(ctx, id, []string{"testbox", "fork"}, nil, &hold, nil, false, nil); err != nil || time.Since(began) > 2*drainPatience {
		t.Errorf("a process left behind: %v after %s", err, time.Since(began))
	}
}

func TestAttach(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	pod := b.pod()
	config := containerConfig("cat")
	config.Stdin, config.StdinOnce = true, true
	id := b.run(pod, config)
	var watching, typing stream
	in, type_ := io.Pipe()
	done := make(chan error, 2)
	go func() { done <- b.Streams().Attach(ctx, id, nil, &watching, nil, false, nil) }()
	go func() { done <- b.Streams().Attach(ctx, id, in, &typing, nil, false, nil) }()
	// Both are there once a line reaches both.
	eventually(t, func() bool {
		fmt.Fprintln(type_, "hello")
		return strings.Contains(watching.String(), "hello") && strings.Contains(typing.String(), "hello")
	}, func() string { return fmt.Sprintf("clients see %q and %q", watching.String(), typing.String()) })
	type_.Close() // standard input is for one client only, so the container's ends, and cat with it
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := b.wait(id); got.ExitCode != 0 || !strings.HasPrefix(b.log(id), "hello\n") {
		t.Errorf("cat ended with %v, its log %q", got, b.log(id))
	}

	// A client that leaves does not end the container, and one that reads nothing does not stop it for ever.
	ticking := b.run(pod, containerConfig("tick"))
	limited, cancel := context.WithCancel(ctx)
	var some stream
	go func() { done <- b.Streams().Attach(limited, ticking, nil, &some, nil, false, nil) }()
	some.await(t, "tick")
	cancel()
	<-done
	if got := b.status(ticking).State; got != runtimeapi.ContainerState_CONTAINER_RUNNING {
		t.Errorf("after the client left: %v", got)
	}

	tty := containerConfig("tty")
	tty.Tty, tty.Stdin = true, true
	console := b.run(pod, tty)
	in, type_ = io.Pipe()
	defer type_.Close()
	sizes := make(chan remotecommand.TerminalSize, 1)
	sizes <- remotecommand.TerminalSize{Width: 77, Height: 22}
	defer close(sizes)
	var screen stream
	go func() { done <- b.Streams().Attach(ctx, console, in, &screen, nil, true, sizes) }()
	eventually(t, func() bool {
		fmt.Fprintln(type_, "size")
		return strings.Contains(screen.String(), "77x22")
	}, func() string { return "the terminal shows " + screen.String() })
	fmt.Fprintln(type_, "bye")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := b.wait(console); got.ExitCode != 0 || !strings.Contains(b.log(console), "tty /dev/pts/0") {
		t.Errorf("the terminal's program: %v, %q", got, b.log(console))
	}
	if err := b.Streams().Attach(ctx, console, nil, &screen, nil, true, nil); err == nil {
		t.Error("attached to what has ended")
	}
}

// All output must be in the log when the end is known, and all of it must reach a client that is slow.
func TestNoOutputIsLost(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.run(pod, containerConfig("flood", "300000"))
	b.wait(id)
	if got := strings.Count(b.log(id), "\n"); got != 300000 {
		t.Errorf("the log has %d lines, want 300000", got)
	}
	config := containerConfig("cat")
	config.Stdin, config.StdinOnce = true, true
	slow := b.run(pod, config)
	text := strings.Repeat("a line of text that fills the pipes\n", 20000)
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := b.Streams().Attach(context.Background(), slow, strings.NewReader(text), w, nil, false, nil)
		w.Close()
		done <- err
	}()
	got := 0
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		got += n
		if err != nil {
			break
		}
		if got%7 == 0 {
			<-time.After(time.Millisecond)
		}
	}
	if err := <-done; err != nil || got != len(text) {
		t.Errorf("a slow client got %d of %d bytes, %v", got, len(text), err)
	}
	b.wait(slow)
}

func TestPortForward(t *testing.T) {
	b := open(t)
	pod := b.pod()
	id := b.run(pod, containerConfig("listen", "8080"))
	b.awaitLog(id, "listening")
	client, server := pipePair()
	done := make(chan error, 1)
	go func() { done <- b.Streams().PortForward(context.Background(), pod, 8080, server) }()
	fmt.Fprintln(client, "hello")
	answer := make([]byte, 6)
	if _, err := io.ReadFull(client, answer); err != nil || string(answer) != "HELLO\n" {
		t.Errorf("the pod answered %q, %v", answer, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := b.Streams().PortForward(context.Background(), pod, 8081, server); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("to a closed port: %v", err)
	}
	if err := b.Streams().PortForward(context.Background(), pod, 0, server); err == nil {
		t.Error("port 0 was accepted")
	}
}

type duplex struct {
	io.Reader
	io.Writer
	io.Closer
}

func pipePair() (a, b io.ReadWriteCloser) {
	ar, bw := io.Pipe()
	br, aw := io.Pipe()
	return duplex{ar, aw, aw}, duplex{br, bw, bw}
}

// The CRI's way: an address, and SPDY or WebSocket on it.
func TestStreamsByAddress(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	base, err := url.Parse("http://" + server.Listener.Addr().String() + "/cri/")
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, func(o *Options) { o.StreamURL = base })
	server.Config.Handler = b.Handler()
	server.Start()
	defer server.Close()
	ctx := context.Background()
	id := b.run(b.pod(), containerConfig("hold"))
	for name, executor := range map[string]func(*url.URL) (clientremote.Executor, error){
		"SPDY": func(u *url.URL) (clientremote.Executor, error) {
			return clientremote.NewSPDYExecutor(&rest.Config{}, "POST", u)
		},
		"WebSocket": func(u *url.URL) (clientremote.Executor, error) {
			return clientremote.NewWebSocketExecutorForProtocols(&rest.Config{}, "GET", u.String(), "v4.channel.k8s.io")
		},
	} {
		run := func(req *runtimeapi.ExecRequest, options clientremote.StreamOptions) error {
			req.ContainerId = id
			response, err := b.Exec(ctx, req)
			if err != nil {
				t.Fatal(err)
			}
			address, err := url.Parse(response.Url)
			if err != nil {
				t.Fatal(err)
			}
			e, err := executor(address)
			if err != nil {
				t.Fatal(err)
			}
			return e.StreamWithContext(ctx, options)
		}
		var out, errOut bytes.Buffer
		err := run(&runtimeapi.ExecRequest{Cmd: []string{"echo", "over", "the", "wire"}, Stdout: true, Stderr: true}, clientremote.StreamOptions{Stdout: &out, Stderr: &errOut})
		if err != nil || out.String() != "over the wire\n" {
			t.Errorf("%s: %v, %q, %q", name, err, out.String(), errOut.String())
		}
		err = run(&runtimeapi.ExecRequest{Cmd: []string{"exit", "5"}, Stdout: true}, clientremote.StreamOptions{Stdout: &out})
		var code utilexec.ExitError
		if !errors.As(err, &code) || code.ExitStatus() != 5 {
			t.Errorf("%s: exit code: %v", name, err)
		}
		if name == "WebSocket" {
			continue // this version of the protocol has no end of input
		}
		out.Reset()
		err = run(&runtimeapi.ExecRequest{Cmd: []string{"cat"}, Stdin: true, Stdout: true}, clientremote.StreamOptions{Stdin: strings.NewReader("there and back"), Stdout: &out})
		if err != nil || out.String() != "there and back" {
			t.Errorf("%s: input: %v, %q", name, err, out.String())
		}
	}
	if _, err := b.Exec(ctx, &runtimeapi.ExecRequest{ContainerId: "nosuch", Cmd: []string{"cat"}, Stdout: true}); status.Code(err) != codes.NotFound {
		t.Errorf("in an unknown container: %v", err)
	}
}

func TestLogRotation(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	id := b.run(b.pod(), containerConfig("tick"))
	b.awaitLog(id, "tick 3")
	path := b.status(id).LogPath
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := b.ReopenContainerLog(ctx, id); err != nil {
		t.Fatal(err)
	}
	b.awaitLog(id, "tick")
	old := readFile(path + ".old")
	if !strings.Contains(old, "tick 0") || strings.Contains(readFile(path), "tick 0\n") {
		t.Error("the lines are not where they belong")
	}
	// No line is lost in between.
	last, first := strings.Fields(lastLine(old)), strings.Fields(b.log(id))
	var before, after int
	fmt.Sscan(last[len(last)-1], &before)
	fmt.Sscan(first[1], &after)
	if after != before+1 {
		t.Errorf("the old log ends with %d, the new one begins with %d", before, after)
	}
	if err := b.StopContainer(ctx, id, 0); err != nil {
		t.Fatal(err)
	}
	if err := b.ReopenContainerLog(ctx, id); err == nil {
		t.Error("the log of an ended container was opened again")
	}

	limited := open(t, func(o *Options) { o.LogMax, o.LogFiles = 10000, 2 })
	flood := limited.run(limited.pod(), containerConfig("flood", "50000"))
	limited.wait(flood)
	path = limited.status(flood).LogPath
	entries, err := os.ReadDir(strings.TrimSuffix(path, "/"+path[strings.LastIndexByte(path, '/')+1:]))
	if err != nil || len(entries) != 3 {
		t.Errorf("there are %d logs, want the current one and 2 old ones; %v", len(entries), err)
	}
}

func lastLine(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}
