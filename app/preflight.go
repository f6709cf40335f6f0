package app

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// checkRoot refuses to run a node without root, before anything is touched.
func checkRoot(o Options) error {
	if o.Node && os.Geteuid() != 0 {
		return fmt.Errorf("a node needs root, for its namespaces, mounts and cgroups (this is user %d): use sudo, or run \"argosy server\" for a cluster without a node", os.Geteuid())
	}
	return nil
}

// listen opens the API server's socket.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is taken by another process (\"ss -ltnp\" shows which): stop that one, or choose another with --listen", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("the address %s is none of this machine's (\"ip address\" shows them): choose another with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return l, nil
}
