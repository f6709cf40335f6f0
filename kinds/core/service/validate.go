package service

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	nodeAgentPort = 10250
	maxAffinity   = 86400
)

func validate(s *corev1.Service) field.ErrorList { return validateChange(s, nil) }

func validateUpdate(s, old *corev1.Service) field.ErrorList {
	errs := validateKept(&s.Spec, &old.Spec, field.NewPath("spec"))
	return append(errs, validateChange(s, old)...)
}

// validateChange checks s; old, which may be nil, excuses addresses that were accepted once.
func validateChange(s, old *corev1.Service) field.ErrorList {
	spec, path := &s.Spec, field.NewPath("spec")
	errs := validateTopologyAnnotations(s.Annotations, field.NewPath("metadata", "annotations"))
	if len(spec.Ports) == 0 && !headless(spec) && spec.Type != corev1.ServiceTypeExternalName {
		errs = append(errs, field.Required(path.Child("ports"), ""))
	}
	errs = append(errs, validateByType(spec, path)...)
	names := map[string]bool{}
	for i := range spec.Ports {
		errs = append(errs, validatePort(&spec.Ports[i], len(spec.Ports) > 1, names, path.Child("ports").Index(i))...)
	}
	if spec.Selector != nil {
		errs = append(errs, metavalidation.ValidateLabels(spec.Selector, path.Child("selector"))...)
	}
	errs = append(errs, validateAffinity(spec, path)...)
	var before *corev1.ServiceSpec
	if old != nil {
		before = &old.Spec
	}
	errs = append(errs, validateClusterIPs(spec, before, path)...)
	errs = append(errs, validateExternalIPs(spec, before, path.Child("externalIPs"))...)
	errs = append(errs, rules.OneOf(spec.Type, path.Child("type"),
		corev1.ServiceTypeClusterIP, corev1.ServiceTypeExternalName, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeNodePort)...)
	errs = append(errs, validatePortSet(spec, path.Child("ports"))...)
	errs = append(errs, validateLoadBalancer(s, old, path)...)
	return append(errs, validateTraffic(spec, path)...)
}

func validateTopologyAnnotations(annotations map[string]string, path *field.Path) field.ErrorList {
	mode, hasMode := annotations[corev1.AnnotationTopologyMode]
	hints, hasHints := annotations[corev1.DeprecatedAnnotationTopologyAwareHints]
	if hasMode && hasHints && mode != hints {
		return field.ErrorList{field.Invalid(path.Key(corev1.AnnotationTopologyMode), mode,
			fmt.Sprintf("must match annotations[%s] when both are specified", corev1.DeprecatedAnnotationTopologyAwareHints))}
	}
	return nil
}

func validateByType(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch spec.Type {
	case corev1.ServiceTypeLoadBalancer:
		for i := range spec.Ports {
			if spec.Ports[i].Port == nodeAgentPort {
				errs = append(errs, field.Invalid(path.Child("ports").Index(i), spec.Ports[i].Port,
					fmt.Sprintf("may not expose port %v externally since it is used by kubelet", nodeAgentPort)))
			}
		}
		errs = append(errs, refuseHeadless(spec, path)...)
	case corev1.ServiceTypeNodePort:
		errs = append(errs, refuseHeadless(spec, path)...)
	case corev1.ServiceTypeExternalName:
		const message = "may not be set for ExternalName services"
		if len(spec.ClusterIPs) > 0 {
			errs = append(errs, field.Forbidden(path.Child("clusterIPs"), message))
		}
		if len(spec.IPFamilies) > 0 {
			errs = append(errs, field.Forbidden(path.Child("ipFamilies"), message))
		}
		if spec.IPFamilyPolicy != nil {
			errs = append(errs, field.Forbidden(path.Child("ipFamilyPolicy"), message))
		}
		errs = append(errs, validateExternalName(spec.ExternalName, path.Child("externalName"))...)
	}
	return errs
}

func refuseHeadless(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	if !headless(spec) {
		return nil
	}
	return field.ErrorList{field.Invalid(path.Child("clusterIPs").Index(0), spec.ClusterIPs[0], fmt.Sprintf("may not be set to 'None' for %s services", spec.Type))}
}

// A trailing dot says that the name is complete.
func validateExternalName(name string, path *field.Path) field.ErrorList {
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	return rules.Each(validation.IsDNS1123Subdomain(name), name, path)
}

func validateAffinity(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	errs := rules.OneOf(spec.SessionAffinity, path.Child("sessionAffinity"), corev1.ServiceAffinityClientIP, corev1.ServiceAffinityNone)
	at, config := path.Child("sessionAffinityConfig"), spec.SessionAffinityConfig
	switch spec.SessionAffinity {
	case corev1.ServiceAffinityNone:
		if config != nil {
			errs = append(errs, field.Forbidden(at, fmt.Sprintf("must not be set when session affinity is %v", corev1.ServiceAffinityNone)))
		}
	case corev1.ServiceAffinityClientIP:
		missing := fmt.Sprintf("when session affinity type is %s", corev1.ServiceAffinityClientIP)
		switch {
		case config == nil:
			errs = append(errs, field.Required(at, missing))
		case config.ClientIP == nil:
			errs = append(errs, field.Required(at.Child("clientIP"), missing))
		case config.ClientIP.TimeoutSeconds == nil:
			errs = append(errs, field.Required(at.Child("clientIP", "timeoutSeconds"), missing))
		default:
			if n := *config.ClientIP.TimeoutSeconds; n <= 0 || n > maxAffinity {
				errs = append(errs, field.Invalid(at.Child("clientIP", "timeoutSeconds"), n, fmt.Sprintf("must be greater than 0 and less than %d", maxAffinity)))
			}
		}
	}
	return errs
}

func validateTraffic(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	at := path.Child("externalTrafficPolicy")
	if external(spec) {
		errs = append(errs, rules.OneOf(spec.ExternalTrafficPolicy, at, corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal)...)
	} else if spec.ExternalTrafficPolicy != "" {
		errs = append(errs, field.Invalid(at, spec.ExternalTrafficPolicy, "may only be set for externally-accessible services"))
	}
	at = path.Child("healthCheckNodePort")
	if n := spec.HealthCheckNodePort; n != 0 {
		if needsHealthPort(spec) {
			errs = append(errs, rules.Each(validation.IsValidPortNum(int(n)), n, at)...)
		} else {
			errs = append(errs, field.Invalid(at, n, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"))
		}
	}
	if spec.Type != corev1.ServiceTypeExternalName && spec.InternalTrafficPolicy == nil {
		errs = append(errs, field.Required(path.Child("internalTrafficPolicy"), ""))
	}
	if p := spec.InternalTrafficPolicy; p != nil {
		errs = append(errs, rules.In(*p, path.Child("internalTrafficPolicy"), corev1.ServiceInternalTrafficPolicyCluster, corev1.ServiceInternalTrafficPolicyLocal)...)
	}
	if d := spec.TrafficDistribution; d != nil {
		errs = append(errs, rules.In(*d, path.Child("trafficDistribution"),
			corev1.ServiceTrafficDistributionPreferClose, corev1.ServiceTrafficDistributionPreferSameZone, corev1.ServiceTrafficDistributionPreferSameNode)...)
	}
	return errs
}
