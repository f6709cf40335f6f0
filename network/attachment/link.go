package attachment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Prefix is how the names of all host ends begin.
const Prefix = "arg"

// PodInterface is the name of the pod's end.
const PodInterface = "eth0"

var (
	// Gateway4 and Gateway6 are the next hops that pods see; no interface has these addresses.
	Gateway4 = netip.MustParseAddr("169.254.1.1")
	Gateway6 = netip.MustParseAddr("fe80::1")
	// hostMAC is the link address of every host end: two ends of a cable, so it need not differ from link to link, and
	// what pods know of their gateway is always the same.
	hostMAC = net.HardwareAddr{0x0a, 0x61, 0x72, 0x67, 0x00, 0x01}
)

// ErrUnsupported is wrapped by what needs veth links on a kernel without them.
var ErrUnsupported = errors.New("this kernel has no veth links")

// Link is one sandbox's connection.
type Link struct {
	Sandbox string
	// Pod is namespace/name, for people who look at the link.
	Pod       string
	Addresses []netip.Addr
	MTU       int
	// FromLoopback lets connections from the node's loopback be routed to the pod, for its host ports.
	FromLoopback bool
}

// Name returns the name of the link's host end: 15 characters, the same for the same sandbox.
func (l Link) Name() string { return Name(l.Sandbox) }

// Name returns the name of the host end of a sandbox's link.
func Name(sandbox string) string {
	digest := sha256.Sum256([]byte(sandbox))
	return Prefix + hex.EncodeToString(digest[:6])
}

// podMAC is derived from the sandbox, so that a link that is made again has the same.
func (l Link) podMAC() net.HardwareAddr {
	digest := sha256.Sum256([]byte(l.Sandbox))
	return append(net.HardwareAddr{0x0a}, digest[6:11]...)
}

// alias is what the link says about itself: whose it is, which sandbox, which pod. The kernel keeps 255 bytes.
func (l Link) alias(owner string) string {
	s := owner + " " + l.Sandbox + " " + l.Pod
	return s[:min(len(s), 255)]
}

// Found is a link that is there.
type Found struct {
	Name string
	// Owner and Sandbox are what its alias says; empty if it says nothing.
	Owner, Sandbox string
	// Routed are the addresses that the node routes to it.
	Routed []netip.Addr
}

func parseAlias(f *Found, alias string) {
	fields := strings.SplitN(alias, " ", 3)
	if len(fields) == 3 {
		f.Owner, f.Sandbox = fields[0], fields[1]
	}
}

// Kernel makes and removes links.
type Kernel interface {
	// Probe returns ErrUnsupported if the kernel cannot make links.
	Probe() error
	// Create connects the namespace at the path. A link of the same sandbox that is there already is replaced. When it
	// returns, both ends can send; when it fails, nothing is left.
	Create(ctx context.Context, l Link, netnsPath string) error
	// Route makes the node route the link's addresses to it, on a link that is there.
	Route(l Link) error
	// Withdraw removes the node's routes to the link; a link that is gone has none.
	Withdraw(l Link) error
	// Present tells whether there is an interface of this name.
	Present(name string) bool
	// Destroy removes links, all at once; those that are gone are no error.
	Destroy(names []string) error
	// List returns the host ends that are there.
	List() ([]Found, error)
	Close()
}

// Difference is what has to be done about the links that are there.
type Difference struct {
	// Destroy are names of links that nobody wants.
	Destroy []string
	// Route are wanted links that the node does not, or not fully, route to.
	Route []Link
	// Lost are wanted links that are not there; they cannot be made again behind a running pod's back.
	Lost []Link
}

// Compare tells what leads from the links that are found to those that are wanted. A found link is the owner's if its alias
// says so, or if its name is that of a sandbox the owner knows.
func Compare(owner string, found []Found, wanted []Link, known func(name string) bool) Difference {
	var d Difference
	there := map[string]Found{}
	for _, f := range found {
		there[f.Name] = f
		want := slices.ContainsFunc(wanted, func(l Link) bool { return l.Name() == f.Name })
		if !want && (f.Owner == owner || f.Owner == "" && known(f.Name)) {
			d.Destroy = append(d.Destroy, f.Name)
		}
	}
	for _, l := range wanted {
		f, ok := there[l.Name()]
		if !ok {
			d.Lost = append(d.Lost, l)
			continue
		}
		if slices.ContainsFunc(l.Addresses, func(a netip.Addr) bool { return !slices.Contains(f.Routed, a) }) {
			d.Route = append(d.Route, l)
		}
	}
	return d
}
