package cluster

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"argosy.dev/test/e2e/leftovers"
)

// LimitDisk puts the data directory on a disk of its own, of so many MiB. Called again it changes how many. It needs root.
func (c *Cluster) LimitDisk(t testing.TB, mebibytes int) {
	t.Helper()
	NeedRoot(t)
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	size := fmt.Sprintf("size=%dm,mode=0700", mebibytes)
	var flags uintptr
	if c.disk {
		flags = syscall.MS_REMOUNT
	}
	if err := syscall.Mount("tmpfs", c.DataDir, "tmpfs", flags, size); err != nil {
		t.Fatalf("a disk of %d MiB: %v", mebibytes, err)
	}
	if c.disk {
		return
	}
	c.disk = true
	var err error
	if c.before, err = leftovers.Take(c.dir, c.within()); err != nil {
		t.Fatal(err)
	}
}

// makeHost makes the networks that the cluster's node finds.
func (c *Cluster) makeHost(t testing.TB) {
	t.Helper()
	var err error
	if c.Host, err = newNetwork(); err != nil {
		t.Fatal(err)
	}
	if c.World, err = newNetwork(); err != nil {
		t.Fatal(err)
	}
	if err := uplink(c.Host, c.World); err != nil {
		t.Fatal(err)
	}
}

// within is how leftovers gets at the cluster's own network, if it has one.
func (c *Cluster) within() leftovers.Within {
	if c.Host == nil {
		return nil
	}
	return c.Host.Do
}
