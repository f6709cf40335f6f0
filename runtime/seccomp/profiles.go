package seccomp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Profiles compiles profiles and remembers the results.
type Profiles struct {
	// Dir is where relative names of Localhost profiles are looked up; the Kubernetes default is
	// /var/lib/kubelet/seccomp.
	dir string

	mu    sync.Mutex
	cache map[string]cached
}

type cached struct {
	filter *Filter
	stamp  string // of the file, to see that it changed
}

// NewProfiles returns an empty cache over profiles in dir.
func NewProfiles(dir string) *Profiles { return &Profiles{dir: dir, cache: map[string]cached{}} }

// RuntimeDefault is the default profile for a process with these capabilities (names such as CAP_CHOWN): the profile
// allows more calls to who may do more.
func (p *Profiles) RuntimeDefault(capabilities []string) (*Filter, error) {
	key := "default " + names(capabilities)
	return p.compiled(key, "", func(s *specs.Spec) (*specs.LinuxSeccomp, error) { return seccomp.GetDefaultProfile(s) }, capabilities)
}

// Localhost is the profile in a JSON file of this machine.
func (p *Profiles) Localhost(name string, capabilities []string) (*Filter, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.dir, filepath.Clean("/"+name))
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the seccomp profile %q: %w", name, err)
	}
	stamp := info.ModTime().String()
	filter, err := p.compiled("file "+path+" "+names(capabilities), stamp, func(s *specs.Spec) (*specs.LinuxSeccomp, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return seccomp.LoadProfile(string(text), s)
	}, capabilities)
	if err != nil {
		return nil, fmt.Errorf("the seccomp profile %q: %w", name, err)
	}
	return filter, nil
}

func names(capabilities []string) string {
	return strings.Join(slices.Sorted(slices.Values(capabilities)), " ")
}

// compiled holds the lock while compiling, so that a burst of starts compiles once.
func (p *Profiles) compiled(key, stamp string, get func(*specs.Spec) (*specs.LinuxSeccomp, error), capabilities []string) (*Filter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.cache[key]; ok && c.stamp == stamp {
		return c.filter, nil
	}
	profile, err := get(&specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: capabilities}}})
	if err != nil {
		return nil, err
	}
	if profile == nil {
		return nil, fmt.Errorf("it has neither a default action nor rules")
	}
	filter, err := Compile(profile)
	if err != nil {
		return nil, err
	}
	p.cache[key] = cached{filter, stamp}
	return filter, nil
}
