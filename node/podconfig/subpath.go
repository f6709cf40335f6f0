package podconfig

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"argosy.dev/node/environment"
)

// expandSubPath makes a sub-path of an expression. What comes out must be one that could have been written as subPath: below the
// volume, and with no variable left in it that the container does not have.
func expandSubPath(expression string, get func(string) (string, bool)) (string, error) {
	var missing []string
	path := environment.Expand(expression, func(name string) (string, bool) {
		value, ok := get(name)
		if !ok {
			missing = append(missing, name)
		}
		return value, ok
	})
	switch {
	case len(missing) > 0:
		return "", fmt.Errorf("missing value for %q", strings.Join(missing, ", "))
	case filepath.IsAbs(path):
		return "", fmt.Errorf("it expands to %q, which must not be an absolute path", path)
	case slices.Contains(strings.Split(path, "/"), ".."):
		return "", errors.New("it must not contain '..'")
	}
	return path, nil
}
