package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"argosy.dev/volume/mounts"
)

// ErrISCSI refuses volumes on iSCSI.
var ErrISCSI = errors.New("volumes on iSCSI are not supported by this node: it has no iSCSI initiator (the kernel's iscsi_tcp, and iscsiadm of the package open-iscsi)")

// timeout is how long a mount may take.
const timeout = time.Minute

// Mounter mounts. The zero value does it with the machine's own tools.
type Mounter struct {
	// Run runs a command; nil is the machine's.
	Run func(ctx context.Context, name string, args ...string) (said string, err error)
	// Helper tells whether mount finds the helper for a type; nil looks on the machine.
	Helper func(name string) bool
}

// NFS mounts an export at dir, unless it is there.
func (m *Mounter) NFS(ctx context.Context, dir, server, path string, readOnly bool, options []string) error {
	if mounted, err := mounts.At(dir); err != nil || mounted {
		return err
	}
	if !m.helper("mount.nfs") {
		return errors.New("mount.nfs is not on this node: install the package nfs-common (nfs-utils on some systems)")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the place of the volume: %w", err)
	}
	if readOnly {
		options = append(append([]string(nil), options...), "ro")
	}
	args := []string{"-t", "nfs"}
	if len(options) > 0 {
		args = append(args, "-o", strings.Join(options, ","))
	}
	if strings.Contains(server, ":") && !strings.HasPrefix(server, "[") {
		server = "[" + server + "]"
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	said, err := m.run(ctx, "mount", append(args, server+":"+path, dir)...)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%s did not answer within %v", server, timeout)
	}
	// What a mount that was cut short left must not stay.
	return errors.Join(fmt.Errorf("mounting %s:%s: %w: %s", server, path, err, strings.TrimSpace(said)), mounts.Clear(dir))
}

func (m *Mounter) helper(name string) bool {
	if m.Helper != nil {
		return m.Helper(name)
	}
	for _, dir := range []string{"/sbin/", "/usr/sbin/"} {
		if _, err := os.Stat(dir + name); err == nil {
			return true
		}
	}
	return false
}

func (m *Mounter) run(ctx context.Context, name string, args ...string) (string, error) {
	if m.Run != nil {
		return m.Run(ctx, name, args...)
	}
	var said bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = &said, &said
	c.WaitDelay = time.Second // a helper that hangs in the kernel is left behind
	err := c.Run()
	return said.String(), err
}
