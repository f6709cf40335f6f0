package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/internal/thread"
)

// forwardPatience bounds how long a pod may take to accept a forwarded connection.
const forwardPatience = 10 * time.Second

func (r *Runtime) readySandbox(id string) (*sandbox, error) {
	s, err := r.sandbox(id)
	if err != nil {
		return nil, err
	}
	if !s.snapshot().Ready {
		return nil, fmt.Errorf("the pod sandbox %s is not running", s.id)
	}
	return s, nil
}

// forward connects stream to a port on the pod's loopback interface.
func (r *Runtime) forward(ctx context.Context, sandboxID string, port int32, stream io.ReadWriteCloser) error {
	if port < 1 || port > 65535 {
		return invalid("%d is no port", port)
	}
	s, err := r.readySandbox(sandboxID)
	if err != nil {
		return err
	}
	conn, err := dialInside(ctx, s.record.Netns, port)
	if err != nil {
		return fmt.Errorf("connecting to port %d in the pod %s: %w", port, s.record.Config.GetMetadata().GetName(), err)
	}
	defer conn.Close()
	fromPod := make(chan error, 1)
	go func() {
		_, err := io.Copy(stream, conn)
		fromPod <- err
	}()
	toPod := make(chan error, 1)
	go func() {
		_, err := io.Copy(conn, stream)
		toPod <- errors.Join(err, conn.CloseWrite())
	}()
	for {
		select {
		case <-fromPod:
			return nil
		case err := <-toPod:
			if err != nil {
				return nil // the client is gone, or the pod reads no more
			}
			toPod = nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// dialInside connects from within a network namespace; an empty path means this process's own. A socket belongs to the
// namespace that it was made in, wherever it is used later.
func dialInside(ctx context.Context, netns string, port int32) (conn *net.TCPConn, err error) {
	dialer := net.Dialer{Timeout: forwardPatience}
	dial := func() error {
		var errs []error
		for _, host := range []string{"127.0.0.1", "::1"} {
			c, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
			if err == nil {
				conn = c.(*net.TCPConn)
				return nil
			}
			errs = append(errs, err)
		}
		return errs[0]
	}
	if netns == "" {
		err = dial()
		return conn, err
	}
	err = thread.Run(func() error {
		fd, err := unix.Open(netns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("opening the pod's network namespace: %w", err)
		}
		defer unix.Close(fd)
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("entering the pod's network namespace: %w", err)
		}
		return dial()
	})
	return conn, err
}
