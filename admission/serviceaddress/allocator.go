package serviceaddress

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// Reader finds services by what they hold.
type Reader interface {
	// ServicesWithIP returns the services that have ip among their addresses.
	ServicesWithIP(ip string) []*corev1.Service
	// ServicesOnNodePort returns the services that hold the port on the nodes, for traffic or for health checks.
	ServicesOnNodePort(port int32) []*corev1.Service
	ServiceCIDRs() []*networkingv1.ServiceCIDR
	Book
}

// Range is what is given out.
type Range struct {
	// Addresses is an IPv4 network; its first and last address are never given out.
	Addresses netip.Prefix
	// FirstPort and LastPort are the node ports, both included.
	FirstPort, LastPort int32
}

// Default is the range of a cluster that says nothing else.
func Default() Range {
	return Range{Addresses: netip.MustParsePrefix("10.96.0.0/16"), FirstPort: 30000, LastPort: 32767}
}

var (
	errFull         = errors.New("range is full")
	errIPTaken      = errors.New("provided IP is already allocated")
	errOtherNetwork = errors.New("the provided network does not match the current range")
	errPortTaken    = errors.New("provided port is already allocated")
)

// Allocator gives out addresses and node ports.
type Allocator struct {
	reader     Reader
	ranges     Range
	ips, ports claims
	books      locks
}

// New returns an allocator for what reader shows.
func New(reader Reader, ranges Range) *Allocator {
	return &Allocator{reader: reader, ranges: ranges}
}

// reserved is how much of the lower end of a range is given out only on request, while the rest lasts: a share of it, within bounds.
func reserved(size, least, most, share uint32) uint32 {
	if size <= least {
		return 0
	}
	return min(max(size/share, least), most)
}

// draw looks for a free number in [0, size), above low first, from a random start so that numbers are not used again at once.
func draw(size, low uint32, try func(n uint32) bool) bool {
	for _, band := range [][2]uint32{{low, size}, {0, low}} {
		length := band[1] - band[0]
		if length == 0 {
			continue
		}
		start := rand.Uint32N(length)
		for i := range length {
			if try(band[0] + (start+i)%length) {
				return true
			}
		}
	}
	return false
}

// session is the allocation for one write.
type session struct {
	*Allocator
	ctx    context.Context
	owner  string // namespace/name
	dryRun bool
	// taken is claimed by this write and given back if a later part of it is refused.
	ips, ports []string
}

// giveBack ends the claims of a write that was refused.
func (s *session) giveBack() {
	for _, ip := range s.ips {
		s.Allocator.ips.drop(ip, s.owner)
	}
	for _, port := range s.ports {
		s.Allocator.ports.drop(port, s.owner)
	}
}

func (s *session) othersHave(services []*corev1.Service) bool {
	for _, svc := range services {
		if svc.Namespace+"/"+svc.Name != s.owner {
			return true
		}
	}
	return false
}

// The claim comes before the look at what is stored: whoever had it before has then either stored it or given up.
func (s *session) claimIP(ip string) bool {
	if !s.Allocator.ips.take(s.ctx, ip, s.owner) {
		return false
	}
	if s.othersHave(s.reader.ServicesWithIP(ip)) || s.booked(ip) {
		s.Allocator.ips.drop(ip, s.owner)
		return false
	}
	if s.dryRun {
		s.Allocator.ips.drop(ip, s.owner)
		return true
	}
	s.ips = append(s.ips, ip)
	return true
}

func (s *session) claimPort(port int32) bool {
	what := strconv.Itoa(int(port))
	if !s.Allocator.ports.take(s.ctx, what, s.owner) {
		return false
	}
	if s.othersHave(s.reader.ServicesOnNodePort(port)) {
		s.Allocator.ports.drop(what, s.owner)
		return false
	}
	if s.dryRun {
		s.Allocator.ports.drop(what, s.owner)
		return true
	}
	s.ports = append(s.ports, what)
	return true
}

func (s *session) requestPort(port int32) error {
	if port < s.ranges.FirstPort || port > s.ranges.LastPort {
		return fmt.Errorf("provided port is not in the valid range. The range of valid ports is %d-%d", s.ranges.FirstPort, s.ranges.LastPort)
	}
	if !s.claimPort(port) {
		return errPortTaken
	}
	return nil
}

// anyPort draws a port that the service itself does not use either: mine are those that it has or asks for.
func (s *session) anyPort(mine map[int32]bool) (int32, error) {
	size := uint32(s.ranges.LastPort - s.ranges.FirstPort + 1)
	var port int32
	found := draw(size, reserved(size, 16, 128, 32), func(n uint32) bool {
		port = s.ranges.FirstPort + int32(n)
		return !mine[port] && s.claimPort(port)
	})
	if !found {
		return 0, errFull
	}
	mine[port] = true
	return port, nil
}
