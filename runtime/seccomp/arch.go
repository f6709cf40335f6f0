package seccomp

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// arch is one calling convention that a filter may meet.
type arch struct {
	audit uint32 // AUDIT_ARCH_*, as the kernel reports it
	calls map[string]uint32
	// x32 calls share amd64's audit number and have this bit set; they are refused.
	x32 bool
}

const x32Bit = 0x40000000

// arches lists what the machine can run, its own convention first. A profile's list of architectures is not asked:
// every convention that the kernel offers must be covered, or it would be a way round the filter.
func arches() ([]arch, error) {
	switch runtime.GOARCH {
	case "amd64":
		return []arch{{audit: unix.AUDIT_ARCH_X86_64, calls: callsAMD64, x32: true}, {audit: unix.AUDIT_ARCH_I386, calls: calls386}}, nil
	case "arm64":
		// 32-bit ARM programs are refused: the filter knows no numbers of theirs.
		return []arch{{audit: unix.AUDIT_ARCH_AARCH64, calls: callsARM64}}, nil
	}
	return nil, fmt.Errorf("seccomp filters are not supported on %s", runtime.GOARCH)
}
