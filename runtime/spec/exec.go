package spec

import "argosy.dev/runtime/supervisor/wire"

// Exec works out a further process in a container: with its environment, user, capabilities and filter.
func Exec(container *wire.Init, command []string, terminal bool) *wire.Init {
	i := &wire.Init{
		Tasks: container.Tasks, Join: true, Args: command, Env: container.Env, Cwd: container.Cwd, Terminal: terminal,
		UID: container.UID, GID: container.GID, Groups: container.Groups, Umask: container.Umask,
		Caps: container.Caps, NoNewPrivs: container.NoNewPrivs, Seccomp: container.Seccomp, SeccompFlags: container.SeccompFlags,
		Rlimits: container.Rlimits, SetOOMScore: container.SetOOMScore, OOMScore: container.OOMScore,
		AppArmor: container.AppArmor, SELinux: container.SELinux,
		UserNamespace: container.UserNamespace, StreamUID: container.StreamUID,
	}
	if terminal && !container.Terminal {
		e := newEnv()
		for _, v := range container.Env {
			e.set(v)
		}
		e.setDefault("TERM=xterm")
		i.Env = e.list
	}
	return i
}
