package runtime

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor"
)

// sandbox is one pod sandbox.
type sandbox struct {
	id string

	// life lets one of run, stop and remove act at a time. It is taken before mu, and before any container's locks.
	life sync.Mutex

	mu      sync.Mutex // guards what follows
	record  sandboxRecord
	client  *supervisor.Client // nil once the supervisor is gone
	leaving bool               // the supervisor was asked to end, so its end is no news

	foreign   bool // its supervisor speaks another version of the protocol: what runs is kept, nothing new is started
	departing bool // being removed, so nobody's heir; guarded by Runtime.home
}

// sandboxRecord is what is kept on disk.
type sandboxRecord struct {
	Config    *runtimeapi.PodSandboxConfig
	Handler   string
	CreatedAt int64
	// Complete: RunPodSandbox came to its end, so that somebody knows of the sandbox. Ready: it was not stopped since.
	Complete, Ready bool
	IPs             []string
	// Netns is the pinned network namespace; empty for one that shares the host's.
	Netns string
	// UserNS is the pinned user namespace; empty for the host's.
	UserNS string `json:",omitempty"`
	// Cgroup is the pod's cgroup. Made are those, outermost first, that the runtime made for it and will remove.
	Cgroup string
	Made   []string
	// Supervisor and its start time name the supervisor process.
	Supervisor      int
	SupervisorTicks uint64
}

func (s *sandbox) snapshot() sandboxRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record
}

func (s *sandbox) namespaces() *runtimeapi.NamespaceOption {
	return s.record.Config.GetLinux().GetSecurityContext().GetNamespaceOptions()
}

// errForeign: a later or earlier build of the agent started the pod, and what supervisors understand changed since.
var errForeign = status.Error(codes.FailedPrecondition, "the pod's supervisor is of an incompatible build; the pod must be created again to start or execute anything in it")

// starter returns the connection for starting something.
func (s *sandbox) starter() (*supervisor.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.client == nil:
		return nil, errors.New("the pod sandbox is not running")
	case s.foreign:
		return nil, errForeign
	}
	return s.client, nil
}

// supervisor returns the connection, nil if there is none.
func (s *sandbox) supervisor() *supervisor.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

func (s *sandbox) disconnect() {
	s.mu.Lock()
	s.leaving = true
	c := s.client
	s.mu.Unlock()
	if c != nil {
		c.Close()
		<-c.Done()
	}
}

// change alters the record and keeps it.
func (r *Runtime) changeSandbox(s *sandbox, f func(*sandboxRecord)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.record)
	return writeRecord(r.opts.sandboxState(s.id), &s.record)
}

// The files of a sandbox in the run directory.
func (r *Runtime) socketPath(id string) string { return filepath.Join(r.opts.sandboxRun(id), "sock") }
func (r *Runtime) netnsPath(id string) string  { return filepath.Join(r.opts.sandboxRun(id), "net") }
func (r *Runtime) shmPath(id string) string    { return filepath.Join(r.opts.sandboxRun(id), "shm") }

// containersOf lists a sandbox's containers.
func (r *Runtime) containersOf(sandboxID string) []*container {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*container
	for _, c := range r.containers {
		if c.record.SandboxID == sandboxID {
			list = append(list, c)
		}
	}
	return list
}

func now() int64 { return time.Now().UnixNano() }
