package pod

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// changed names the top-level fields of the specification that differ, with both values as JSON.
func changed(spec, old *corev1.PodSpec) []string {
	now, before := parts(spec), parts(old)
	names := map[string]bool{}
	for name := range now {
		names[name] = true
	}
	for name := range before {
		names[name] = true
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a, b := before[name], now[name]; !bytes.Equal(a, b) {
			lines = append(lines, "- "+name+": "+text(a), "+ "+name+": "+text(b))
		}
	}
	return lines
}

// Every pod specification has a JSON form, so that there is no error to report.
func parts(spec *corev1.PodSpec) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if b, err := json.Marshal(spec); err == nil {
		_ = json.Unmarshal(b, &m)
	}
	return m
}

func text(value json.RawMessage) string {
	const limit = 1024
	switch {
	case value == nil:
		return "null"
	case len(value) > limit:
		return string(value[:limit]) + "…"
	}
	return string(value)
}
