package rules

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	netutils "k8s.io/utils/net"
)

// EndpointIP refuses addresses that cannot be somebody else's: unspecified, of this host, of this link, or of many.
func EndpointIP(address string, path *field.Path) field.ErrorList {
	ip := netutils.ParseIPSloppy(address)
	if ip == nil {
		return field.ErrorList{field.Invalid(path, address, "must be a valid IP address")}
	}
	var errs field.ErrorList
	refuse := func(why string) { errs = append(errs, field.Invalid(path, address, why)) }
	if ip.IsUnspecified() {
		refuse("may not be unspecified (0.0.0.0 or ::)")
	}
	if ip.IsLoopback() {
		refuse("may not be in the loopback range (127.0.0.0/8, ::1/128)")
	}
	if ip.IsLinkLocalUnicast() {
		refuse("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
	}
	if ip.IsLinkLocalMulticast() {
		refuse("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
	}
	return errs
}

// IsIPv6 tells whether an address is one of version 6.
func IsIPv6(address string) bool { return netutils.IsIPv6String(address) }

// IsIP tells whether text is an address in any spelling that was ever accepted.
func IsIP(text string) bool { return netutils.ParseIPSloppy(text) != nil }
