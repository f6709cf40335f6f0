package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/node/serve/streams"
)

func (n *node) exec(w http.ResponseWriter, r *http.Request) {
	id, options, err := n.target(r)
	command := r.URL.Query()["command"]
	if err == nil && len(command) == 0 {
		err = refuse(http.StatusBadRequest, "you must specify a command")
	}
	if err != nil {
		answer(w, err)
		return
	}
	if n.Streams == nil {
		n.passOn(w, r, func() (string, error) {
			x, err := n.Runtime.Exec(r.Context(), &runtimeapi.ExecRequest{ContainerId: id, Cmd: command, Tty: options.TTY,
				Stdin: options.Stdin, Stdout: options.Stdout, Stderr: options.Stderr})
			return x.GetUrl(), err
		})
		return
	}
	streams.Command(w, r, options, func(ctx context.Context, client streams.IO) error {
		grace := n.Grace
		if options.TTY {
			grace = 0 // its terminal is gone
		}
		ctx, cancel := outlive(ctx, r.Context(), grace)
		defer cancel()
		err := n.Streams.Exec(ctx, id, command, client.Stdin, client.Stdout, client.Stderr, client.TTY, client.Resize)
		var exit utilexec.ExitError
		if err != nil && !errors.As(err, &exit) {
			err = fmt.Errorf("error executing command in container: %w", err)
		}
		return err
	})
}

// outlive returns a context that ends some time after ctx has, or at once with limit.
func outlive(ctx, limit context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(limit)
	if grace == 0 {
		stop := context.AfterFunc(ctx, cancel)
		return longer, func() { stop(); cancel() }
	}
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}

func (n *node) attach(w http.ResponseWriter, r *http.Request) {
	id, options, err := n.target(r)
	if err != nil {
		answer(w, err)
		return
	}
	if n.Streams == nil {
		n.passOn(w, r, func() (string, error) {
			x, err := n.Runtime.Attach(r.Context(), &runtimeapi.AttachRequest{ContainerId: id, Tty: options.TTY,
				Stdin: options.Stdin, Stdout: options.Stdout, Stderr: options.Stderr})
			return x.GetUrl(), err
		})
		return
	}
	streams.Command(w, r, options, func(ctx context.Context, client streams.IO) error {
		err := n.Streams.Attach(ctx, id, client.Stdin, client.Stdout, client.Stderr, client.TTY, client.Resize)
		if err != nil {
			err = fmt.Errorf("error attaching to container: %w", err)
		}
		return err
	})
}

// target finds the running container and the streams that exec or attach is about.
func (n *node) target(r *http.Request) (id string, o streams.Options, err error) {
	pod, container, err := n.podAndContainer(r)
	if err != nil {
		return "", o, err
	}
	if o, err = streams.ParseOptions(r.URL.Query()); err != nil {
		return "", o, refuse(http.StatusBadRequest, "%v", err)
	}
	id, err = n.running(r.Context(), pod, container)
	return id, o, err
}

func (n *node) portForward(w http.ResponseWriter, r *http.Request) {
	pod, err := n.pod(r)
	id := ""
	if err == nil {
		id, err = n.sandbox(r.Context(), pod)
	}
	if err != nil {
		answer(w, err)
		return
	}
	if n.Streams == nil {
		n.passOn(w, r, func() (string, error) {
			x, err := n.Runtime.PortForward(r.Context(), &runtimeapi.PortForwardRequest{PodSandboxId: id})
			return x.GetUrl(), err
		})
		return
	}
	streams.Forward(w, r, func(ctx context.Context, port int32, stream io.ReadWriteCloser) error {
		if err := n.Streams.PortForward(ctx, id, port, stream); err != nil {
			return fmt.Errorf("pod %s: %w", pod.Name, err)
		}
		return nil
	})
}
