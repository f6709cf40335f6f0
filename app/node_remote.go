package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	internalapi "k8s.io/cri-api/pkg/apis"
	"k8s.io/cri-streaming/pkg/streaming"

	"argosy.dev/network/cni"
	imagecri "argosy.dev/runtime/image/cri"
	"argosy.dev/runtime/remote"
)

// remoteRuntime is a node's container runtime behind a socket.
type remoteRuntime struct {
	*remote.Services
	// plugin is how the runtime comes by our pod network; server is nil where it brings its own.
	plugin cni.Installation
	server *cni.Server
}

// containers is the node's runtime, whichever it is.
func (n *nodeRole) containers() internalapi.RuntimeService {
	if n.remote != nil {
		return n.remote.Runtime
	}
	return n.runtime
}

// imageService is like containers.
func (n *nodeRole) imageService() internalapi.ImageManagerService {
	if n.remote != nil {
		return n.remote.Images
	}
	return imagecri.New(n.images)
}

// streams are the containers' streams as plain calls; a runtime behind a socket gives out addresses instead.
func (n *nodeRole) streams() streaming.Runtime {
	if n.remote != nil {
		return nil
	}
	return n.runtime.Streams()
}

func (n *nodeRole) dialRuntime(ctx context.Context) error {
	services, err := remote.Dial(ctx, n.options.ContainerRuntimeEndpoint)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return errors.Join(fmt.Errorf("finding the program: %w", err), services.Runtime.Close(ctx))
	}
	n.remote = &remoteRuntime{Services: services, plugin: cni.Installation{
		BinDir: n.options.CNIBinDir, ConfigDir: n.options.CNIConfDir, Program: program, Socket: filepath.Join(n.runDir(), "cni.sock"),
	}}
	return nil
}

func (n *nodeRole) hangUp(ctx context.Context) error { return n.remote.Runtime.Close(ctx) }

// openRemoteNetwork opens our pod network, unless the runtime has one already: its administrator chose it.
func (n *nodeRole) openRemoteNetwork(ctx context.Context) error {
	if !n.remote.plugin.Present() {
		response, err := n.remote.Runtime.Status(ctx, false)
		if err != nil {
			return fmt.Errorf("asking the container runtime for its state: %w", err)
		}
		for _, c := range response.GetStatus().GetConditions() {
			if c.Type == "NetworkReady" && c.Status {
				n.log.Info("the container runtime brings a network of its own; pods use that one")
				return nil
			}
		}
	}
	return n.openNetwork(ctx)
}

// openRemote lets the runtime ask for our network, and brings both in accord.
func (n *nodeRole) openRemote(ctx context.Context) (err error) {
	if n.network == nil {
		return nil
	}
	if n.remote.server, err = cni.Serve(n.remote.plugin.Socket, n.network); err != nil {
		return err
	}
	if err := n.remote.plugin.Put(); err != nil {
		return errors.Join(err, n.remote.server.Close())
	}
	if err := n.pruneNetwork(ctx); err != nil {
		return errors.Join(err, n.remote.server.Close())
	}
	return nil
}

// closeRemote leaves the runtime as it was before, or with the pods that are to be kept.
func (n *nodeRole) closeRemote(ctx context.Context) error {
	var errs []error
	if !n.options.KeepPods {
		errs = append(errs, n.clearRemote(ctx))
	}
	if n.remote.server == nil {
		return errors.Join(errs...)
	}
	if !n.options.KeepPods {
		errs = append(errs, n.remote.plugin.Remove())
	}
	errs = append(errs, n.remote.server.Close())
	if !n.options.KeepPods {
		errs = append(errs, os.RemoveAll(n.runDir()))
	}
	return errors.Join(errs...)
}

// clearRemote removes every sandbox: all that a runtime shows over CRI is its node's.
func (n *nodeRole) clearRemote(ctx context.Context) error {
	sandboxes, err := n.remote.Runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return fmt.Errorf("listing what is left in the container runtime: %w", err)
	}
	var errs []error
	for _, s := range sandboxes {
		err := n.remote.Runtime.StopPodSandbox(ctx, s.Id)
		if err == nil {
			err = n.remote.Runtime.RemovePodSandbox(ctx, s.Id)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("removing sandbox %s: %w", s.Id, err))
		}
	}
	return errors.Join(errs...)
}

// NetworkPluginCalled tells whether a container runtime runs this process as its network plugin.
func NetworkPluginCalled(argv []string) bool { return cni.Called(argv, os.Getenv) }

// NetworkPlugin does what the container runtime asks, and returns the exit code.
func NetworkPlugin(program string, in io.Reader, out io.Writer) int {
	return cni.Plugin(program, os.Getenv, in, out)
}
