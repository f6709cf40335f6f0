package version

import (
	"runtime"
	"strings"
)

// Kubernetes is the version of the API that Argosy speaks, and of the k8s.io libraries that it is built with.
const Kubernetes = "v1.36.6"

// Stamped by the linker with -X; see the Makefile.
var (
	gitVersion   = Kubernetes + "+argosy"
	gitCommit    = "unknown"
	gitTreeState = "unknown"
	buildDate    = "1970-01-01T00:00:00Z"
)

// Info has the JSON shape of Kubernetes' version.Info (k8s.io/apimachinery/pkg/version), which clients read from /version.
type Info struct {
	Major        string `json:"major"`
	Minor        string `json:"minor"`
	GitVersion   string `json:"gitVersion"`
	GitCommit    string `json:"gitCommit"`
	GitTreeState string `json:"gitTreeState"`
	BuildDate    string `json:"buildDate"`
	GoVersion    string `json:"goVersion"`
	Compiler     string `json:"compiler"`
	Platform     string `json:"platform"`
}

// Get returns what is known about this build. GitVersion is always a semantic version of the form v1.36.x+argosy….
func Get() Info {
	major, minor := majorMinor(Kubernetes)
	return Info{
		Major:        major,
		Minor:        minor,
		GitVersion:   gitVersion,
		GitCommit:    gitCommit,
		GitTreeState: gitTreeState,
		BuildDate:    buildDate,
		GoVersion:    runtime.Version(),
		Compiler:     runtime.Compiler,
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
	}
}

func majorMinor(v string) (major, minor string) {
	major, rest, _ := strings.Cut(strings.TrimPrefix(v, "v"), ".")
	minor, _, _ = strings.Cut(rest, ".")
	return major, minor
}
