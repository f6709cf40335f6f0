package podtemplate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/facts/pods"
	"argosy.dev/kinds/rules"
)

func (s *scope) validateContainers(path *field.Path) field.ErrorList {
	if len(s.spec.Containers) == 0 {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	names := make(map[string]bool, len(s.spec.Containers))
	for i := range s.spec.Containers {
		c, at := &s.spec.Containers[i], path.Index(i)
		errs = append(errs, s.validateContainer(c, at)...)
		if names[c.Name] {
			errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
		}
		names[c.Name] = true
		errs = append(errs, s.validateRun(c, at)...)
		errs = append(errs, validateContainerRestart(c, false, at)...)
	}
	return append(errs, validateHostPortConflicts(s.spec.Containers, path)...)
}

// Init containers run one by one, so that only sidecars can be probed, and ports conflict only within one.
func (s *scope) validateInitContainers(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	names := make(map[string]bool, len(s.spec.Containers)+len(s.spec.InitContainers))
	for i := range s.spec.Containers {
		names[s.spec.Containers[i].Name] = true
	}
	for i := range s.spec.InitContainers {
		c, at := &s.spec.InitContainers[i], path.Index(i)
		errs = append(errs, s.validateContainer(c, at)...)
		errs = append(errs, validateContainerRestart(c, true, at)...)
		if c.Name != "" {
			if names[c.Name] {
				errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
			}
			names[c.Name] = true
		}
		errs = append(errs, validateHostPortConflicts(s.spec.InitContainers[i:i+1], path)...)
		if pods.Sidecar(c) {
			errs = append(errs, s.validateRun(c, at)...)
		} else {
			errs = append(errs, refuseProbes(c, at)...)
		}
	}
	return errs
}

func refuseProbes(c *corev1.Container, path *field.Path) field.ErrorList {
	const message = "may not be set for init containers without restartPolicy=Always"
	var errs field.ErrorList
	if c.Lifecycle != nil {
		errs = append(errs, field.Forbidden(path.Child("lifecycle"), message))
	}
	if c.LivenessProbe != nil {
		errs = append(errs, field.Forbidden(path.Child("livenessProbe"), message))
	}
	if c.ReadinessProbe != nil {
		errs = append(errs, field.Forbidden(path.Child("readinessProbe"), message))
	}
	if c.StartupProbe != nil {
		errs = append(errs, field.Forbidden(path.Child("startupProbe"), message))
	}
	return errs
}

// Ephemeral containers come to a pod that runs, so that nothing the pod's life depends on can be in them.
func (s *scope) validateEphemeralContainers(path *field.Path) field.ErrorList {
	if len(s.spec.EphemeralContainers) == 0 {
		return nil
	}
	targets := map[string]bool{}
	for _, list := range [][]corev1.Container{s.spec.Containers, s.spec.InitContainers} {
		for i := range list {
			targets[list[i].Name] = true
		}
	}
	names := make(map[string]bool, len(targets)+len(s.spec.EphemeralContainers))
	for name := range targets {
		names[name] = true
	}
	var errs field.ErrorList
	for i := range s.spec.EphemeralContainers {
		at := path.Index(i)
		c := corev1.Container(s.spec.EphemeralContainers[i].EphemeralContainerCommon)
		errs = append(errs, s.validateContainer(&c, at)...)
		errs = append(errs, validateTrimmed([]corev1.Container{c}, path)...)
		if names[c.Name] {
			errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
		}
		names[c.Name] = true
		if t := s.spec.EphemeralContainers[i].TargetContainerName; t != "" && !targets[t] {
			errs = append(errs, field.NotFound(at.Child("targetContainerName"), t))
		}
		errs = append(errs, refuseInEphemeral(&c, at)...)
	}
	return errs
}

func refuseInEphemeral(c *corev1.Container, path *field.Path) field.ErrorList {
	const message = "cannot be set for an Ephemeral Container"
	var errs field.ErrorList
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"ports", len(c.Ports) > 0},
		{"resources", len(c.Resources.Limits)+len(c.Resources.Requests)+len(c.Resources.Claims) > 0},
		{"resizePolicy", len(c.ResizePolicy) > 0},
		{"restartPolicy", c.RestartPolicy != nil},
		{"restartPolicyRules", len(c.RestartPolicyRules) > 0},
		{"livenessProbe", c.LivenessProbe != nil},
		{"readinessProbe", c.ReadinessProbe != nil},
		{"startupProbe", c.StartupProbe != nil},
		{"lifecycle", c.Lifecycle != nil},
	} {
		if f.set {
			errs = append(errs, field.Forbidden(path.Child(f.name), message))
		}
	}
	for i := range c.VolumeMounts {
		m, at := &c.VolumeMounts[i], path.Child("volumeMounts").Index(i)
		if m.SubPath != "" {
			errs = append(errs, field.Forbidden(at.Child("subPath"), message))
		}
		if m.SubPathExpr != "" {
			errs = append(errs, field.Forbidden(at.Child("subPathExpr"), message))
		}
	}
	return errs
}

// validateContainer checks what all sorts of containers have in common.
func (s *scope) validateContainer(c *corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	add := func(more field.ErrorList) { errs = append(errs, more...) }
	if c.Name == "" {
		add(field.ErrorList{field.Required(path.Child("name"), "")})
	} else {
		add(rules.Each(utilvalidation.IsDNS1123Label(c.Name), c.Name, path.Child("name")))
	}
	if c.Image == "" {
		add(field.ErrorList{field.Required(path.Child("image"), "")})
	}
	add(rules.OneOf(c.TerminationMessagePolicy, path.Child("terminationMessagePolicy"), corev1.TerminationMessageReadFile, corev1.TerminationMessageFallbackToLogsOnError))
	add(s.validatePorts(c.Ports, path.Child("ports")))
	add(s.validateEnv(c.Env, path.Child("env")))
	add(validateEnvFrom(c.EnvFrom, path.Child("envFrom")))
	add(s.validateMounts(c, path.Child("volumeMounts")))
	add(s.validateDevices(c, path.Child("volumeDevices")))
	add(rules.OneOf(c.ImagePullPolicy, path.Child("imagePullPolicy"), corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever))
	add(s.validateRequirements(&c.Resources, path.Child("resources")))
	add(s.validateResizePolicy(c.ResizePolicy, path.Child("resizePolicy")))
	add(s.validateContainerSecurity(c.SecurityContext, path.Child("securityContext")))
	return errs
}

// validateContainerRestart checks a container's own restart policy. Of init containers, those that always restart are sidecars. (KEP-753, KEP-5307)
func validateContainerRestart(c *corev1.Container, init bool, path *field.Path) field.ErrorList {
	at := path.Child("restartPolicy")
	var errs field.ErrorList
	if c.RestartPolicy != nil {
		errs = rules.In(*c.RestartPolicy, at, corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever, corev1.ContainerRestartPolicyOnFailure)
	} else if len(c.RestartPolicyRules) > 0 {
		errs = append(errs, field.Required(at, "must specify restartPolicy when restart rules are used"))
		if init {
			return errs
		}
	}
	return append(errs, validateRestartRules(c.RestartPolicyRules, path.Child("restartPolicyRules"))...)
}

func validateRestartRules(list []corev1.ContainerRestartRule, path *field.Path) field.ErrorList {
	const mostRules, mostCodes = 20, 255
	var errs field.ErrorList
	if len(list) > mostRules {
		errs = append(errs, field.TooMany(path, len(list), mostRules))
	}
	for i := range list {
		r, at := &list[i], path.Index(i)
		errs = append(errs, rules.OneOf(r.Action, at.Child("action"), corev1.ContainerRestartRuleActionRestart, corev1.ContainerRestartRuleActionRestartAllContainers)...)
		if r.ExitCodes == nil {
			errs = append(errs, field.Required(at.Child("exitCodes"), "must be specified"))
			continue
		}
		codes := at.Child("exitCodes")
		errs = append(errs, rules.OneOf(r.ExitCodes.Operator, codes.Child("operator"), corev1.ContainerRestartRuleOnExitCodesOpIn, corev1.ContainerRestartRuleOnExitCodesOpNotIn)...)
		switch n := len(r.ExitCodes.Values); {
		case n == 0:
			errs = append(errs, field.Invalid(codes.Child("values"), r.ExitCodes.Values, "must specify at least one value"))
		case n > mostCodes:
			errs = append(errs, field.TooMany(codes.Child("values"), n, mostCodes))
		}
		seen := map[int32]bool{}
		for j, v := range r.ExitCodes.Values {
			if seen[v] {
				errs = append(errs, field.Duplicate(codes.Child("values").Index(j), v))
			}
			seen[v] = true
			if v < 0 || v > 255 {
				errs = append(errs, field.Invalid(codes.Child("values").Index(j), v, fmt.Sprintf("must be between %d and %d, inclusive", 0, 255)))
			}
		}
	}
	return errs
}
