package node

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/nodes"
	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

const (
	rolePrefix = "node-role.kubernetes.io/"
	roleLabel  = "kubernetes.io/role"
)

func columns() []kinds.Column {
	info, status := corev1.NodeSystemInfo{}.SwaggerDoc(), corev1.NodeStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Status", Type: "string", Description: "The status of the node", Value: table.Cell(state)},
		{Name: "Roles", Type: "string", Description: "The roles of the node", Value: table.Cell(roles)},
		table.Age(),
		{Name: "Version", Type: "string", Description: info["kubeletVersion"], Value: table.Cell(func(n *corev1.Node) any {
			return n.Status.NodeInfo.KubeletVersion
		})},
		{Name: "Internal-IP", Type: "string", Priority: 1, Description: status["addresses"], Value: table.Cell(address(corev1.NodeInternalIP))},
		{Name: "External-IP", Type: "string", Priority: 1, Description: status["addresses"], Value: table.Cell(address(corev1.NodeExternalIP))},
		{Name: "OS-Image", Type: "string", Priority: 1, Description: info["osImage"], Value: table.Cell(func(n *corev1.Node) any {
			return known(n.Status.NodeInfo.OSImage)
		})},
		{Name: "Kernel-Version", Type: "string", Priority: 1, Description: info["kernelVersion"], Value: table.Cell(func(n *corev1.Node) any {
			return known(n.Status.NodeInfo.KernelVersion)
		})},
		{Name: "Container-Runtime", Type: "string", Priority: 1, Description: info["containerRuntimeVersion"], Value: table.Cell(func(n *corev1.Node) any {
			return known(n.Status.NodeInfo.ContainerRuntimeVersion)
		})},
	}
}

func state(n *corev1.Node) any {
	s := "Unknown"
	if c := nodes.Condition(&n.Status, corev1.NodeReady); c != nil {
		s = "NotReady"
		if c.Status == corev1.ConditionTrue {
			s = "Ready"
		}
	}
	if n.Spec.Unschedulable {
		s += ",SchedulingDisabled"
	}
	return s
}

func roles(n *corev1.Node) any {
	found := map[string]bool{}
	for key, value := range n.Labels {
		if role, ok := strings.CutPrefix(key, rolePrefix); ok && role != "" {
			found[role] = true
		} else if key == roleLabel && value != "" {
			found[value] = true
		}
	}
	if len(found) == 0 {
		return table.None
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), ",")
}

func address(kind corev1.NodeAddressType) func(*corev1.Node) any {
	return func(n *corev1.Node) any {
		if a := nodes.Address(n, kind); a != "" {
			return a
		}
		return table.None
	}
}

func known(s string) string {
	if s == "" {
		return table.Unknown
	}
	return s
}
