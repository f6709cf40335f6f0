package service

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// Ports of a service with several need names, and each its own.
func validatePort(p *corev1.ServicePort, needName bool, names map[string]bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case p.Name != "":
		errs = append(errs, rules.Each(validation.IsDNS1123Label(p.Name), p.Name, path.Child("name"))...)
		if names[p.Name] {
			errs = append(errs, field.Duplicate(path.Child("name"), p.Name))
		}
		names[p.Name] = true
	case needName:
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	errs = append(errs, rules.Each(validation.IsValidPortNum(int(p.Port)), p.Port, path.Child("port"))...)
	errs = append(errs, rules.OneOf(p.Protocol, path.Child("protocol"), corev1.ProtocolSCTP, corev1.ProtocolTCP, corev1.ProtocolUDP)...)
	errs = append(errs, rules.PortNumberOrName(p.TargetPort, path.Child("targetPort"))...)
	if p.AppProtocol != nil {
		errs = append(errs, rules.Each(validation.IsQualifiedName(*p.AppProtocol), *p.AppProtocol, path.Child("appProtocol"))...)
	}
	return errs
}

// validatePortSet looks for what no single port shows: ports that are given twice, and those that the type has no use for.
func validatePortSet(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if spec.Type == corev1.ServiceTypeClusterIP {
		for i := range spec.Ports {
			if spec.Ports[i].NodePort != 0 {
				errs = append(errs, field.Forbidden(path.Index(i).Child("nodePort"), "may not be used when `type` is 'ClusterIP'"))
			}
		}
	}
	onNodes := make(map[portKey]bool, len(spec.Ports))
	for i, p := range spec.Ports {
		if p.NodePort == 0 {
			continue
		}
		key := portKey{p.Protocol, p.NodePort}
		if onNodes[key] {
			errs = append(errs, field.Duplicate(path.Index(i).Child("nodePort"), p.NodePort))
		}
		onNodes[key] = true
	}
	seen := make(map[portKey]bool, len(spec.Ports))
	for i, p := range spec.Ports {
		key := portKey{p.Protocol, p.Port}
		if seen[key] {
			errs = append(errs, field.Duplicate(path.Index(i), shown(p)))
		}
		seen[key] = true
	}
	return errs
}

// shown prints a port as clients of Kubernetes know it from this message: its protocol, port and nothing else.
func shown(p corev1.ServicePort) any {
	return struct {
		Name        string
		Protocol    corev1.Protocol
		AppProtocol *string
		Port        int32
		TargetPort  intstr.IntOrString
		NodePort    int32
	}{Protocol: p.Protocol, Port: p.Port}
}
