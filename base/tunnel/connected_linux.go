package tunnel

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// established is TCP_ESTABLISHED of the kernel's include/net/tcp_states.h.
const established = 1

// connected asks the kernel whether both directions of a TCP connection stand. Of other connections nothing is known, and good assumed.
func connected(conn net.Conn) bool {
	sys, ok := conn.(syscall.Conn)
	if _, tcp := conn.(*net.TCPConn); !ok || !tcp {
		return true
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return false
	}
	state := uint8(0)
	err = raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			state = established // not to be known
			return
		}
		state = info.State
	})
	return err == nil && state == established
}
