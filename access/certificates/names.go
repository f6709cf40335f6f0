package certificates

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
)

// Names are what a server is called by its clients.
type Names struct {
	DNS []string
	IPs []net.IP
}

// normal returns the names in lower case and a fixed order, without repetitions.
func (n Names) normal() Names {
	var out Names
	for _, name := range n.DNS {
		if name != "" {
			out.DNS = append(out.DNS, strings.ToLower(name))
		}
	}
	slices.Sort(out.DNS)
	out.DNS = slices.Compact(out.DNS)
	for _, ip := range n.IPs {
		if ip16 := ip.To16(); ip16 != nil {
			out.IPs = append(out.IPs, ip16)
		}
	}
	slices.SortFunc(out.IPs, func(a, b net.IP) int { return bytes.Compare(a, b) })
	out.IPs = slices.CompactFunc(out.IPs, net.IP.Equal)
	return out
}

// Host is what there is to know about the machine that a server runs on.
type Host struct {
	HostName string
	NodeName string   // in the cluster; may be empty
	Listen   string   // HOST:PORT or HOST, as the server was told
	IPs      []net.IP // of the machine's interfaces
}

// APIServerNames are all names by which clients inside and outside of the cluster reach an API server on h. serviceIP is
// the first address of the service range, which the Service "kubernetes" has.
func APIServerNames(h Host, serviceIP net.IP, clusterDomain string) Names {
	n := NodeNames(h)
	n.DNS = append(n.DNS, "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc."+clusterDomain)
	n.IPs = append(n.IPs, serviceIP)
	return n.normal()
}

// NodeNames are all names by which a server on h itself is reached.
func NodeNames(h Host) Names {
	n := Names{
		DNS: []string{"localhost", h.HostName, h.NodeName},
		IPs: append([]net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, h.IPs...),
	}
	listen := h.Listen
	if host, _, err := net.SplitHostPort(listen); err == nil {
		listen = host
	}
	if ip := net.ParseIP(listen); ip == nil {
		n.DNS = append(n.DNS, listen)
	} else if !ip.IsUnspecified() {
		n.IPs = append(n.IPs, ip)
	}
	return n.normal()
}

// InterfaceIPs are the machine's own addresses, without those that only a neighbour on the same wire can reach.
func InterfaceIPs() ([]net.IP, error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("listing this machine's addresses: %w", err)
	}
	var ips []net.IP
	for _, a := range addrs {
		if ipnet, ok := a.(*net.IPNet); ok && ipnet.IP.IsGlobalUnicast() {
			ips = append(ips, ipnet.IP)
		}
	}
	return ips, nil
}
