package service

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := corev1.ServiceSpec{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Type", Type: "string", Description: doc["type"], Value: table.Cell(func(s *corev1.Service) any { return string(s.Spec.Type) })},
		{Name: "Cluster-IP", Type: "string", Description: doc["clusterIP"], Value: table.Cell(clusterIP)},
		{Name: "External-IP", Type: "string", Description: doc["externalIPs"], Value: table.Cell(externalIP)},
		{Name: "Port(s)", Type: "string", Description: doc["ports"], Value: table.Cell(ports)},
		table.Age(),
		{Name: "Selector", Type: "string", Priority: 1, Description: doc["selector"], Value: table.Cell(func(s *corev1.Service) any {
			return metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: s.Spec.Selector})
		})},
	}
}

func clusterIP(s *corev1.Service) any {
	if len(s.Spec.ClusterIPs) == 0 {
		return table.None
	}
	return s.Spec.ClusterIPs[0]
}

func externalIP(s *corev1.Service) any {
	switch s.Spec.Type {
	case corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort:
		if len(s.Spec.ExternalIPs) > 0 {
			return strings.Join(s.Spec.ExternalIPs, ",")
		}
		return table.None
	case corev1.ServiceTypeLoadBalancer:
		if all := append(slices.Clone(s.Spec.ExternalIPs), ingresses(s)...); len(all) > 0 {
			return strings.Join(all, ",")
		}
		return "<pending>"
	case corev1.ServiceTypeExternalName:
		return s.Spec.ExternalName
	}
	return table.Unknown
}

func ingresses(s *corev1.Service) []string {
	var list []string
	for _, in := range s.Status.LoadBalancer.Ingress {
		if in.IP != "" {
			list = append(list, in.IP)
		} else if in.Hostname != "" {
			list = append(list, in.Hostname)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func ports(s *corev1.Service) any {
	if len(s.Spec.Ports) == 0 {
		return table.None
	}
	parts := make([]string, len(s.Spec.Ports))
	for i, p := range s.Spec.Ports {
		parts[i] = fmt.Sprintf("%d/%s", p.Port, p.Protocol)
		if p.NodePort > 0 {
			parts[i] = fmt.Sprintf("%d:%d/%s", p.Port, p.NodePort, p.Protocol)
		}
	}
	return strings.Join(parts, ",")
}
