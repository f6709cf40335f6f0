package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// attachStreams copies a running container's output from now on, and input to it, until it ends or ctx does.
func (r *Runtime) attachStreams(ctx context.Context, id string, in io.Reader, out, errOut io.Writer, tty bool, resize <-chan remotecommand.TerminalSize) error {
	s, c, _, err := r.running(id)
	if err != nil {
		return err
	}
	if tty != c.record.Config.GetTty() {
		return invalid("the container %s has a terminal: %v, and is to be attached to with one: %v", c.id, c.record.Config.GetTty(), tty)
	}
	client := s.supervisor()
	if client == nil {
		return fmt.Errorf("the container %s has no supervisor", c.id)
	}
	var mine, theirs [2]*os.File
	for i := range mine {
		if mine[i], theirs[i], err = os.Pipe(); err != nil {
			closeFiles(mine[:])
			closeFiles(theirs[:])
			return fmt.Errorf("making streams: %w", err)
		}
	}
	defer closeFiles(mine[:]) // makes the supervisor drop this client
	stdin, err := client.Attach(ctx, c.id, theirs[0], theirs[1])
	closeFiles(theirs[:])
	if err != nil {
		return fmt.Errorf("attaching to the container %s: %w", c.id, err)
	}
	switch {
	case stdin == nil:
	case in == nil && !tty:
		stdin.Close() // held open, it would keep the container's input from ending
	default:
		defer stdin.Close()
		if in != nil {
			go func() {
				_, err := io.Copy(stdin, in)
				if c.record.Config.GetStdinOnce() && !tty && !errors.Is(err, os.ErrClosed) {
					stdin.Close()
					_ = client.CloseStdin(context.WithoutCancel(ctx), c.id) // an ended container has none
				}
			}()
		}
		if tty {
			go resizing(stdin, resize)
		}
	}
	broken := make(chan error, 2)
	copied := copyAll(
		func() { broken <- copyOut(out, mine[0]) },
		func() { broken <- copyOut(errOut, mine[1]) },
	)
	for {
		select {
		case <-copied:
			return nil
		case err := <-broken:
			if err != nil {
				return nil // the client is gone
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func copyOut(w io.Writer, from *os.File) error {
	_, err := io.Copy(w, from)
	return err
}
