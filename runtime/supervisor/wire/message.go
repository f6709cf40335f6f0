package wire

// Version of the protocol. A supervisor answers Hello with its own; an agent that finds another major number leaves the
// supervisor's containers running and refuses to start or exec in that sandbox.
const Version = 1

// Kinds of frames. Requests go from the agent to the supervisor; each is answered by exactly one reply with the same
// number. KindExit is an event and carries the number 0.
const (
	KindHello uint8 = iota + 1 // -> KindState
	KindSpawn                  // -> KindSpawned, files: the terminal's master when there is one for the agent
	KindSignal
	KindAttach // files: stdout and stderr to copy output to; -> KindDone, files: stdin or the master if there is one
	KindReopen
	KindCloseStdin
	KindForget
	KindShutdown

	KindDone    uint8 = iota + 0x38 // success with nothing to tell
	KindError                       // a Fault
	KindState                       // a State
	KindSpawned                     // a Process
	KindExit                        // a Process; sent to every connected agent
)

// Spawn asks for a process. Its first file is the memory file with the [Init]; with Exec and no terminal three more are
// its standard streams.
type Spawn struct {
	// ID names the process in later requests and events: a container's id, or an exec session's.
	ID string
	// Exec: a further process in a container. It is not logged or recorded on disk.
	Exec bool
	// MountsOf is the id of the running container whose mount namespace to enter (Exec), PIDsOf the one whose process
	// namespace. NewPIDs makes a process namespace.
	MountsOf, PIDsOf string
	NewPIDs          bool
	// Cgroup2 is the directory of the v2 cgroup that the process is born into; empty means the supervisor's.
	Cgroup2 string
	// OOMFile is read at exit: a line "oom_kill N" with N > 0 means that the kernel killed for want of memory.
	OOMFile string
	// ExitFile is where the [Process] is kept on disk: when it starts and when it ends. Without one a process is no
	// container but of the supervisor's own, and does not keep it from ending.
	ExitFile string
	// LogPath is the CRI log; empty means that output goes nowhere. Above LogMax bytes (0: no limit) it is rotated, and
	// LogFiles rotated files are kept.
	LogPath  string
	LogMax   uint64
	LogFiles uint32
	// Stdin: keep an open standard input. Terminal: the stub makes a terminal and sends its master.
	Stdin    bool
	Terminal bool
}

// Process is what a supervisor knows about one process that it started.
type Process struct {
	ID string
	// PID as the host sees it, and its start time in clock ticks since boot: together they name a process for good.
	PID        uint32
	StartTicks uint64
	// Started and Finished are Unix nanoseconds; Finished is 0 while it runs.
	Started, Finished int64
	// Code is the exit code, 128+n after signal n.
	Code      int32
	OOMKilled bool
}

// State answers Hello.
type State struct {
	Version uint32
	// PID of the supervisor.
	PID uint32
	// Processes that run, and containers that ended and were not forgotten yet.
	Processes []Process
}

// Signal is sent to a process; with Group to its process group.
type Signal struct {
	ID     string
	Number uint32
	Group  bool
}

// Fault is why a request failed. Stage tells where a start failed, as [StageSpawn] and so on.
type Fault struct {
	Stage uint8
	Errno uint32
	Text  string
}

// Stages of a failed start.
const (
	StageOther   uint8 = iota // not a start
	StageSpawn                // before the stub ran
	StageSetup                // the stub could not make the environment
	StageExecute              // the program could not be executed
)

func (f *Fault) Error() string { return f.Text }

// Append encodes s at the end of b.
func (s *Spawn) Append(b []byte) []byte {
	e := encoder{b}
	e.str(s.ID)
	e.bool(s.Exec)
	e.str(s.MountsOf)
	e.str(s.PIDsOf)
	e.bool(s.NewPIDs)
	e.str(s.Cgroup2)
	e.str(s.OOMFile)
	e.str(s.ExitFile)
	e.str(s.LogPath)
	e.u64(s.LogMax)
	e.u32(s.LogFiles)
	e.bool(s.Stdin)
	e.bool(s.Terminal)
	return e.b
}

// DecodeSpawn is the inverse of [Spawn.Append].
func DecodeSpawn(b []byte) (Spawn, error) {
	d := decoder{b: b}
	s := Spawn{
		ID: d.str(), Exec: d.bool(), MountsOf: d.str(), PIDsOf: d.str(), NewPIDs: d.bool(), Cgroup2: d.str(),
		OOMFile: d.str(), ExitFile: d.str(), LogPath: d.str(), LogMax: d.u64(), LogFiles: d.u32(), Stdin: d.bool(), Terminal: d.bool(),
	}
	return s, d.done()
}

func (p *Process) encode(e *encoder) {
	e.str(p.ID)
	e.u32(p.PID)
	e.u64(p.StartTicks)
	e.u64(uint64(p.Started))
	e.u64(uint64(p.Finished))
	e.u32(uint32(p.Code))
	e.bool(p.OOMKilled)
}

func (d *decoder) process() Process {
	return Process{
		ID: d.str(), PID: d.u32(), StartTicks: d.u64(), Started: int64(d.u64()), Finished: int64(d.u64()), Code: int32(d.u32()), OOMKilled: d.bool(),
	}
}

// Append encodes p at the end of b.
func (p *Process) Append(b []byte) []byte {
	e := encoder{b}
	p.encode(&e)
	return e.b
}

// DecodeProcess is the inverse of [Process.Append].
func DecodeProcess(b []byte) (Process, error) {
	d := decoder{b: b}
	p := d.process()
	return p, d.done()
}

// Append encodes s at the end of b.
func (s *State) Append(b []byte) []byte {
	e := encoder{b}
	e.u32(s.Version)
	e.u32(s.PID)
	e.u32(uint32(len(s.Processes)))
	for i := range s.Processes {
		s.Processes[i].encode(&e)
	}
	return e.b
}

// DecodeState is the inverse of [State.Append].
func DecodeState(b []byte) (State, error) {
	d := decoder{b: b}
	s := State{Version: d.u32(), PID: d.u32()}
	for range d.count(37) {
		s.Processes = append(s.Processes, d.process())
	}
	return s, d.done()
}

// Append encodes s at the end of b.
func (s *Signal) Append(b []byte) []byte {
	e := encoder{b}
	e.str(s.ID)
	e.u32(s.Number)
	e.bool(s.Group)
	return e.b
}

// DecodeSignal is the inverse of [Signal.Append].
func DecodeSignal(b []byte) (Signal, error) {
	d := decoder{b: b}
	s := Signal{ID: d.str(), Number: d.u32(), Group: d.bool()}
	return s, d.done()
}

// Append encodes f at the end of b.
func (f *Fault) Append(b []byte) []byte {
	e := encoder{b}
	e.u8(f.Stage)
	e.u32(f.Errno)
	e.str(f.Text)
	return e.b
}

// DecodeFault is the inverse of [Fault.Append].
func DecodeFault(b []byte) (Fault, error) {
	d := decoder{b: b}
	f := Fault{Stage: d.u8(), Errno: d.u32(), Text: d.str()}
	return f, d.done()
}

// AppendStrings encodes the body of Attach, Reopen, CloseStdin and Forget: a process id, and for Reopen the path.
func AppendStrings(b []byte, list ...string) []byte {
	e := encoder{b}
	e.strs(list)
	return e.b
}

// DecodeStrings reads a body of exactly n strings.
func DecodeStrings(b []byte, n int) ([]string, error) {
	d := decoder{b: b}
	list := d.strs()
	if err := d.done(); err != nil {
		return nil, err
	}
	if len(list) != n {
		return nil, ErrMalformed
	}
	return list, nil
}
