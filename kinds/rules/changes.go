package rules

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/diff"
)

// What is compared at most: as the API writes it, and as it is shown, with every member that is not set.
const (
	mostWritten = 16 * 1024
	mostShown   = 64 * 1024
)

// Changes tells which lines of a structure, written as in Shown, a write would change. Of large ones nothing is told: the cost of
// comparing grows faster than they do.
func Changes(now, before any) string {
	for _, v := range []any{before, now} {
		if text, err := json.Marshal(v); err != nil || len(text) > mostWritten {
			return ""
		}
	}
	a, b := Shown(before), Shown(now)
	for _, v := range []any{a, b} {
		if text, ok := v.(json.RawMessage); !ok || len(text) > mostShown {
			return ""
		}
	}
	return diff.Diff(a, b)
}
