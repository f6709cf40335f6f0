package version

import (
	"encoding/json"
	"strings"
	"testing"

	k8sversion "k8s.io/apimachinery/pkg/version"
)

func TestGetIsWhatKubernetesClientsRead(t *testing.T) {
	raw, err := json.Marshal(Get())
	if err != nil {
		t.Fatal(err)
	}
	var got k8sversion.Info
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Major != "1" || got.Minor != "36" {
		t.Errorf("major.minor = %s.%s, want 1.36", got.Major, got.Minor)
	}
	if !strings.HasPrefix(got.GitVersion, "v1.36.") || !strings.Contains(got.GitVersion, "+argosy") {
		t.Errorf("gitVersion = %q, want v1.36.x+argosy…", got.GitVersion)
	}
	if got.GoVersion == "" || got.Platform == "" || got.Compiler == "" {
		t.Errorf("incomplete: %+v", got)
	}
}
