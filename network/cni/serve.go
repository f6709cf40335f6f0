package cni

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"argosy.dev/network"
	"argosy.dev/network/hostport"
)

// Network is what the agent's end asks: a network.Network, or a test's.
type Network interface {
	Attach(ctx context.Context, pod network.Pod) ([]netip.Addr, error)
	Detach(ctx context.Context, sandboxID, netns string) error
}

// Server is the agent's end of the plugin.
type Server struct {
	net      Network
	listener net.Listener
	ctx      context.Context
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// Serve listens on a socket, in place of one that a former agent left, until Close.
func Serve(path string, n Network) (*Server, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the network plugin's socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing a former agent's socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening for the network plugin: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("keeping %s to its owner: %w", path, err), listener.Close())
	}
	s := &Server{net: n, listener: listener}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.running.Go(s.accept)
	return s, nil
}

// Close ends it, and removes the socket. What is being done is done first.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.stop()
	s.running.Wait()
	return err
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // no descriptor is left, say; that passes
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
				continue
			}
		}
		s.running.Go(func() {
			defer conn.Close()
			s.handle(conn)
		})
	}
}

func (s *Server) handle(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	var q request
	if json.NewDecoder(conn).Decode(&q) != nil {
		return // who asks so is no plugin of ours, or is gone
	}
	var r reply
	addresses, err := s.do(context.WithoutCancel(s.ctx), q)
	r.Addresses = addresses
	if err != nil {
		r.Error = err.Error()
	}
	_ = json.NewEncoder(conn).Encode(r)
}

func (s *Server) do(ctx context.Context, q request) ([]netip.Addr, error) {
	switch q.Command {
	case "ADD":
		pod := network.Pod{SandboxID: q.Sandbox, Namespace: q.Namespace, Name: q.Name, UID: q.UID, NetNS: q.NetNS}
		for _, m := range q.Ports {
			if m.HostPort == 0 {
				continue
			}
			port, err := hostport.Parse(strings.ToUpper(m.Protocol), m.HostIP, m.HostPort, m.ContainerPort)
			if err != nil {
				return nil, err
			}
			pod.Ports = append(pod.Ports, port)
		}
		return s.net.Attach(ctx, pod)
	case "DEL":
		return nil, s.net.Detach(ctx, q.Sandbox, q.NetNS)
	}
	return nil, nil // CHECK: what is attached stays so, or is mended without being asked
}
