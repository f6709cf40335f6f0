package attachment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// Fake is a Kernel in memory. Namespaces are their paths: DropNetNS ends one.
type Fake struct {
	Owner string
	// Failure makes Create fail.
	Failure error

	mu    sync.Mutex
	links map[string]fakeLink
}

type fakeLink struct {
	Link
	netns  string
	routed bool
}

// NewFake returns a kernel without links.
func NewFake(owner string) *Fake { return &Fake{Owner: owner, links: map[string]fakeLink{}} }

// Probe returns nil.
func (f *Fake) Probe() error { return nil }

// Create makes the link.
func (f *Fake) Create(_ context.Context, l Link, netnsPath string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Failure != nil {
		return f.Failure
	}
	if netnsPath == "" {
		return fmt.Errorf("opening the network namespace: %w", os.ErrNotExist)
	}
	f.links[l.Name()] = fakeLink{l, netnsPath, true}
	return nil
}

// Route routes to the link.
func (f *Fake) Route(l Link) error { return f.setRouted(l, true) }

// Withdraw ends that.
func (f *Fake) Withdraw(l Link) error {
	_ = f.setRouted(l, false)
	return nil
}

func (f *Fake) setRouted(l Link, routed bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	link, ok := f.links[l.Name()]
	if !ok {
		return errors.New("no such link")
	}
	link.routed = routed
	f.links[l.Name()] = link
	return nil
}

// Present tells whether the link is there.
func (f *Fake) Present(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.links[name]
	return ok
}

// Destroy removes links.
func (f *Fake) Destroy(names []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range names {
		delete(f.links, n)
	}
	return nil
}

// DropNetNS ends a namespace, and the link into it.
func (f *Fake) DropNetNS(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.links, func(_ string, l fakeLink) bool { return l.netns == path })
}

// List returns the links.
func (f *Fake) List() ([]Found, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Found
	for _, name := range slices.Sorted(maps.Keys(f.links)) {
		l := f.links[name]
		found := Found{Name: name}
		parseAlias(&found, l.alias(f.Owner))
		if l.routed {
			found.Routed = l.Addresses
		}
		out = append(out, found)
	}
	return out, nil
}

// Close does nothing.
func (f *Fake) Close() {}

// String prints the links by pod.
func (f *Fake) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var lines []string
	for _, l := range f.links {
		line := fmt.Sprintf("link %s %v in %s mtu %d", l.Pod, l.Addresses, l.netns, l.MTU)
		if l.FromLoopback {
			line += " from-loopback"
		}
		if !l.routed {
			line += " not routed"
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
