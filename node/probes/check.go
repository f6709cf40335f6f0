package probes

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/node/handler"
)

// outputMax bounds what is read of an answer and told in an event.
const outputMax = 10 << 10

// checker runs probes once.
type checker struct {
	runtime   handler.Executor
	transport *http.Transport
	agent     string
}

// result is what one run found, and what there is to say about it.
type result struct {
	outcome outcome
	text    string
	// warning: it passed, but somebody should know.
	warning bool
}

// check asks a container once. An error tells that it could not be asked.
func (c *checker) check(ctx context.Context, p *corev1.Probe, id string, t handler.Target) (result, error) {
	timeout := seconds(p.TimeoutSeconds, 1)
	switch {
	case p.Exec != nil:
		return c.exec(ctx, id, handler.Command(t.Container, p.Exec.Command), timeout)
	case p.HTTPGet != nil:
		return c.http(ctx, p.HTTPGet, t, timeout)
	case p.TCPSocket != nil:
		return c.tcp(ctx, p.TCPSocket, t, timeout)
	case p.GRPC != nil:
		address, err := t.Address("", intstr.FromInt32(p.GRPC.Port))
		if err != nil {
			return result{}, err
		}
		service := ""
		if p.GRPC.Service != nil {
			service = *p.GRPC.Service
		}
		return c.grpc(ctx, address, service, timeout), nil
	}
	return result{}, errors.New("the probe names nothing to do")
}

// tcp passes where a connection can be made.
func (c *checker) tcp(ctx context.Context, a *corev1.TCPSocketAction, t handler.Target, timeout time.Duration) (result, error) {
	address, err := t.Address(a.Host, a.Port)
	if err != nil {
		return result{}, err
	}
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return result{outcome: failed, text: err.Error()}, nil
	}
	_ = conn.Close() // nothing was sent
	return result{outcome: passed}, nil
}
