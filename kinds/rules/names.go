package rules

import (
	"fmt"
	"strings"
)

// PathSegment wants no more of a name than that it can stand in a URL's path. It is for kinds.Kind.Name.
func PathSegment(name string, prefix bool) []string {
	var wrong []string
	if !prefix && (name == "." || name == "..") {
		wrong = append(wrong, fmt.Sprintf("may not be '%s'", name))
	}
	for _, c := range []string{"/", "%"} {
		if strings.Contains(name, c) {
			wrong = append(wrong, fmt.Sprintf("may not contain '%s'", c))
		}
	}
	return wrong
}
