package podtemplate

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	longestSysctl = 253
	sysctlForm    = `^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`
	longestPath   = 4095
)

var sysctlName = regexp.MustCompile(sysctlForm)

// validatePodSecurity checks the pod's security context, and what depends on sharing the host's namespaces.
func (s *scope) validatePodSecurity(path *field.Path) field.ErrorList {
	at := path.Child("securityContext")
	var errs field.ErrorList
	add := func(more field.ErrorList) { errs = append(errs, more...) }
	if s.spec.HostNetwork {
		add(matchHostPorts(s.spec.Containers, path.Child("containers")))
		add(matchHostPorts(s.spec.InitContainers, path.Child("initContainers")))
	}
	if share := s.spec.ShareProcessNamespace; share != nil && *share && s.spec.HostPID {
		add(field.ErrorList{field.Invalid(at.Child("shareProcessNamespace"), *share, "ShareProcessNamespace and HostPID cannot both be enabled")})
	}
	sc := s.spec.SecurityContext
	if sc == nil {
		return errs
	}
	if sc.FSGroup != nil {
		add(rules.Each(utilvalidation.IsValidGroupID(*sc.FSGroup), *sc.FSGroup, at.Child("fsGroup")))
	}
	if sc.RunAsUser != nil {
		add(rules.Each(utilvalidation.IsValidUserID(*sc.RunAsUser), *sc.RunAsUser, at.Child("runAsUser")))
	}
	if sc.RunAsGroup != nil {
		add(rules.Each(utilvalidation.IsValidGroupID(*sc.RunAsGroup), *sc.RunAsGroup, at.Child("runAsGroup")))
	}
	for i, gid := range sc.SupplementalGroups {
		add(rules.Each(utilvalidation.IsValidGroupID(gid), gid, at.Child("supplementalGroups").Index(i)))
	}
	add(validateSysctls(sc.Sysctls, at.Child("sysctls")))
	if p := sc.FSGroupChangePolicy; p != nil {
		add(rules.In(*p, at.Child("fsGroupChangePolicy"), corev1.FSGroupChangeAlways, corev1.FSGroupChangeOnRootMismatch))
	}
	add(validateSeccomp(sc.SeccompProfile, at.Child("seccompProfile")))
	if p := sc.SupplementalGroupsPolicy; p != nil {
		add(rules.In(*p, at.Child("supplementalGroupsPolicy"), corev1.SupplementalGroupsPolicyMerge, corev1.SupplementalGroupsPolicyStrict))
	}
	add(validateWindowsOptions(sc.WindowsOptions, at.Child("windowsOptions")))
	add(validateAppArmor(sc.AppArmorProfile, at.Child("appArmorProfile")))
	if p := sc.SELinuxChangePolicy; p != nil {
		add(rules.In(*p, at.Child("seLinuxChangePolicy"), corev1.SELinuxChangePolicyRecursive))
	}
	return errs
}

func matchHostPorts(containers []corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range containers {
		for j, p := range containers[i].Ports {
			if p.HostPort != 0 && p.HostPort != p.ContainerPort {
				errs = append(errs, field.Invalid(path.Index(i).Child("ports").Index(j).Child("hostPort"), p.HostPort, "must match `containerPort` when `hostNetwork` is true"))
			}
		}
	}
	return errs
}

func (s *scope) validateContainerSecurity(sc *corev1.SecurityContext, path *field.Path) field.ErrorList {
	if sc == nil {
		return nil
	}
	var errs field.ErrorList
	add := func(more field.ErrorList) { errs = append(errs, more...) }
	if sc.RunAsUser != nil {
		add(rules.Each(utilvalidation.IsValidUserID(*sc.RunAsUser), *sc.RunAsUser, path.Child("runAsUser")))
	}
	if sc.RunAsGroup != nil {
		add(rules.Each(utilvalidation.IsValidGroupID(*sc.RunAsGroup), *sc.RunAsGroup, path.Child("runAsGroup")))
	}
	if m := sc.ProcMount; m != nil {
		add(rules.In(*m, path.Child("procMount"), corev1.DefaultProcMount, corev1.UnmaskedProcMount))
		if *m == corev1.UnmaskedProcMount && (s.spec.HostUsers == nil || *s.spec.HostUsers) {
			add(field.ErrorList{field.Invalid(path.Child("procMount"), *m, "`hostUsers` must be false to use `Unmasked`")})
		}
	}
	add(validateSeccomp(sc.SeccompProfile, path.Child("seccompProfile")))
	if e := sc.AllowPrivilegeEscalation; e != nil && !*e {
		if sc.Privileged != nil && *sc.Privileged {
			add(field.ErrorList{field.Invalid(path, rules.Shown(sc), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")})
		}
		if sc.Capabilities != nil {
			for _, c := range sc.Capabilities.Add {
				if c == "CAP_SYS_ADMIN" {
					add(field.ErrorList{field.Invalid(path, rules.Shown(sc), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")})
				}
			}
		}
	}
	add(validateWindowsOptions(sc.WindowsOptions, path.Child("windowsOptions")))
	add(validateAppArmor(sc.AppArmorProfile, path.Child("appArmorProfile")))
	return errs
}

func validateSeccomp(p *corev1.SeccompProfile, path *field.Path) field.ErrorList {
	if p == nil {
		return nil
	}
	var errs field.ErrorList
	if p.Type == "" {
		errs = append(errs, field.Required(path.Child("type"), "type is required when seccompProfile is set"))
	} else {
		errs = append(errs, rules.In(p.Type, path.Child("type"), corev1.SeccompProfileTypeLocalhost, corev1.SeccompProfileTypeRuntimeDefault, corev1.SeccompProfileTypeUnconfined)...)
	}
	at := path.Child("localhostProfile")
	switch {
	case p.Type == corev1.SeccompProfileTypeLocalhost && p.LocalhostProfile == nil:
		errs = append(errs, field.Required(at, "must be set when seccomp type is Localhost"))
	case p.Type == corev1.SeccompProfileTypeLocalhost:
		errs = append(errs, validateRelative(*p.LocalhostProfile, at)...)
	case p.LocalhostProfile != nil:
		errs = append(errs, field.Invalid(at, rules.Capitalized(p), "can only be set when seccomp type is Localhost"))
	}
	return errs
}

func validateAppArmor(p *corev1.AppArmorProfile, path *field.Path) field.ErrorList {
	if p == nil {
		return nil
	}
	at := path.Child("localhostProfile")
	var errs field.ErrorList
	switch p.Type {
	case corev1.AppArmorProfileTypeLocalhost:
		if p.LocalhostProfile == nil {
			return append(errs, field.Required(at, "must be set when AppArmor type is Localhost"))
		}
		switch name := *p.LocalhostProfile; {
		case strings.TrimSpace(name) != name:
			errs = append(errs, field.Invalid(at, name, "must not be padded with whitespace"))
		case name == "":
			errs = append(errs, field.Required(at, "must be set when AppArmor type is Localhost"))
		case len(name) > longestPath:
			errs = append(errs, field.TooLong(at, name, longestPath))
		}
		return errs
	case corev1.AppArmorProfileTypeRuntimeDefault, corev1.AppArmorProfileTypeUnconfined:
		if p.LocalhostProfile != nil {
			errs = append(errs, field.Invalid(at, p.LocalhostProfile, "can only be set when AppArmor type is Localhost"))
		}
		return errs
	case "":
		return append(errs, field.Required(path.Child("type"), "type is required when appArmorProfile is set"))
	}
	return append(errs, field.NotSupported(path.Child("type"), p.Type, []corev1.AppArmorProfileType{
		corev1.AppArmorProfileTypeLocalhost, corev1.AppArmorProfileTypeRuntimeDefault, corev1.AppArmorProfileTypeUnconfined,
	}))
}

func validateSysctls(list []corev1.Sysctl, path *field.Path) field.ErrorList {
	seen := make(map[string]bool, len(list))
	var errs field.ErrorList
	for i, ctl := range list {
		at := path.Index(i).Child("name")
		switch name := strings.ReplaceAll(ctl.Name, "/", "."); {
		case ctl.Name == "":
			errs = append(errs, field.Required(at, ""))
		case len(ctl.Name) > longestSysctl || !sysctlName.MatchString(ctl.Name):
			errs = append(errs, field.Invalid(at, ctl.Name, fmt.Sprintf("must have at most %d characters and match regex %s", longestSysctl, sysctlForm)))
		case seen[name]:
			errs = append(errs, field.Duplicate(at, ctl.Name))
		default:
			seen[name] = true
		}
	}
	return errs
}
