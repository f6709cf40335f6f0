package podtemplate

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A pod with users of its own cannot share namespaces with its host. (KEP-127)
func (s *scope) validateHostUsers(path *field.Path) field.ErrorList {
	if s.spec.HostUsers == nil || *s.spec.HostUsers {
		return nil
	}
	const message = "when `hostUsers` is false"
	var errs field.ErrorList
	if s.spec.HostNetwork {
		errs = append(errs, field.Forbidden(path.Child("hostNetwork"), message))
	}
	if s.spec.HostPID {
		errs = append(errs, field.Forbidden(path.Child("HostPID"), message))
	}
	if s.spec.HostIPC {
		errs = append(errs, field.Forbidden(path.Child("HostIPC"), message))
	}
	for _, group := range []struct {
		name string
		list []corev1.Container
	}{{"containers", s.spec.Containers}, {"initContainers", s.spec.InitContainers}} {
		for i := range group.list {
			if len(group.list[i].VolumeDevices) > 0 {
				errs = append(errs, field.Forbidden(path.Child(group.name).Index(i).Child("volumeDevices"), message))
			}
		}
	}
	return errs
}

func (s *scope) validateOS(path *field.Path) field.ErrorList {
	if s.spec.OS == nil {
		return nil
	}
	switch at := path.Child("os"); s.spec.OS.Name {
	case "":
		return field.ErrorList{field.Required(at.Child("name"), "")}
	case corev1.Linux:
		return s.validateLinux(path)
	case corev1.Windows:
		return s.validateWindows(path)
	default:
		return field.ErrorList{field.NotSupported(at, s.spec.OS.Name, []corev1.OSName{corev1.Linux, corev1.Windows})}
	}
}

func (s *scope) validateLinux(path *field.Path) field.ErrorList {
	const message = "windows options cannot be set for a linux pod"
	var errs field.ErrorList
	if sc := s.spec.SecurityContext; sc != nil && sc.WindowsOptions != nil {
		errs = append(errs, field.Forbidden(path.Child("securityContext", "windowsOptions"), message))
	}
	s.eachSecurity(path, func(sc *corev1.SecurityContext, at *field.Path) {
		if sc.WindowsOptions != nil {
			errs = append(errs, field.Forbidden(at.Child("windowsOptions"), message))
		}
	})
	return errs
}

func (s *scope) validateWindows(path *field.Path) field.ErrorList {
	const message = "cannot be set for a windows pod"
	var errs field.ErrorList
	refuse := func(at *field.Path, name string, set bool) {
		if set {
			errs = append(errs, field.Forbidden(at.Child(name), message))
		}
	}
	at := path.Child("securityContext")
	if sc := s.spec.SecurityContext; sc != nil {
		refuse(at, "appArmorProfile", sc.AppArmorProfile != nil)
		refuse(at, "seLinuxOptions", sc.SELinuxOptions != nil)
		refuse(path, "hostUsers", s.spec.HostUsers != nil)
		refuse(path, "hostPID", s.spec.HostPID)
		refuse(path, "hostIPC", s.spec.HostIPC)
		refuse(at, "seccompProfile", sc.SeccompProfile != nil)
		refuse(at, "fsGroup", sc.FSGroup != nil)
		refuse(at, "fsGroupChangePolicy", sc.FSGroupChangePolicy != nil)
		refuse(at, "sysctls", len(sc.Sysctls) > 0)
		refuse(path, "shareProcessNamespace", s.spec.ShareProcessNamespace != nil)
		refuse(at, "runAsUser", sc.RunAsUser != nil)
		refuse(at, "runAsGroup", sc.RunAsGroup != nil)
		refuse(at, "supplementalGroups", sc.SupplementalGroups != nil)
		refuse(at, "supplementalGroupsPolicy", sc.SupplementalGroupsPolicy != nil)
	}
	s.eachSecurity(path, func(sc *corev1.SecurityContext, at *field.Path) {
		refuse(at, "appArmorProfile", sc.AppArmorProfile != nil)
		refuse(at, "seLinuxOptions", sc.SELinuxOptions != nil)
		refuse(at, "seccompProfile", sc.SeccompProfile != nil)
		refuse(at, "capabilities", sc.Capabilities != nil)
		refuse(at, "readOnlyRootFilesystem", sc.ReadOnlyRootFilesystem != nil)
		refuse(at, "privileged", sc.Privileged != nil)
		refuse(at, "allowPrivilegeEscalation", sc.AllowPrivilegeEscalation != nil)
		refuse(at, "procMount", sc.ProcMount != nil)
		refuse(at, "runAsUser", sc.RunAsUser != nil)
		refuse(at, "runAsGroup", sc.RunAsGroup != nil)
	})
	return errs
}

// eachSecurity visits the security contexts of all containers that have one.
func (s *scope) eachSecurity(path *field.Path, visit func(*corev1.SecurityContext, *field.Path)) {
	for i := range s.spec.InitContainers {
		if sc := s.spec.InitContainers[i].SecurityContext; sc != nil {
			visit(sc, path.Child("initContainers").Index(i).Child("securityContext"))
		}
	}
	for i := range s.spec.Containers {
		if sc := s.spec.Containers[i].SecurityContext; sc != nil {
			visit(sc, path.Child("containers").Index(i).Child("securityContext"))
		}
	}
	for i := range s.spec.EphemeralContainers {
		if sc := s.spec.EphemeralContainers[i].SecurityContext; sc != nil {
			visit(sc, path.Child("ephemeralContainers").Index(i).Child("securityContext"))
		}
	}
}

func validateWindowsOptions(w *corev1.WindowsSecurityContextOptions, path *field.Path) field.ErrorList {
	const longestSpec = 64 * 1024
	if w == nil {
		return nil
	}
	var errs field.ErrorList
	if n := w.GMSACredentialSpecName; n != nil && *n == "" {
		errs = append(errs, field.Invalid(path.Child("gmsaCredentialSpecName"), n, "must not be empty"))
	}
	if c := w.GMSACredentialSpec; c != nil {
		if *c == "" {
			errs = append(errs, field.Invalid(path.Child("gmsaCredentialSpec"), c, "gmsaCredentialSpec cannot be an empty string"))
		} else if len(*c) > longestSpec {
			errs = append(errs, field.TooLong(path.Child("gmsaCredentialSpec"), "" /* unused */, longestSpec))
		}
	}
	if u := w.RunAsUserName; u != nil {
		errs = append(errs, validateWindowsUser(*u, path.Child("runAsUserName"))...)
	}
	return errs
}

// DOMAIN\user, or a user alone. The lengths are those of NetBIOS and DNS names, and of accounts.
func validateWindowsUser(name string, path *field.Path) field.ErrorList {
	const longestUser, longestDomain = 104, 256
	switch {
	case name == "":
		return field.ErrorList{field.Invalid(path, name, "runAsUserName cannot be an empty string")}
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return field.ErrorList{field.Invalid(path, name, "runAsUserName cannot contain control characters")}
	}
	domain, user, qualified := strings.Cut(name, `\`)
	if !qualified {
		domain, user = "", name
	}
	var errs field.ErrorList
	if strings.Contains(user, `\`) {
		return append(errs, field.Invalid(path, name, `runAsUserName cannot contain more than one backslash`))
	}
	if qualified && (domain == "" || len(domain) >= longestDomain) {
		errs = append(errs, field.Invalid(path, name, "runAsUserName's Domain length must be under 256 characters and not empty"))
	}
	switch {
	case user == "":
		errs = append(errs, field.Invalid(path, name, "runAsUserName's User cannot be empty"))
	case len(user) > longestUser:
		errs = append(errs, field.Invalid(path, name, "runAsUserName's User length must not be longer than 104 characters"))
	case strings.Trim(user, ". ") == "":
		errs = append(errs, field.Invalid(path, name, "runAsUserName's User cannot contain only periods or spaces"))
	case strings.ContainsAny(user, `"/\:;|=,+*?<>@[]`):
		errs = append(errs, field.Invalid(path, name, `runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]`))
	}
	return errs
}

// Host process containers of Windows run all or none, in the host's network.
func (s *scope) validateHostProcess(path *field.Path) field.ErrorList {
	wants := func(w *corev1.WindowsSecurityContextOptions) *bool {
		if w == nil {
			return nil
		}
		return w.HostProcess
	}
	var ofPod *bool
	if s.spec.SecurityContext != nil {
		ofPod = wants(s.spec.SecurityContext.WindowsOptions)
	}
	with, without := 0, 0
	var errs field.ErrorList
	visit := func(c *corev1.SecurityContext, at *field.Path) {
		effective := ofPod
		if c != nil {
			if own := wants(c.WindowsOptions); own != nil {
				if ofPod != nil && *own != *ofPod {
					errs = append(errs, field.Invalid(at.Child("securityContext", "windowsOptions", "hostProcess"), *own, "pod hostProcess value must be identical if both are specified"))
				}
				effective = own
			}
		}
		if effective != nil && *effective {
			with++
		} else {
			without++
		}
	}
	for i := range s.spec.Containers {
		visit(s.spec.Containers[i].SecurityContext, path.Child("containers").Index(i))
	}
	for i := range s.spec.InitContainers {
		visit(s.spec.InitContainers[i].SecurityContext, path.Child("initContainers").Index(i))
	}
	if with == 0 {
		return errs
	}
	if without > 0 {
		errs = append(errs, field.Invalid(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers"))
	}
	if !s.spec.HostNetwork {
		errs = append(errs, field.Invalid(path.Child("hostNetwork"), false, "hostNetwork must be true if pod contains any hostProcess containers"))
	}
	return errs
}
