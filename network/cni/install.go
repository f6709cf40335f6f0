package cni

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configFile sorts before what others may have left: runtimes take the first.
const configFile = "05-argosy.conflist"

// Usual folders of runtimes.
const (
	DefaultBinDir    = "/opt/cni/bin"
	DefaultConfigDir = "/etc/cni/net.d"
)

// Installation is what a runtime finds of the plugin.
type Installation struct {
	// BinDir and ConfigDir are where the runtime looks.
	BinDir, ConfigDir string
	// Program is what is run.
	Program string
	// Socket is the agent's.
	Socket string
}

func (i Installation) config() string { return filepath.Join(i.ConfigDir, configFile) }

// Present tells whether a configuration of an agent with the same socket is there.
func (i Installation) Present() bool {
	data, err := os.ReadFile(i.config())
	return err == nil && strings.Contains(string(data), string(encoded(i.Socket)))
}

// Put makes the runtime call the plugin. The configuration comes last: with it the runtime's network is ready.
func (i Installation) Put() error {
	for _, dir := range []string{i.BinDir, i.ConfigDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("installing the network plugin: %w", err)
		}
	}
	for _, name := range []string{Name, loopbackName} {
		if err := i.link(name); err != nil {
			return fmt.Errorf("installing the network plugin: %w", err)
		}
	}
	list := map[string]any{"cniVersion": "1.0.0", "name": Name, "plugins": []any{
		map[string]any{"type": Name, "socket": i.Socket, "capabilities": map[string]bool{"portMappings": true}},
	}}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	fresh := i.config() + ".new"
	if err := os.WriteFile(fresh, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("configuring the network plugin: %w", err)
	}
	if err := os.Rename(fresh, i.config()); err != nil {
		return fmt.Errorf("configuring the network plugin: %w", err)
	}
	return nil
}

// link names the program as a plugin. A plugin of somebody else that raises the loopback interface does it as well.
func (i Installation) link(name string) error {
	path := filepath.Join(i.BinDir, name)
	if to, err := os.Readlink(path); err == nil && to == i.Program {
		return nil
	}
	if _, err := os.Stat(path); err == nil && name == loopbackName {
		return nil
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(i.Program, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// Remove takes the configuration away, and the names that lead to the program.
func (i Installation) Remove() error {
	errs := []error{gone(os.Remove(i.config()))}
	for _, name := range []string{Name, loopbackName} {
		path := filepath.Join(i.BinDir, name)
		if to, err := os.Readlink(path); err == nil && to == i.Program {
			errs = append(errs, gone(os.Remove(path)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing the network plugin: %w", err)
	}
	return nil
}

func gone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func encoded(s string) []byte {
	out, err := json.Marshal(s)
	if err != nil {
		return []byte(s)
	}
	return out
}
