package probes

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// grpc passes where the service says that it serves, by gRPC's health checking protocol.
func (c *checker) grpc(ctx context.Context, address, service string, timeout time.Duration) result {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUserAgent(c.agent),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig(), grpc.WithDisableRetry())
	if err != nil {
		return result{outcome: failed, text: fmt.Sprintf("error: failed to connect to service at %q: %v", address, err)}
	}
	defer conn.Close()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(limited, &grpc_health_v1.HealthCheckRequest{Service: service})
	if err != nil {
		return result{outcome: failed, text: grpcFailure(status.Convert(err), address, timeout)}
	}
	if answer.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		return result{outcome: failed, text: fmt.Sprintf("service unhealthy (responded with %q)", answer.Status)}
	}
	return result{outcome: passed, text: "service healthy"}
}

func grpcFailure(s *status.Status, address string, timeout time.Duration) string {
	switch s.Code() {
	case codes.Unimplemented:
		return "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): " + s.Message()
	case codes.DeadlineExceeded:
		return fmt.Sprintf("timeout: health rpc did not complete within %v", timeout)
	case codes.Unavailable:
		return fmt.Sprintf("error: failed to connect to service at %q: %s", address, s.Message())
	}
	return fmt.Sprintf("error: health rpc probe failed: %s", s.Message())
}
