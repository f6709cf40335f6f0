package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// How long a runtime may take to answer. Pulls take as long as they take.
const (
	usual   = 2 * time.Minute
	patient = 4 * time.Minute // for what makes or unmakes a whole sandbox, its network included
	// reach is how long the runtime may take to be there at all.
	reach = 5 * time.Second
)

// maxMessage is what an answer may weigh: a list of all containers of a big node.
const maxMessage = 16 << 20

// Path is the socket that an endpoint names: unix:///run/containerd/containerd.sock, or the path itself.
func Path(endpoint string) (string, error) {
	if strings.HasPrefix(endpoint, "/") {
		return endpoint, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("the endpoint %q: %w", endpoint, err)
	}
	if u.Scheme != "unix" || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
		return "", fmt.Errorf("the endpoint %q is no socket of this machine: want unix:///PATH", endpoint)
	}
	return u.Path, nil
}

// Services are the two halves of a runtime. Closing either closes both.
type Services struct {
	Runtime *Runtime
	Images  *Images
}

// Dial reaches a runtime, and makes sure that it speaks CRI v1.
func Dial(ctx context.Context, endpoint string) (*Services, error) {
	path, err := Path(endpoint)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient("passthrough:///"+path,
		grpc.WithTransportCredentials(insecure.NewCredentials()), // whoever may open the socket may do everything
		grpc.WithContextDialer(func(ctx context.Context, path string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}),
		grpc.WithAuthority("localhost"),
		// A runtime that is restarted is back in a moment.
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second}, MinConnectTimeout: reach}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("reaching the container runtime at %s: %w", path, err)
	}
	s := &Services{Runtime: &Runtime{conn: conn, client: runtimeapi.NewRuntimeServiceClient(conn), relist: time.Second},
		Images: &Images{conn: conn, client: runtimeapi.NewImageServiceClient(conn)}}
	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	if _, err := s.Runtime.client.Version(ctx, &runtimeapi.VersionRequest{Version: "v1"}, grpc.WaitForReady(true)); err != nil {
		return nil, errors.Join(fmt.Errorf("reaching the container runtime at %s: is it running, and does it speak CRI v1? %w", path, err), conn.Close())
	}
	return s, nil
}

// Runtime is the runtime half.
type Runtime struct {
	conn   *grpc.ClientConn
	client runtimeapi.RuntimeServiceClient
	relist time.Duration
}

// Images is the image half.
type Images struct {
	conn   *grpc.ClientConn
	client runtimeapi.ImageServiceClient
}

var (
	_ internalapi.RuntimeService      = (*Runtime)(nil)
	_ internalapi.ImageManagerService = (*Images)(nil)
)

// Close lets go of the runtime, which goes on.
func (r *Runtime) Close(context.Context) error { return r.conn.Close() }

// Close is like Runtime's.
func (i *Images) Close(context.Context) error { return i.conn.Close() }

// call asks, and waits no longer than limit; 0 is for ever, or for ctx.
func call[Q, A any](ctx context.Context, limit time.Duration, ask func(context.Context, *Q, ...grpc.CallOption) (*A, error), question *Q) (*A, error) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return ask(ctx, question)
}
