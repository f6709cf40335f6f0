package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The addresses of a cluster's host, and of the world that it has beyond its uplink.
const (
	HostIP  = "192.0.2.2"
	WorldIP = "192.0.2.1"
)

// Network is a network namespace. It goes when it is closed and nobody is in it any more.
type Network struct{ file *os.File }

// newNetwork makes a namespace like a host that was just installed: its loopback interface is up.
func newNetwork() (*Network, error) {
	var n *Network
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("making a network namespace: %w", err)
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			return err
		}
		n = &Network{file}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return n, n.Do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.LinkSetUp(lo)
	})
}

// uplink joins a host and its world by a wire, and leads the host's default route over it.
func uplink(host, world *Network) error {
	err := world.Do(func() error {
		return netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "host"}, PeerName: "eth0", PeerNamespace: netlink.NsFd(host.file.Fd())})
	})
	if err != nil {
		return fmt.Errorf("laying the wire: %w", err)
	}
	up := func(name, address string) error {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		a, err := netlink.ParseAddr(address + "/24")
		if err != nil {
			return err
		}
		// No address of its own making, which would come and go while the test compares.
		quiet := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/addr_gen_mode", []byte("1"), 0)
		if errors.Is(quiet, os.ErrNotExist) {
			quiet = nil // a kernel without IPv6
		}
		return errors.Join(quiet, netlink.AddrAdd(link, a), netlink.LinkSetUp(link))
	}
	err = world.Do(func() error { return up("host", WorldIP) })
	if err != nil {
		return fmt.Errorf("the world's end of the wire: %w", err)
	}
	err = host.Do(func() error {
		if err := up("eth0", HostIP); err != nil {
			return err
		}
		if err := netlink.RouteAdd(&netlink.Route{Gw: net.ParseIP(WorldIP)}); err != nil {
			return err
		}
		return carrier("eth0")
	})
	if err != nil {
		return fmt.Errorf("the host's end of the wire: %w", err)
	}
	return nil
}

// carrier waits until the kernel has noticed that a link is up at both ends.
func carrier(name string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		if link.Attrs().OperState == netlink.OperUp {
			return nil
		}
		<-tick.C
	}
	return errors.New("it does not come up")
}

// Do calls f in the namespace: sockets that it opens and processes that it starts belong there. It must not leave that to
// other goroutines. A nil Network is the one that the test runs in.
func (n *Network) Do(f func() error) error {
	if n == nil {
		return f()
	}
	return onThread(func() error {
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("entering a network namespace: %w", err)
		}
		return f()
	})
}

// onThread calls f on a thread that nobody uses afterwards, so that it may change what is the thread's own.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
		err := errors.New("the test ended in the middle")
		defer func() { done <- err }()
		err = f()
	}()
	return <-done
}

// Dial connects from within the namespace. The address must be of numbers.
func (n *Network) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	err = n.Do(func() error {
		c, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return err
	})
	return c, err
}

// Listen listens within the namespace until the test ends.
func (n *Network) Listen(t testing.TB, network, address string) net.Listener {
	t.Helper()
	var l net.Listener
	err := n.Do(func() (err error) {
		l, err = net.Listen(network, address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (n *Network) close() {
	if n != nil {
		_ = n.file.Close()
	}
}
