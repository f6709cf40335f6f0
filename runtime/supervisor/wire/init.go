package wire

// Init tells a stub what to become. The agent writes it to a memory file, the supervisor hands that file on unread.
type Init struct {
	// Tasks are the v1 `tasks` files that the stub puts itself into before anything else. Only a thread that moves itself
	// costs the kernel nothing; the stub's other threads end at execve.
	Tasks []string

	// Join: the stub enters the mount namespace of the process behind its file descriptor [FDTarget] instead of making a
	// root of its own; Root, Mounts, Nodes, Links, Masked and ReadOnly are not looked at.
	Join bool

	// Root is the host path of the prepared root file system.
	Root         string
	ReadOnlyRoot bool
	// Mounts are made in order, then Nodes and Links; one that is there already is left as it is.
	Mounts []Mount
	Nodes  []Node
	Links  []Link
	// Masked paths are hidden, ReadOnly ones made read-only; a path that does not exist is passed over.
	Masked   []string
	ReadOnly []string
	// CgroupNamespace: unshare it before mounting, so that the container sees its own cgroup as the root.
	CgroupNamespace bool

	// Pause: stay instead of executing Args, doing nothing and reaping orphans: the first process of a process namespace
	// that a pod's containers share.
	Pause bool

	Args []string
	Env  []string
	// Cwd is made if it is missing.
	Cwd string
	// Terminal: open a pseudo terminal inside, send its master over FDSync, make it the controlling one.
	Terminal   bool
	Rows, Cols uint32

	UID, GID uint32
	Groups   []uint32
	Umask    uint32

	Caps       Capabilities
	NoNewPrivs bool
	// Seccomp is a filter as raw sock_filter instructions; empty means none.
	Seccomp      []byte
	SeccompFlags uint32
	Rlimits      []Rlimit
	// OOMScore is written to oom_score_adj when SetOOMScore.
	SetOOMScore bool
	OOMScore    int32
	// AppArmor and SELinux labels are taken at execve; empty means none.
	AppArmor string
	SELinux  string

	// UserNamespace is the path of the pinned user namespace that the process is to live in; empty means the supervisor's.
	// Then UID, GID and Groups are as they are inside it, and StreamUID is UID as the supervisor knows it.
	UserNamespace string
	StreamUID     uint32
}

// Capabilities are bit sets, bit n being capability n.
type Capabilities struct {
	Bounding, Permitted, Effective, Inheritable, Ambient uint64
}

// Rlimit is one resource limit, by the kernel's number.
type Rlimit struct {
	Resource   uint32
	Soft, Hard uint64
}

// What a Mount is made from.
const (
	// MountBind: Source is a host path, taken with everything mounted below it when Recursive.
	MountBind = 0
	// MountNew: Type names a file system, Options are its key or key=value settings.
	MountNew = 1
	// MountSelf: Target itself, so that it stays writable when the root file system becomes read-only.
	MountSelf = 2
)

// Mount is one mount inside the new root.
type Mount struct {
	Kind      uint8
	Source    string
	Target    string
	Type      string
	Options   []string
	Recursive bool
	// Attr are MOUNT_ATTR_ flags to set; AttrBelow sets them on everything mounted below, too.
	Attr      uint64
	AttrBelow bool
	// Propagation is MS_PRIVATE, MS_SLAVE or MS_SHARED; 0 means private.
	Propagation uint64
	// Optional: go on without it when the source or the file system is missing.
	Optional bool
	// IDMap: owners of a bound source's files are mapped into the user namespace.
	IDMap bool
}

// Node is a device file below the root. Type is S_IFCHR, S_IFBLK or S_IFIFO.
type Node struct {
	Path         string
	Type         uint32
	Major, Minor uint32
	Mode         uint32
	UID, GID     uint32
}

// Link is a symbolic link below the root.
type Link struct{ Path, Target string }

// File descriptors of a stub beside its standard streams.
const (
	FDSpec   = 3 // the memory file holding an Init
	FDSync   = 4 // stream socket to the supervisor; closes by itself at a successful execve
	FDTarget = 5 // with Join: a pidfd of the process whose mount namespace to enter
	FDUser   = 6 // for the stub's second half: the user namespace to enter
)

// Append encodes i at the end of b.
func (i *Init) Append(b []byte) []byte {
	e := encoder{b}
	e.strs(i.Tasks)
	e.bool(i.Join)
	e.str(i.Root)
	e.bool(i.ReadOnlyRoot)
	e.u32(uint32(len(i.Mounts)))
	for _, m := range i.Mounts {
		e.u8(m.Kind)
		e.str(m.Source)
		e.str(m.Target)
		e.str(m.Type)
		e.strs(m.Options)
		e.bool(m.Recursive)
		e.u64(m.Attr)
		e.bool(m.AttrBelow)
		e.u64(m.Propagation)
		e.bool(m.Optional)
	}
	e.u32(uint32(len(i.Nodes)))
	for _, n := range i.Nodes {
		e.str(n.Path)
		for _, v := range [...]uint32{n.Type, n.Major, n.Minor, n.Mode, n.UID, n.GID} {
			e.u32(v)
		}
	}
	e.u32(uint32(len(i.Links)))
	for _, l := range i.Links {
		e.str(l.Path)
		e.str(l.Target)
	}
	e.strs(i.Masked)
	e.strs(i.ReadOnly)
	e.bool(i.CgroupNamespace)
	e.bool(i.Pause)
	e.strs(i.Args)
	e.strs(i.Env)
	e.str(i.Cwd)
	e.bool(i.Terminal)
	e.u32(i.Rows)
	e.u32(i.Cols)
	e.u32(i.UID)
	e.u32(i.GID)
	e.u32s(i.Groups)
	e.u32(i.Umask)
	for _, c := range [...]uint64{i.Caps.Bounding, i.Caps.Permitted, i.Caps.Effective, i.Caps.Inheritable, i.Caps.Ambient} {
		e.u64(c)
	}
	e.bool(i.NoNewPrivs)
	e.bytes(i.Seccomp)
	e.u32(i.SeccompFlags)
	e.u32(uint32(len(i.Rlimits)))
	for _, r := range i.Rlimits {
		e.u32(r.Resource)
		e.u64(r.Soft)
		e.u64(r.Hard)
	}
	e.bool(i.SetOOMScore)
	e.u32(uint32(i.OOMScore))
	e.str(i.AppArmor)
	e.str(i.SELinux)
	i.appendUsers(&e)
	return e.b
}

// DecodeInit is the inverse of [Init.Append].
func DecodeInit(b []byte) (*Init, error) {
	d := decoder{b: b}
	i := &Init{Tasks: d.strs(), Join: d.bool(), Root: d.str(), ReadOnlyRoot: d.bool()}
	for range d.count(35) {
		i.Mounts = append(i.Mounts, Mount{
			Kind: d.u8(), Source: d.str(), Target: d.str(), Type: d.str(), Options: d.strs(), Recursive: d.bool(),
			Attr: d.u64(), AttrBelow: d.bool(), Propagation: d.u64(), Optional: d.bool(),
		})
	}
	for range d.count(28) {
		i.Nodes = append(i.Nodes, Node{
			Path: d.str(), Type: d.u32(), Major: d.u32(), Minor: d.u32(), Mode: d.u32(), UID: d.u32(), GID: d.u32(),
		})
	}
	for range d.count(8) {
		i.Links = append(i.Links, Link{Path: d.str(), Target: d.str()})
	}
	i.Masked, i.ReadOnly, i.CgroupNamespace, i.Pause = d.strs(), d.strs(), d.bool(), d.bool()
	i.Args, i.Env, i.Cwd = d.strs(), d.strs(), d.str()
	i.Terminal, i.Rows, i.Cols = d.bool(), d.u32(), d.u32()
	i.UID, i.GID, i.Groups, i.Umask = d.u32(), d.u32(), d.u32s(), d.u32()
	i.Caps = Capabilities{Bounding: d.u64(), Permitted: d.u64(), Effective: d.u64(), Inheritable: d.u64(), Ambient: d.u64()}
	i.NoNewPrivs, i.Seccomp, i.SeccompFlags = d.bool(), d.bytes(), d.u32()
	for range d.count(20) {
		i.Rlimits = append(i.Rlimits, Rlimit{Resource: d.u32(), Soft: d.u64(), Hard: d.u64()})
	}
	i.SetOOMScore, i.OOMScore = d.bool(), int32(d.u32())
	i.AppArmor, i.SELinux = d.str(), d.str()
	i.decodeUsers(&d)
	if err := d.done(); err != nil {
		return nil, err
	}
	if len(i.Seccomp) == 0 {
		i.Seccomp = nil
	}
	return i, nil
}
