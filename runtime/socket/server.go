package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"google.golang.org/grpc"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// maxMessage is what a request or an answer may weigh.
const maxMessage = 16 << 20

// goodbye is how long calls may go on when the server stops.
const goodbye = 5 * time.Second

// Server is a served runtime.
type Server struct {
	grpc   *grpc.Server
	served chan error
}

// Serve begins to serve a runtime at path, in place of what a former server left there.
func Serve(path string, rt internalapi.RuntimeService, images internalapi.ImageManagerService) (*Server, error) {
	listener, err := listen(path)
	if err != nil {
		return nil, err
	}
	s := &Server{grpc: grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage)), served: make(chan error, 1)}
	runtimeapi.RegisterRuntimeServiceServer(s.grpc, &runtimeServer{rt: rt})
	runtimeapi.RegisterImageServiceServer(s.grpc, &imageServer{images: images})
	go func() { s.served <- s.grpc.Serve(listener) }()
	return s, nil
}

// listen refuses a socket that somebody serves; one that nobody does is a leftover.
func listen(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("serving the container runtime: somebody else serves %s", path)
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("removing the socket that a former process left: %w", err)
		}
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("serving the container runtime: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("keeping %s to its owner: %w", path, err), listener.Close())
	}
	return listener, nil
}

// Stop ends serving: streams at once, calls that run after a little while. The runtime goes on.
func (s *Server) Stop(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(goodbye):
	}
	s.grpc.Stop()
	<-done
	return <-s.served
}
