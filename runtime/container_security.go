package runtime

import (
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/spec"
)

// confine finds the container's system call filter and labels.
func (r *Runtime) confine(sc *runtimeapi.LinuxContainerSecurityContext, in *spec.Input) error {
	if !sc.GetPrivileged() {
		caps, _ := spec.Capabilities(sc, r.host.Capabilities)
		names := spec.CapabilityNames(caps.Bounding)
		switch p := sc.GetSeccomp(); {
		case p == nil || p.GetProfileType() == runtimeapi.SecurityProfile_Unconfined:
		case p.GetProfileType() == runtimeapi.SecurityProfile_RuntimeDefault:
			f, err := r.profiles.RuntimeDefault(names)
			if err != nil {
				return err
			}
			in.Seccomp, in.SeccompFlags = f.Program, f.Flags
		case p.GetProfileType() == runtimeapi.SecurityProfile_Localhost:
			f, err := r.profiles.Localhost(p.GetLocalhostRef(), names)
			if err != nil {
				return err
			}
			in.Seccomp, in.SeccompFlags = f.Program, f.Flags
		default:
			return invalid("unknown seccomp profile type %v", p.GetProfileType())
		}
	}
	return r.label(sc, in)
}

func (r *Runtime) label(sc *runtimeapi.LinuxContainerSecurityContext, in *spec.Input) error {
	if p := sc.GetApparmor(); p.GetProfileType() == runtimeapi.SecurityProfile_Localhost && p != nil && !sc.GetPrivileged() {
		if !r.host.appArmor {
			return invalid("the container wants the AppArmor profile %q, and this kernel has no AppArmor", p.GetLocalhostRef())
		}
		in.AppArmor = p.GetLocalhostRef()
	}
	if o := sc.GetSelinuxOptions(); o != nil && r.host.seLinux && !sc.GetPrivileged() {
		level := o.GetLevel()
		if level == "" {
			level = "s0"
		}
		in.SELinux = strings.Join([]string{orElse(o.GetUser(), "system_u"), orElse(o.GetRole(), "system_r"), orElse(o.GetType(), "container_t"), level}, ":")
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
