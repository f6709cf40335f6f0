package nonsense

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Values are such that hardly any field may have, some of the right type that mean nothing, and some that are no JSON.
func Values() []string {
	return []string{
		`null`, `{}`, `[]`, `""`, `"a"`, `0`, `-1`, `true`, `[null]`, `{"":null}`, `[{}]`, `[""]`, `{"k":"v"}`, `"*"`, `"a/b/c"`, `9223372036854775807`, `-9223372036854775808`, `1e400`, `0.5`, `"1e400"`,
		`"-9223372036854775808Ei"`, `"\u0000"`, `"9999-12-31T23:59:59Z"`, `"0000-00-00T00:00:00Z"`, `"10.0.0.1"`, `"::ffff:1.2.3.4/129"`, `"%"`, `"100%"`, `"-1%"`, `"$(A)$$(B"`, `"{{"`, `"!=="`, "\"\xff\"",
		`[[[[[[]]]]]]`, `[{},{},null,{"name":null}]`, `{"a":{"b":{"c":[{}]}}}`, `,`, `}`,
	}
}

// hole stands where a value is to be put as it is written, which need not be JSON.
const hole = "\x1ahole\x1a"

// With writes an object, or with nil none, as JSON that has value where path leads. What is on the way and missing, or of another shape, is made.
func With(object map[string]any, path []string, value string) (string, error) {
	var tree any
	if object != nil {
		tree = object
	}
	text, err := json.Marshal(dig(tree, path))
	if err != nil {
		return "", fmt.Errorf("writing an object with a hole at %s: %w", strings.Join(path, "."), err)
	}
	quoted, err := json.Marshal(hole)
	if err != nil {
		return "", fmt.Errorf("writing a hole: %w", err)
	}
	return strings.ReplaceAll(string(text), string(quoted), value), nil
}

// dig is a copy of a tree with the hole where path leads.
func dig(tree any, path []string) any {
	if len(path) == 0 {
		return hole
	}
	if path[0] == "0" {
		list, _ := tree.([]any)
		if list = slices.Clone(list); len(list) == 0 {
			list = []any{nil}
		}
		list[0] = dig(list[0], path[1:])
		return list
	}
	object, _ := tree.(map[string]any)
	if object = maps.Clone(object); object == nil {
		object = map[string]any{}
	}
	object[path[0]] = dig(object[path[0]], path[1:])
	return object
}
