package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// outliveReaders keeps the process alive when whoever reads its output goes away ("argosy up | head -3"): writes fail
// instead. Not by ignoring the signal, which every process started from this one would inherit.
func outliveReaders() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

const exitInterrupted = 130 // 128 + SIGINT, as shells count

// stoppable is the context of a command that an interrupt stops.
func stoppable(cmd *cobra.Command) (ctx context.Context, release func()) {
	return interruptible(cmd.Context(), cmd.ErrOrStderr(), os.Exit)
}

// interruptible returns a context that ends at the first interrupt, termination or hang-up signal, so that whoever holds it
// can stop gracefully. A second interrupt or termination ends the process at once. release gives the signals back.
func interruptible(parent context.Context, errOut io.Writer, exit func(int)) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // ignored under nohup; otherwise the terminal was closed
		signal.Notify(signals, syscall.SIGHUP)
	}
	done := make(chan struct{})
	go func() {
		for stopping := false; ; stopping = true {
			select {
			case <-done:
				return
			case s := <-signals:
				if stopping && s == syscall.SIGHUP {
					continue // a closed terminal sends it more than once
				}
				if stopping {
					fmt.Fprintf(errOut, "argosy: %v again: stopped at once, without cleaning up; the next start on this data directory does that\n", s)
					exit(exitInterrupted)
					return
				}
				fmt.Fprintf(errOut, "argosy: %v: stopping; once more to stop at once\n", s)
				cancel()
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
