package runtime

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"

	"argosy.dev/runtime/supervisor/wire"
)

// StreamBase is where the addresses that Exec, Attach and PortForward give out begin, unless Options say otherwise. Its
// host means nothing: the agent serves [Runtime.Handler] in its own process and calls it under this path.
const StreamBase = "http://argosy.invalid/cri/"

// streams serves exec, attach and port-forward: by token addresses over HTTP, and as plain calls.
type streams struct {
	server streaming.Server

	mu       sync.Mutex
	sessions map[string]chan wire.Process // exec sessions that run
}

func newStreams(r *Runtime) (*streams, error) {
	base := r.opts.StreamURL
	if base == nil {
		base, _ = url.Parse(StreamBase)
	}
	config := streaming.DefaultConfig
	config.BaseURL, config.Addr = base, base.Host
	server, err := streaming.NewServer(config, r.Streams())
	if err != nil {
		return nil, err
	}
	return &streams{server: server, sessions: map[string]chan wire.Process{}}, nil
}

func (s *streams) open(id string) <-chan wire.Process {
	ch := make(chan wire.Process, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[id] = ch
	return ch
}

func (s *streams) close(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, id)
}

func (s *streams) exited(p wire.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch, ok := s.sessions[p.ID]; ok {
		ch <- p
		delete(s.sessions, p.ID)
	}
}

// Handler serves the addresses that Exec, Attach and PortForward give out, over SPDY and WebSocket.
func (r *Runtime) Handler() http.Handler { return r.streams.server }

// Exec gives out an address for running a command in a container.
func (r *Runtime) Exec(_ context.Context, req *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	_, c, _, err := r.running(req.GetContainerId())
	if err != nil {
		return nil, err
	}
	return r.streams.server.GetExec(&runtimeapi.ExecRequest{
		ContainerId: c.id, Cmd: req.GetCmd(), Tty: req.GetTty(), Stdin: req.GetStdin(), Stdout: req.GetStdout(), Stderr: req.GetStderr(),
	})
}

// Attach gives out an address for attaching to a container's streams.
func (r *Runtime) Attach(_ context.Context, req *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	_, c, _, err := r.running(req.GetContainerId())
	if err != nil {
		return nil, err
	}
	return r.streams.server.GetAttach(&runtimeapi.AttachRequest{
		ContainerId: c.id, Tty: req.GetTty(), Stdin: req.GetStdin(), Stdout: req.GetStdout(), Stderr: req.GetStderr(),
	})
}

// PortForward gives out an address for connections to a pod's ports.
func (r *Runtime) PortForward(_ context.Context, req *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	s, err := r.readySandbox(req.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	return r.streams.server.GetPortForward(&runtimeapi.PortForwardRequest{PodSandboxId: s.id, Port: req.GetPort()})
}

// Streams offers exec, attach and port-forward as plain calls with streams, for an agent that needs no HTTP to its own
// process. A reader given as input must be closed by the caller after the call, for it may still be waited on.
type Streams struct{ r *Runtime }

var _ streaming.Runtime = Streams{}

// Streams returns the plain calls.
func (r *Runtime) Streams() Streams { return Streams{r} }

// Exec runs a command in a container until it ends or ctx does, which kills it. With tty, stderr is not used. A command
// that ends with another code than 0 is an exec.CodeExitError of k8s.io/utils/exec.
func (s Streams) Exec(ctx context.Context, containerID string, cmd []string, in io.Reader, out, err io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	return s.r.exec(ctx, containerID, &execution{command: cmd, in: in, out: writer(out), err: writer(err), tty: tty, resize: resize})
}

// Attach joins a container's streams until the container ends or ctx does, which leaves the container as it is.
func (s Streams) Attach(ctx context.Context, containerID string, in io.Reader, out, err io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	return s.r.attachStreams(ctx, containerID, in, writer(out), writer(err), tty, resize)
}

// PortForward connects stream to a port of the pod until either side ends or ctx does.
func (s Streams) PortForward(ctx context.Context, sandboxID string, port int32, stream io.ReadWriteCloser) error {
	return s.r.forward(ctx, sandboxID, port, stream)
}

// writer makes a missing stream swallow what is written to it.
func writer(w io.WriteCloser) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}
