package rules

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const nativePrefix = "kubernetes.io/"

// Amount refuses quantities below zero.
func Amount(q resource.Quantity, path *field.Path) field.ErrorList {
	if q.Sign() < 0 {
		return field.ErrorList{field.Invalid(path, q.String(), "must be greater than or equal to 0")}
	}
	return nil
}

// ResourceValue wants an amount that suits its resource: extended resources are counted in whole numbers.
func ResourceValue(name string, q resource.Quantity, path *field.Path) field.ErrorList {
	errs := Amount(q, path)
	if WholeResource(name) && q.MilliValue()%1000 != 0 {
		errs = append(errs, field.Invalid(path, q, "must be an integer"))
	}
	return errs
}

// RoundUp rounds quantities finer than a thousandth up, so that a request never becomes nothing.
func RoundUp(list corev1.ResourceList) {
	for name, q := range list {
		q.RoundUp(resource.Milli)
		list[name] = q
	}
}

// NativeResource tells whether Kubernetes itself knows the resource: cpu, memory, and all under kubernetes.io/.
func NativeResource(name string) bool {
	return !strings.Contains(name, "/") || strings.Contains(name, nativePrefix)
}

// ExtendedResource tells whether some device plugin or administrator defined the resource: its name has a domain, and
// leaves room for the prefix by which quotas refer to it.
func ExtendedResource(name string) bool {
	return !NativeResource(name) && !strings.HasPrefix(name, corev1.DefaultResourceRequestsPrefix) &&
		len(validation.IsQualifiedName(corev1.DefaultResourceRequestsPrefix+name)) == 0
}

// WholeResource tells whether the resource cannot be divided.
func WholeResource(name string) bool {
	return ExtendedResource(name) || countable[name]
}

var countable = map[string]bool{
	string(corev1.ResourcePods):                   true,
	string(corev1.ResourceQuotas):                 true,
	string(corev1.ResourceServices):               true,
	string(corev1.ResourceReplicationControllers): true,
	string(corev1.ResourceSecrets):                true,
	string(corev1.ResourceConfigMaps):             true,
	string(corev1.ResourcePersistentVolumeClaims): true,
	string(corev1.ResourceServicesNodePorts):      true,
	string(corev1.ResourceServicesLoadBalancers):  true,
}

// StandardResource tells whether a name without a domain is one that Kubernetes defines.
func StandardResource(name string) bool {
	return standard[name] || strings.HasPrefix(name, corev1.ResourceHugePagesPrefix) ||
		strings.HasPrefix(name, corev1.ResourceRequestsHugePagesPrefix)
}

var standard = map[string]bool{
	string(corev1.ResourceCPU):                      true,
	string(corev1.ResourceMemory):                   true,
	string(corev1.ResourceEphemeralStorage):         true,
	string(corev1.ResourceRequestsCPU):              true,
	string(corev1.ResourceRequestsMemory):           true,
	string(corev1.ResourceRequestsEphemeralStorage): true,
	string(corev1.ResourceLimitsCPU):                true,
	string(corev1.ResourceLimitsMemory):             true,
	string(corev1.ResourceLimitsEphemeralStorage):   true,
	string(corev1.ResourcePods):                     true,
	string(corev1.ResourceQuotas):                   true,
	string(corev1.ResourceServices):                 true,
	string(corev1.ResourceReplicationControllers):   true,
	string(corev1.ResourceSecrets):                  true,
	string(corev1.ResourceConfigMaps):               true,
	string(corev1.ResourcePersistentVolumeClaims):   true,
	string(corev1.ResourceStorage):                  true,
	string(corev1.ResourceRequestsStorage):          true,
	string(corev1.ResourceServicesNodePorts):        true,
	string(corev1.ResourceServicesLoadBalancers):    true,
}
