package podtemplate

import (
	"math"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// scope is what the rules of one field need to know of the others. It is made for one validation and read only after that.
type scope struct {
	spec *corev1.PodSpec
	// old is the specification before the change; nil on create.
	old *corev1.PodSpec
	// pod is the metadata of the pod itself; nil in a template.
	pod *metav1.ObjectMeta

	volumes map[string]*corev1.VolumeSource // those that are valid, by name
	claims  sets.Set[string]                // names of resource claims
}

// ValidatePodSpec tells all that is wrong with the specification of a pod. old is what it was before, or nil: values
// that were accepted once by laxer rules stay acceptable.
func ValidatePodSpec(pod *metav1.ObjectMeta, spec, old *corev1.PodSpec, path *field.Path) field.ErrorList {
	s := &scope{spec: spec, old: old, pod: pod}
	errs := s.validate(path)
	errs = append(errs, s.validateTokenVolumes(path.Child("volumes"))...)
	errs = append(errs, validateTrimmed(spec.Containers, path.Child("containers"))...)
	return append(errs, validateTrimmed(spec.InitContainers, path.Child("initContainers"))...)
}

func (s *scope) validate(path *field.Path) field.ErrorList {
	spec := s.spec
	var errs field.ErrorList
	add := func(more field.ErrorList) { errs = append(errs, more...) }
	if spec.TerminationGracePeriodSeconds == nil {
		add(field.ErrorList{field.Required(path.Child("terminationGracePeriodSeconds"), "")})
	}
	add(s.validateVolumes(path.Child("volumes")))
	add(s.validateClaims(path.Child("resourceClaims")))
	add(s.validateContainers(path.Child("containers")))
	add(s.validateInitContainers(path.Child("initContainers")))
	add(s.validateEphemeralContainers(path.Child("ephemeralContainers")))
	add(s.validatePodResources(path.Child("resources")))
	add(s.validateRestartPolicy(path.Child("restartPolicy")))
	add(rules.OneOf(spec.DNSPolicy, path.Child("dnsPolicy"), corev1.DNSClusterFirstWithHostNet, corev1.DNSClusterFirst, corev1.DNSDefault, corev1.DNSNone))
	add(metavalidation.ValidateLabels(spec.NodeSelector, path.Child("nodeSelector")))
	add(s.validatePodSecurity(path))
	add(validateAffinity(spec.Affinity, path.Child("affinity")))
	add(s.validateDNSConfig(path.Child("dnsConfig")))
	add(validateReadinessGates(spec.ReadinessGates, path.Child("readinessGates")))
	add(validateSchedulingGates(spec.SchedulingGates, path.Child("schedulingGates")))
	add(validateSpread(spec.TopologySpreadConstraints, path.Child("topologySpreadConstraints")))
	add(s.validateHostProcess(path))
	add(s.validateHostUsers(path))
	add(validateIdentity(spec, path))
	add(validateTolerations(spec.Tolerations, path.Child("tolerations")))
	add(s.validateHostAliases(path.Child("hostAliases")))
	add(validateScheduling(spec, path))
	add(s.validateOverhead(path.Child("overhead")))
	add(s.validateOS(path))
	return errs
}

func (s *scope) validateRestartPolicy(path *field.Path) field.ErrorList {
	return rules.OneOf(s.spec.RestartPolicy, path, corev1.RestartPolicyAlways, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)
}

// validateIdentity checks the names by which the pod is known, and the node that it is on.
func validateIdentity(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if n := spec.ServiceAccountName; n != "" {
		errs = append(errs, rules.Each(validation.ValidateServiceAccountName(n, false), n, path.Child("serviceAccountName"))...)
	}
	if n := spec.NodeName; n != "" {
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(n, false), n, path.Child("nodeName"))...)
	}
	if n := spec.ActiveDeadlineSeconds; n != nil && (*n < 1 || *n > math.MaxInt32) {
		errs = append(errs, field.Invalid(path.Child("activeDeadlineSeconds"), *n, utilvalidation.InclusiveRangeError(1, math.MaxInt32)))
	}
	if n := spec.Hostname; n != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(n), n, path.Child("hostname"))...)
	}
	if n := spec.Subdomain; n != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(n), n, path.Child("subdomain"))...)
	}
	return append(errs, validateHostnameOverride(spec, path)...)
}

// The name takes the place of hostname and subdomain, and is written into /etc/hostname whole. (KEP-4762)
func validateHostnameOverride(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	if spec.HostnameOverride == nil {
		return nil
	}
	const longest = 64
	name, at := *spec.HostnameOverride, path.Child("hostnameOverride")
	var errs field.ErrorList
	if spec.HostNetwork {
		errs = append(errs, field.Forbidden(at, "may not be specified when hostNetwork is true"))
	}
	if spec.SetHostnameAsFQDN != nil && *spec.SetHostnameAsFQDN {
		errs = append(errs, field.Forbidden(path.Child("setHostnameAsFQDN"), "setHostnameAsFQDN can't be set when hostnameOverride is set"))
	}
	errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(name), name, at)...)
	if len(name) > longest {
		errs = append(errs, field.TooLong(at, name, longest))
	}
	return errs
}

func validateScheduling(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if n := spec.PriorityClassName; n != "" {
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(n, false), n, path.Child("priorityClassName"))...)
	}
	if n := spec.RuntimeClassName; n != nil {
		errs = append(errs, rules.Each(validation.NameIsDNSSubdomain(*n, false), *n, path.Child("runtimeClassName"))...)
	}
	if p := spec.PreemptionPolicy; p != nil {
		errs = append(errs, rules.OneOf(*p, path.Child("preemptionPolicy"), corev1.PreemptLowerPriority, corev1.PreemptNever)...)
	}
	return errs
}

func validateReadinessGates(gates []corev1.PodReadinessGate, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, g := range gates {
		errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(string(g.ConditionType)), string(g.ConditionType), path.Index(i).Child("conditionType"))...)
	}
	return errs
}

func validateSchedulingGates(gates []corev1.PodSchedulingGate, path *field.Path) field.ErrorList {
	seen := make(map[string]bool, len(gates))
	var errs field.ErrorList
	for i, g := range gates {
		at := path.Index(i)
		errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(g.Name), g.Name, at)...)
		if seen[g.Name] {
			errs = append(errs, field.Duplicate(at, g.Name))
		}
		seen[g.Name] = true
	}
	return errs
}

func (s *scope) validateOverhead(path *field.Path) field.ErrorList {
	if s.spec.Overhead == nil {
		return nil
	}
	return s.validateRequirements(&corev1.ResourceRequirements{Limits: s.spec.Overhead}, path)
}

// Templates may hold images with spaces, which tools replace later; pods may not.
func validateTrimmed(containers []corev1.Container, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range containers {
		if image := containers[i].Image; strings.TrimSpace(image) != image {
			errs = append(errs, field.Invalid(path.Index(i).Child("image"), image, "must not have leading or trailing whitespace"))
		}
	}
	return errs
}

// A token names the pod's account, so that there must be one.
func (s *scope) validateTokenVolumes(path *field.Path) field.ErrorList {
	if s.spec.ServiceAccountName != "" {
		return nil
	}
	var errs field.ErrorList
	for i := range s.spec.Volumes {
		p := s.spec.Volumes[i].Projected
		if p == nil {
			continue
		}
		for j := range p.Sources {
			if p.Sources[j].ServiceAccountToken != nil {
				errs = append(errs, field.Forbidden(path.Index(i).Child("projected", "sources").Index(j).Child("serviceAccountToken"),
					"must not be specified when serviceAccountName is not set"))
			}
		}
	}
	return errs
}
