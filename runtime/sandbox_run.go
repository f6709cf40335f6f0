package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/internal/thread"
	"argosy.dev/runtime/supervisor"
	"argosy.dev/runtime/supervisor/wire"
)

// RunPodSandbox makes a sandbox: its directories, cgroup, namespaces, supervisor and addresses. When a step fails, the
// steps before are undone.
func (r *Runtime) RunPodSandbox(ctx context.Context, config *runtimeapi.PodSandboxConfig, handler string) (string, error) {
	if err := r.checkSandbox(config, handler); err != nil {
		return "", err
	}
	id := newID()
	s := &sandbox{id: id, record: sandboxRecord{Config: config, Handler: handler, CreatedAt: now()}}
	s.record.Cgroup = r.podCgroup(config)
	if s.namespaces().GetNetwork() != runtimeapi.NamespaceMode_NODE {
		s.record.Netns = r.netnsPath(id)
	}
	if ownUsers(s.namespaces()) {
		s.record.UserNS = r.userPath(id)
	}
	s.life.Lock()
	defer s.life.Unlock()
	r.mu.Lock()
	r.sandboxes[id] = s // from here on it is found, and cleaned up by whoever removes it
	r.mu.Unlock()
	if err := r.runSandbox(ctx, s); err != nil {
		undo := context.WithoutCancel(ctx)
		return "", fmt.Errorf("running the sandbox of pod %s/%s: %w", config.GetMetadata().GetNamespace(), config.GetMetadata().GetName(),
			errors.Join(err, r.stopSandbox(undo, s), r.forgetSandbox(s)))
	}
	r.announce(s, id, runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT)
	r.announce(s, id, runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT)
	return id, nil
}

func (r *Runtime) checkSandbox(config *runtimeapi.PodSandboxConfig, handler string) error {
	meta := config.GetMetadata()
	if meta.GetName() == "" || meta.GetNamespace() == "" || meta.GetUid() == "" {
		return invalid("a pod sandbox needs a name, a namespace and a uid, got %v", meta)
	}
	if handler != "" {
		return invalid("there is no runtime handler %q", handler)
	}
	if err := checkUsers(config.GetLinux().GetSecurityContext().GetNamespaceOptions()); err != nil {
		return err
	}
	return checkSysctls(config)
}

func (r *Runtime) runSandbox(ctx context.Context, s *sandbox) error {
	if err := r.makeSandboxFiles(s); err != nil {
		return err
	}
	made, err := r.makePodCgroup(s.record.Cgroup)
	s.record.Made = made
	if err != nil {
		return err
	}
	if err := r.limitPod(s, s.record.Config.GetLinux().GetResources()); err != nil {
		return err
	}
	// Whoever finds this record after a crash can undo everything below.
	if err := writeRecord(r.opts.sandboxState(s.id), &s.record); err != nil {
		return err
	}
	ips, err := r.startSupervisor(ctx, s)
	if err != nil {
		return err
	}
	if s.namespaces().GetPid() == runtimeapi.NamespaceMode_POD {
		if err := r.sharePIDs(ctx, s); err != nil {
			return err
		}
	}
	return r.changeSandbox(s, func(rec *sandboxRecord) { rec.IPs, rec.Complete, rec.Ready = ips, true, true })
}

// startSupervisor makes the namespaces and starts the supervisor in them. The network is attached while it starts.
func (r *Runtime) startSupervisor(ctx context.Context, s *sandbox) (ips []string, err error) {
	listener, err := supervisor.Listen(r.socketPath(s.id))
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	stderr, err := os.OpenFile(filepath.Join(r.opts.sandboxState(s.id), "supervisor.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the supervisor's log: %w", err)
	}
	defer stderr.Close()
	if err := r.makeHome(); err != nil {
		return nil, err
	}
	type attached struct {
		ips []netip.Addr
		err error
	}
	attaching := make(chan attached, 1)
	started := make(chan error, 1)
	pinned := make(chan error, 1)
	go func() {
		started <- thread.Run(func() error {
			err := r.makeNamespaces(s)
			pinned <- err
			if err != nil {
				return err
			}
			return r.launch(s, listener, stderr)
		})
	}()
	if err := <-pinned; err != nil {
		<-started
		return nil, err
	}
	go func() {
		addrs, err := r.attach(ctx, s)
		attaching <- attached{addrs, err}
	}()
	err = <-started
	if err == nil {
		err = r.connect(ctx, s)
	}
	a := <-attaching
	if a.err != nil {
		err = errors.Join(err, fmt.Errorf("attaching the pod's network: %w", a.err))
	}
	for _, ip := range a.ips {
		ips = append(ips, ip.String())
	}
	return ips, err
}

// launch runs on the thread that made the namespaces: the supervisor inherits them, and the cgroups that the thread
// joins.
func (r *Runtime) launch(s *sandbox, listener, stderr *os.File) error {
	group := r.supervisors()
	if err := group.JoinThread(); err != nil {
		return err
	}
	var dir *os.File
	if path := group.V2Dir(); path != "" {
		var err error
		if dir, err = os.OpenFile(path, unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
			return fmt.Errorf("opening a cgroup: %w", err)
		}
		defer dir.Close()
	}
	pid, err := r.program.Start(listener, stderr, dir)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.record.Supervisor, s.record.SupervisorTicks = pid, startTicks(pid)
	s.mu.Unlock()
	return nil
}

// connect reaches the supervisor and watches for its end.
func (r *Runtime) connect(ctx context.Context, s *sandbox) error {
	client, err := supervisor.Dial(ctx, r.socketPath(s.id), func(p wire.Process) { r.exited(p) })
	if err != nil {
		return err
	}
	if _, err := client.Hello(ctx); err != nil {
		client.Close()
		return fmt.Errorf("the supervisor does not answer (see %s): %w", filepath.Join(r.opts.sandboxState(s.id), "supervisor.log"), err)
	}
	s.mu.Lock()
	s.client = client
	s.mu.Unlock()
	go r.watch(s, client)
	return nil
}

func (r *Runtime) attach(ctx context.Context, s *sandbox) ([]netip.Addr, error) {
	if s.record.Netns == "" || r.opts.Network == nil {
		return nil, nil
	}
	meta := s.record.Config.GetMetadata()
	pod := Pod{SandboxID: s.id, Namespace: meta.GetNamespace(), Name: meta.GetName(), UID: meta.GetUid(), Netns: s.record.Netns}
	for _, p := range s.record.Config.GetPortMappings() {
		pod.Ports = append(pod.Ports, PortMapping{p.GetProtocol().String(), p.GetContainerPort(), p.GetHostPort(), p.GetHostIp()})
	}
	return r.opts.Network.Attach(ctx, pod)
}

// sharePIDs starts the process that holds the pod's process namespace open.
func (r *Runtime) sharePIDs(ctx context.Context, s *sandbox) error {
	root := filepath.Join(r.opts.sandboxRun(s.id), "empty")
	if err := os.MkdirAll(root, 0o555); err != nil {
		return err
	}
	spawn := &wire.Spawn{ID: s.id, NewPIDs: true, Cgroup2: r.supervisors().V2Dir()}
	init := &wire.Init{
		Root: root, ReadOnlyRoot: true, Cwd: "/", Pause: true, UID: nobody, GID: nobody, NoNewPrivs: true,
	}
	if _, _, err := s.supervisor().Spawn(ctx, spawn, init); err != nil {
		return fmt.Errorf("making the process namespace that the containers share: %w", err)
	}
	return nil
}

// nobody is the user and group of a process that needs no rights.
const nobody = 65535
