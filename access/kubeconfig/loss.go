package kubeconfig

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"sigs.k8s.io/yaml"
)

// firstLoss is the path of something in a kubeconfig that is not in what was encoded again from it: a field that this
// version of the format does not know. "" means that nothing is lost.
func firstLoss(original, again []byte) (string, error) {
	var a, b any
	if err := yaml.Unmarshal(original, &a); err != nil {
		return "", err
	}
	if err := yaml.Unmarshal(again, &b); err != nil {
		return "", err
	}
	return lost(a, b, ""), nil
}

func lost(a, b any, path string) string {
	switch a := a.(type) {
	case map[string]any:
		other, _ := b.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if what := lost(a[key], other[key], path+"."+key); what != "" {
				return what
			}
		}
		return ""
	case []any:
		other, _ := b.([]any)
		for i, item := range a {
			if what := lost(item, counterpart(item, i, other), fmt.Sprintf("%s[%d]", path, i)); what != "" {
				return what
			}
		}
		return ""
	case nil:
		return ""
	}
	// Zero values are left out when they are written.
	if reflect.DeepEqual(a, b) || b == nil && reflect.ValueOf(a).IsZero() {
		return ""
	}
	return path
}

// counterpart is the item of the same name, as lists of named items are sorted when they are written, else the one at the
// same place.
func counterpart(item any, i int, others []any) any {
	if m, ok := item.(map[string]any); ok && m["name"] != nil {
		for _, other := range others {
			if o, ok := other.(map[string]any); ok && o["name"] == m["name"] {
				return o
			}
		}
		return nil
	}
	if i < len(others) {
		return others[i]
	}
	return nil
}
