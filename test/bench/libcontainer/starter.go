package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/specconv"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// starter makes containers of one kind: what "runc spec" proposes, on a plain directory, with or without a seccomp filter.
type starter struct {
	state string
	spec  *specs.Spec
}

func newStarter(dir, program string, filtered bool) (*starter, error) {
	s := &starter{state: filepath.Join(dir, "state"), spec: specconv.Example()}
	rootfs := filepath.Join(dir, "rootfs")
	for _, mountPoint := range []string{"proc", "dev", "sys"} {
		if err := os.MkdirAll(filepath.Join(rootfs, mountPoint), 0o755); err != nil {
			return nil, err
		}
	}
	body, err := os.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("reading the containers' program: %w", err)
	}
	if err := os.WriteFile(filepath.Join(rootfs, "first"), body, 0o755); err != nil {
		return nil, err
	}
	s.spec.Root.Path = rootfs
	s.spec.Process.Args, s.spec.Process.Terminal = []string{"/first"}, false
	if filtered {
		s.spec.Linux.Seccomp, err = filter(s.spec)
	}
	return s, err
}

// start takes one container from nothing to its program's first instructions, and removes it. The time is until then.
func (s *starter) start(id string) (took time.Duration, err error) {
	id = "argosy-bench-" + strconv.Itoa(os.Getpid()) + "-" + id
	read, write, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer read.Close()
	defer write.Close()

	began := time.Now()
	config, err := specconv.CreateLibcontainerConfig(&specconv.CreateOpts{CgroupName: id, NoNewKeyring: true, Spec: s.spec})
	if err != nil {
		return 0, fmt.Errorf("making the configuration of %s: %w", id, err)
	}
	container, err := libcontainer.Create(s.state, id, config)
	if err != nil {
		return 0, fmt.Errorf("creating %s: %w", id, err)
	}
	defer func() { err = errors.Join(err, container.Destroy()) }()
	process := &libcontainer.Process{Args: s.spec.Process.Args, Env: s.spec.Process.Env, Cwd: "/", Init: true, Stdout: write, Stderr: os.Stderr}
	if err := container.Run(process); err != nil {
		return 0, fmt.Errorf("starting %s: %w", id, err)
	}
	if _, err := io.ReadFull(read, make([]byte, 1)); err != nil {
		return 0, fmt.Errorf("waiting for a sign of life of %s: %w", id, err)
	}
	took = time.Since(began)
	_, err = process.Wait()
	return took, err
}
