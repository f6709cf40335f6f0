package cli

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/kubectl/pkg/util/i18n"
)

const (
	translateEnv = "ARGOSY_TEST_TRANSLATE"
	english      = "Update the labels on a resource"
	german       = "Aktualisiere die Labels auf einer Resource"
)

// Package language must come before everything in kubectl that translates while it is being initialized, which only a new
// process that contains all of kubectl can show: this test runs itself again under other names and languages.
func TestOnlyKubectlTranslates(t *testing.T) {
	if os.Getenv(translateEnv) != "" {
		fmt.Println(i18n.T(english))
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, lang, want string }{
		{"argosy", "de_DE.UTF-8", english},
		{"kubectl", "de_DE.UTF-8", german},
		{"kubectl", "C.UTF-8", english},
		{"kubectl", "", english},
	}
	for _, tt := range tests {
		cmd := exec.Command(self, "-test.run=^TestOnlyKubectlTranslates$")
		cmd.Args[0] = tt.name
		cmd.Env = append(os.Environ(), translateEnv+"=1", "LC_ALL="+tt.lang, "LC_MESSAGES=", "LANG="+tt.lang)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got, _, _ := strings.Cut(string(out), "\n"); got != tt.want {
			t.Errorf("as %s in %q: %q, want %q", tt.name, tt.lang, got, tt.want)
		}
	}
}
