package language

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/kubectl/pkg/util/i18n"
)

func init() {
	if IsKubectl(os.Args) && translated(os.Getenv) {
		return
	}
	if err := i18n.SetLoadTranslationsFunc(func() error { return nil }); err != nil {
		// Only a waste, and cli's tests notice it.
		fmt.Fprintf(os.Stderr, "argosy: leaving out kubectl's translations: %v\n", err)
	}
}

// IsKubectl tells whether a process with these arguments is kubectl: called by the name kubectl, kubectl-1.36 and the like, or
// with the first argument kubectl.
func IsKubectl(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	return strings.HasPrefix(filepath.Base(argv[0]), "kubectl") || len(argv) > 1 && argv[1] == "kubectl"
}

// translated tells whether the user's language may be one that kubectl has a catalogue for, other than English: the English
// catalogue repeats the sources word for word.
func translated(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if lang := getenv(name); lang != "" {
			return lang != "C" && lang != "POSIX" && !strings.HasPrefix(lang, "C.") && !strings.HasPrefix(lang, "en_")
		}
	}
	return false
}
