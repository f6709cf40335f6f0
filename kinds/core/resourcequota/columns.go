package resourcequota

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Request", Type: "string", Description: "Request represents a minimum amount of cpu/memory that a container may consume.", Value: table.Cell(func(q *corev1.ResourceQuota) any {
			return usage(q, false)
		})},
		{Name: "Limit", Type: "string", Description: "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.", Value: table.Cell(func(q *corev1.ResourceQuota) any {
			return usage(q, true)
		})},
		table.Age(),
	}
}

// usage lists what is used of what there is, either of limits or of all else.
func usage(q *corev1.ResourceQuota, limits bool) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(q.Status.Hard)) {
		if strings.HasPrefix(string(name), "limits") != limits {
			continue
		}
		hard, used := q.Status.Hard[name], q.Status.Used[name]
		parts = append(parts, fmt.Sprintf("%s: %s/%s", name, used.String(), hard.String()))
	}
	return strings.Join(parts, ", ")
}
