package cni

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"

	"argosy.dev/network/netns"
)

// loopback raises a sandbox's loopback interface. It goes with its namespace.
func loopback(command, namespace, version string) (any, error) {
	if command != "ADD" {
		return nil, nil
	}
	ns, err := netns.Open(namespace)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	err = ns.Do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.LinkSetUp(lo)
	})
	if err != nil {
		return nil, fmt.Errorf("raising the loopback interface: %w", err)
	}
	return resultOf(version, "lo", namespace, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}), nil
}
