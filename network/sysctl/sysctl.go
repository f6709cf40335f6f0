package sysctl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"argosy.dev/network/netns"
)

// Tree reads and writes parameters by their path below /proc/sys. A parameter that the kernel lacks gives os.ErrNotExist.
type Tree interface {
	Read(name string) (string, error)
	Write(name, value string) error
}

// Kernel is the Tree of one network namespace.
type Kernel struct{ NetNS *netns.Handle }

// Read returns the parameter without its line feed.
func (k Kernel) Read(name string) (value string, err error) {
	err = k.NetNS.Do(func() error {
		raw, err := os.ReadFile("/proc/sys/" + name)
		value = strings.TrimSpace(string(raw))
		return err
	})
	return value, err
}

// Write sets the parameter.
func (k Kernel) Write(name, value string) error {
	return k.NetNS.Do(func() error { return os.WriteFile("/proc/sys/"+name, []byte(value), 0) })
}

// Fake is a Tree in memory.
type Fake map[string]string

// Read returns the parameter.
func (f Fake) Read(name string) (string, error) {
	if v, ok := f[name]; ok {
		return v, nil
	}
	return "", fmt.Errorf("%s: %w", name, os.ErrNotExist)
}

// Write sets the parameter.
func (f Fake) Write(name, value string) error {
	if _, ok := f[name]; !ok {
		return fmt.Errorf("%s: %w", name, os.ErrNotExist)
	}
	f[name] = value
	return nil
}

// String lists the parameters, one a line.
func (f Fake) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, "%s = %s\n", name, f[name])
	}
	return b.String()
}

// change is what was done to one parameter.
type change struct {
	Before string `json:"before"`
	Set    string `json:"set"`
}

type memory struct {
	// Where names the boot and the namespace that the changes were made in.
	Where   string            `json:"where"`
	Changes map[string]change `json:"changes"`
}

// Memory sets parameters and remembers what they were.
type Memory struct {
	tree Tree
	path string
	memory
}

// Remember opens the memory in dir. where names the boot and the namespace; a memory of another one is forgotten.
func Remember(tree Tree, dir, where string) (*Memory, error) {
	m := &Memory{tree: tree, path: filepath.Join(dir, "sysctls.json"), memory: memory{Where: where, Changes: map[string]change{}}}
	raw, err := os.ReadFile(m.path)
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what kernel parameters were before: %w", err)
	}
	var known memory
	// An unreadable file is one that a power loss cut: then the boot was another one too.
	if json.Unmarshal(raw, &known) == nil && known.Where == where && known.Changes != nil {
		m.memory = known
	}
	return m, nil
}

// Set gives the parameter this value until Restore. One that has it already is not remembered, for it is someone else's.
func (m *Memory) Set(name, value string) error {
	now, err := m.tree.Read(name)
	if err != nil {
		return fmt.Errorf("reading the kernel parameter %s: %w", name, err)
	}
	if now == value {
		return nil
	}
	c, known := m.Changes[name]
	if !known || now != c.Set {
		c.Before = now
	}
	c.Set = value
	m.Changes[name] = c
	if err := m.save(); err != nil {
		return err
	}
	if err := m.tree.Write(name, value); err != nil {
		return fmt.Errorf("setting the kernel parameter %s to %s: %w", name, value, err)
	}
	return nil
}

// Restore puts back every parameter that still has the value it was given, and forgets all.
func (m *Memory) Restore() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(m.Changes)) {
		c := m.Changes[name]
		now, err := m.tree.Read(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // it went with its interface
		}
		if err == nil && now == c.Set {
			err = m.tree.Write(name, c.Before)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("putting the kernel parameter %s back to %s: %w", name, c.Before, err))
		}
	}
	m.Changes = map[string]change{}
	if err := os.Remove(m.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (m *Memory) save() error {
	raw, err := json.MarshalIndent(m.memory, "", "  ")
	if err == nil {
		err = os.WriteFile(m.path+".new", append(raw, '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(m.path+".new", m.path)
	}
	if err != nil {
		return fmt.Errorf("remembering what kernel parameters were before: %w", err)
	}
	return nil
}
