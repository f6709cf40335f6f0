package rules

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/diff"
)

// Changes tells which lines of a structure, written as in Shown, a write would change. Of large ones nothing is told: the cost of
// comparing grows faster than they do.
func Changes(now, before any) string {
	const most = 16 * 1024
	a, b := Shown(before), Shown(now)
	for _, v := range []any{a, b} {
		if text, ok := v.(json.RawMessage); !ok || len(text) > most {
			return ""
		}
	}
	return diff.Diff(a, b)
}
