package podtemplate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateRun checks what only containers can have that run beside others: hooks and probes.
func (s *scope) validateRun(c *corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if c.Lifecycle != nil {
		errs = append(errs, s.validateLifecycle(c.Lifecycle, path.Child("lifecycle"))...)
	}
	errs = append(errs, s.validateStateProbe(c.LivenessProbe, path.Child("livenessProbe"))...)
	errs = append(errs, s.validateReadinessProbe(c.ReadinessProbe, path.Child("readinessProbe"))...)
	return append(errs, s.validateStateProbe(c.StartupProbe, path.Child("startupProbe"))...)
}

func (s *scope) validateLifecycle(l *corev1.Lifecycle, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if h := l.PostStart; h != nil {
		errs = append(errs, s.validateHandler(handler{h.Exec, h.HTTPGet, h.TCPSocket, nil, h.Sleep}, path.Child("postStart"))...)
	}
	if h := l.PreStop; h != nil {
		errs = append(errs, s.validateHandler(handler{h.Exec, h.HTTPGet, h.TCPSocket, nil, h.Sleep}, path.Child("preStop"))...)
	}
	return errs
}

// Liveness and startup are known after one success.
func (s *scope) validateStateProbe(p *corev1.Probe, path *field.Path) field.ErrorList {
	if p == nil {
		return nil
	}
	errs := s.validateProbe(p, path)
	if p.SuccessThreshold != 1 {
		errs = append(errs, field.Invalid(path.Child("successThreshold"), p.SuccessThreshold, "must be 1"))
	}
	return errs
}

// A container that is not ready is not ended.
func (s *scope) validateReadinessProbe(p *corev1.Probe, path *field.Path) field.ErrorList {
	if p == nil {
		return nil
	}
	errs := s.validateProbe(p, path)
	if p.TerminationGracePeriodSeconds != nil {
		errs = append(errs, field.Invalid(path.Child("terminationGracePeriodSeconds"), p.TerminationGracePeriodSeconds, "must not be set for readinessProbes"))
	}
	return errs
}

func (s *scope) validateProbe(p *corev1.Probe, path *field.Path) field.ErrorList {
	errs := s.validateHandler(handler{p.Exec, p.HTTPGet, p.TCPSocket, p.GRPC, nil}, path)
	errs = append(errs, rules.NonNegative(p.InitialDelaySeconds, path.Child("initialDelaySeconds"))...)
	errs = append(errs, rules.NonNegative(p.TimeoutSeconds, path.Child("timeoutSeconds"))...)
	errs = append(errs, rules.NonNegative(p.PeriodSeconds, path.Child("periodSeconds"))...)
	errs = append(errs, rules.NonNegative(p.SuccessThreshold, path.Child("successThreshold"))...)
	errs = append(errs, rules.NonNegative(p.FailureThreshold, path.Child("failureThreshold"))...)
	if n := p.TerminationGracePeriodSeconds; n != nil && *n <= 0 {
		errs = append(errs, field.Invalid(path.Child("terminationGracePeriodSeconds"), *n, "must be greater than 0"))
	}
	return errs
}

// handler is what a probe or a hook does; exactly one is set.
type handler struct {
	exec  *corev1.ExecAction
	http  *corev1.HTTPGetAction
	tcp   *corev1.TCPSocketAction
	grpc  *corev1.GRPCAction
	sleep *corev1.SleepAction
}

func (s *scope) validateHandler(h handler, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	set := 0
	each := func(name string, isSet bool, check func(*field.Path) field.ErrorList) {
		switch {
		case !isSet:
		case set > 0:
			errs = append(errs, field.Forbidden(path.Child(name), "may not specify more than 1 handler type"))
		default:
			set++
			errs = append(errs, check(path.Child(name))...)
		}
	}
	each("exec", h.exec != nil, func(at *field.Path) field.ErrorList {
		if len(h.exec.Command) == 0 {
			return field.ErrorList{field.Required(at.Child("command"), "")}
		}
		return nil
	})
	each("httpGet", h.http != nil, func(at *field.Path) field.ErrorList { return validateHTTPGet(h.http, at) })
	each("tcpSocket", h.tcp != nil, func(at *field.Path) field.ErrorList { return rules.PortNumberOrName(h.tcp.Port, at.Child("port")) })
	each("grpc", h.grpc != nil, func(at *field.Path) field.ErrorList {
		return rules.PortNumberOrName(intstr.FromInt32(h.grpc.Port), at.Child("port"))
	})
	each("sleep", h.sleep != nil, func(at *field.Path) field.ErrorList { return s.validateSleep(h.sleep, at) })
	if set == 0 {
		errs = append(errs, field.Required(path, "must specify a handler type"))
	}
	return errs
}

func validateHTTPGet(get *corev1.HTTPGetAction, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if get.Path == "" {
		errs = append(errs, field.Required(path.Child("path"), ""))
	}
	errs = append(errs, rules.PortNumberOrName(get.Port, path.Child("port"))...)
	errs = append(errs, rules.In(get.Scheme, path.Child("scheme"), corev1.URISchemeHTTP, corev1.URISchemeHTTPS)...)
	for _, h := range get.HTTPHeaders {
		errs = append(errs, rules.Each(utilvalidation.IsHTTPHeaderName(h.Name), h.Name, path.Child("httpHeaders"))...)
	}
	return errs
}

func (s *scope) validateSleep(a *corev1.SleepAction, path *field.Path) field.ErrorList {
	if s.spec.TerminationGracePeriodSeconds == nil {
		return nil
	}
	grace := *s.spec.TerminationGracePeriodSeconds
	if grace < 0 {
		grace = 1 // as it is carried out
	}
	if a.Seconds < 0 || a.Seconds > grace {
		return field.ErrorList{field.Invalid(path, a.Seconds, fmt.Sprintf("must be non-negative and less than terminationGracePeriodSeconds (%d)", grace))}
	}
	return nil
}
