package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"argosy.dev/base/lifecycle"
	"argosy.dev/runtime/socket"
)

// RuntimeOptions say how [ServeRuntime] serves the embedded runtime to others.
type RuntimeOptions struct {
	// DataDir holds images, containers and what the network remembers.
	DataDir string
	// Socket is where CRI v1 is served.
	Socket string
	// KeepPods leaves the containers running at a graceful stop, to be found at the next start.
	KeepPods bool
}

// Validate is like that of Options.
func (o RuntimeOptions) Validate() error {
	var faults []error
	if o.DataDir == "" {
		faults = append(faults, fmt.Errorf("--data-dir is empty: name a directory, for example %s", DefaultDataDir))
	}
	if o.Socket == "" {
		faults = append(faults, errors.New("--socket is empty: name a path, for example /run/argosy/cri.sock"))
	}
	return errors.Join(faults...)
}

// servedRuntime is the embedded runtime without a cluster.
type servedRuntime struct {
	*nodeRole
	path     string
	listener net.Listener // of streams
	http     *http.Server
	server   *socket.Server
	served   chan error
}

// ServeRuntime serves the embedded runtime, with its images and its pod network, on a socket, until ctx ends.
func ServeRuntime(ctx context.Context, o RuntimeOptions, out io.Writer) error {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("a container runtime needs root, for its namespaces, mounts and cgroups (this is user %d): use sudo", os.Geteuid())
	}
	dir, err := openDataDir(o.DataDir)
	if err != nil {
		return err
	}
	defer dir.Close()
	s := &servedRuntime{nodeRole: &nodeRole{controlPlane: &controlPlane{options: Options{KeepPods: o.KeepPods}, dir: dir, log: slog.Default()}}, path: o.Socket, served: make(chan error, 1)}
	group := &lifecycle.Group{Label: "runtime", StopTimeout: stopTimeout, Log: s.log, Components: []lifecycle.Component{
		lifecycle.Func{Label: "images", OnStart: s.openImages, OnStop: s.closeImages},
		lifecycle.Func{Label: "network", OnStart: s.openNetwork, OnStop: s.closeNetwork},
		lifecycle.Func{Label: "stream address", OnStart: s.listen},
		lifecycle.Func{Label: "runtime", OnStart: s.openRuntime, OnStop: s.closeRuntime},
		lifecycle.Func{Label: "streams", OnStart: s.startStreams, OnStop: s.stopStreams},
		lifecycle.Func{Label: "socket", OnStart: s.startSocket, OnStop: func(ctx context.Context) error { return s.server.Stop(ctx) }},
	}}
	if err := group.Start(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "data directory  %s\nsocket          unix://%s\nready in %d ms\n", dir.path, o.Socket, time.Since(began).Milliseconds())
	<-ctx.Done()
	fmt.Fprintln(out, "stopping")
	return group.Stop(context.WithoutCancel(ctx))
}

// listen takes a port for the streams of exec, attach and port-forward, which clients reach by addresses that the runtime gives out. Each
// is good once, for a minute, and cannot be guessed; and only this machine reaches it.
func (s *servedRuntime) listen(context.Context) (err error) {
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listening for streams: %w", err)
	}
	s.streamURL = &url.URL{Scheme: "http", Host: s.listener.Addr().String(), Path: "/cri/"}
	return nil
}

func (s *servedRuntime) startStreams(context.Context) error {
	s.http = &http.Server{Handler: s.runtime.Handler(), ReadHeaderTimeout: headerTimeout, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	go func() { s.served <- s.http.Serve(s.listener) }()
	return nil
}

func (s *servedRuntime) stopStreams(context.Context) error {
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (s *servedRuntime) startSocket(context.Context) (err error) {
	s.server, err = socket.Serve(s.path, s.runtime, s.imageService())
	return err
}
