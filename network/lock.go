package network

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"argosy.dev/network/netns"
)

// lock takes a key for this process alone, among all processes of the network namespace. An abstract socket does that: it
// belongs to the namespace, and the kernel takes it away with the process, however that ends.
func lock(ns *netns.Handle, key string) (unlock func(), err error) {
	address := "@argosy network " + key
	var l net.Listener
	err = ns.Do(func() error {
		l, err = net.Listen("unix", address)
		return err
	})
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, fmt.Errorf("the %s is run by another argosy on this host%s: stop that one, or use another name and pod range", key, holder(ns, address))
	}
	if err != nil {
		return nil, fmt.Errorf("locking the %s: %w", key, err)
	}
	return func() { _ = l.Close() }, nil
}

// holder names the process that holds a lock, if it can be found out.
func holder(ns *netns.Handle, address string) string {
	var pid int32
	err := ns.Do(func() error {
		c, err := net.Dial("unix", address)
		if err != nil {
			return err
		}
		defer c.Close()
		raw, err := c.(*net.UnixConn).SyscallConn()
		if err != nil {
			return err
		}
		var credErr error
		err = raw.Control(func(fd uintptr) {
			var cred *unix.Ucred
			if cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); credErr == nil {
				pid = cred.Pid
			}
		})
		return errors.Join(err, credErr)
	})
	if err != nil || pid == 0 {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}
