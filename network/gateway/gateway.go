package gateway

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Range is a pod range of the node and the node's own address in it.
type Range struct {
	Prefix  netip.Prefix
	Address netip.Addr
}

// Kernel holds ranges.
type Kernel interface {
	// Ensure makes the address and the route of the range be there.
	Ensure(Range) error
	// Remove makes them be gone.
	Remove(Range) error
	// Overlaps returns, as text, routes of others into the range.
	Overlaps(Range) ([]string, error)
	// UplinkMTU returns the MTU of the interface by which the world is reached; 0 if there is none.
	UplinkMTU() (int, error)
	// Uplink returns the name of that interface in the family, empty if there is none.
	Uplink(ipv4 bool) (string, error)
	Close()
}

// Reconcile makes wanted ranges be there, and former ones that are not wanted any more be gone.
func Reconcile(k Kernel, former, wanted []Range) error {
	for _, r := range former {
		if !slices.Contains(wanted, r) {
			if err := k.Remove(r); err != nil {
				return err
			}
		}
	}
	for _, r := range wanted {
		if err := k.Ensure(r); err != nil {
			return err
		}
	}
	return nil
}

// Fake is a Kernel in memory.
type Fake struct {
	Ranges []Range
	// Others are routes that somebody else has.
	Others []netip.Prefix
}

// Ensure adds the range.
func (f *Fake) Ensure(r Range) error {
	if !slices.Contains(f.Ranges, r) {
		f.Ranges = append(f.Ranges, r)
	}
	return nil
}

// Remove removes the range.
func (f *Fake) Remove(r Range) error {
	f.Ranges = slices.DeleteFunc(f.Ranges, func(x Range) bool { return x == r })
	return nil
}

// Overlaps returns those of Others that overlap.
func (f *Fake) Overlaps(r Range) ([]string, error) {
	var out []string
	for _, p := range f.Others {
		if p.Overlaps(r.Prefix) {
			out = append(out, p.String()+" dev other")
		}
	}
	return out, nil
}

// UplinkMTU returns 1500.
func (f *Fake) UplinkMTU() (int, error) { return 1500, nil }

// Uplink returns uplink.
func (f *Fake) Uplink(bool) (string, error) { return "uplink", nil }

// Close does nothing.
func (f *Fake) Close() {}

// String prints the ranges.
func (f *Fake) String() string {
	var b strings.Builder
	for _, r := range f.Ranges {
		fmt.Fprintf(&b, "address %s dev lo\nroute unreachable %s\n", r.Address, r.Prefix)
	}
	return b.String()
}
