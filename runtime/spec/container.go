package spec

import (
	"fmt"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// Container works out the description of a container's first process and its world.
func Container(in *Input) (*Output, error) {
	out := &Output{}
	sc := security(in.Config)
	args, err := arguments(in.Config, in.Image)
	if err != nil {
		return nil, err
	}
	mounts, err := mounts(in)
	if err != nil {
		return nil, err
	}
	if err := checkCapabilities(sc); err != nil {
		return nil, err
	}
	caps, unknown := Capabilities(sc, in.Host.Capabilities)
	for _, name := range unknown {
		out.note("the capability %s is not this node's to give", name)
	}
	i := &wire.Init{
		Tasks:           in.Tasks,
		Root:            in.Root,
		ReadOnlyRoot:    sc.GetReadonlyRootfs(),
		Mounts:          mounts,
		Nodes:           nodes(in),
		Links:           links(in),
		CgroupNamespace: in.CgroupNamespace,
		Args:            args,
		Env:             environment(in),
		Cwd:             directory(in.Config, in.Image),
		Terminal:        in.Config.GetTty(),
		UID:             in.User.UID,
		GID:             in.User.GID,
		Groups:          in.User.Groups,
		Umask:           0o022,
		Caps:            caps,
		NoNewPrivs:      sc.GetNoNewPrivs(),
		Seccomp:         in.Seccomp,
		SeccompFlags:    in.SeccompFlags,
		Rlimits:         []wire.Rlimit{{Resource: unix.RLIMIT_NOFILE, Soft: in.Host.OpenFiles, Hard: in.Host.OpenFiles}},
		AppArmor:        in.AppArmor,
		SELinux:         in.SELinux,
	}
	if !sc.GetPrivileged() {
		i.Masked, i.ReadOnly = sc.GetMaskedPaths(), sc.GetReadonlyPaths()
	}
	if in.Users != nil {
		if err := in.Users.inhabit(i); err != nil {
			return nil, err
		}
	}
	i.SetOOMScore = true
	i.OOMScore = out.oomScore(in)
	out.Init = i
	out.Devices = allowed(in)
	return out, nil
}

// oomScore clamps the wish to what the kernel lets this process ask for.
func (out *Output) oomScore(in *Input) int32 {
	want := int(in.Config.GetLinux().GetResources().GetOomScoreAdj())
	if want < in.Host.OOMScore && !in.Host.MayLowerOOMScore {
		out.note("oom_score_adj %d needs CAP_SYS_RESOURCE; it is %d", want, in.Host.OOMScore)
		want = in.Host.OOMScore
	}
	return int32(max(-1000, min(1000, want)))
}

func (out *Output) note(format string, args ...any) {
	out.Notes = append(out.Notes, fmt.Sprintf(format, args...))
}
