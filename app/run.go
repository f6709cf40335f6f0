package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"argosy.dev/base/lifecycle"
)

// Run starts what the options ask for, tells on out what it does, and blocks until ctx ends or a part fails. When ctx ends
// it stops every part in reverse order and returns nil.
func Run(ctx context.Context, o Options, out io.Writer) error {
	began := time.Now()
	boundGarbage()
	if err := o.Validate(); err != nil {
		return err
	}
	if err := checkRoot(o); err != nil {
		return err
	}
	if o.NodeName == "" {
		o.NodeName = strings.ToLower(hostName())
	}
	dir, err := openDataDir(o.DataDir)
	if err != nil {
		return err
	}
	defer dir.Close()
	listener, err := listen(o.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	c := &controlPlane{options: o, dir: dir, listener: listener, log: slog.Default()}
	group := &lifecycle.Group{Label: "argosy", Components: c.roles(fail), StopTimeout: stopTimeout + o.ShutdownGracePeriod, Log: c.log}
	if err := group.Start(ctx); err != nil {
		return err
	}
	// The kubeconfig is written last: whoever waits for it finds a server that answers.
	if err := c.writeKubeconfig(); err != nil {
		return errors.Join(err, group.Stop(context.WithoutCancel(ctx)))
	}
	fmt.Fprintf(out, "data directory  %s\n", dir.path)
	fmt.Fprintf(out, "address         https://%s\n", listener.Addr())
	fmt.Fprintf(out, "kubeconfig      %s\n", o.KubeconfigPath())
	if err := c.mergeKubeconfig(); err != nil {
		fmt.Fprintf(out, "note            %v\n", err)
	}
	fmt.Fprintf(out, "ready in %d ms\n", time.Since(began).Milliseconds())
	if o.Demo {
		go c.tellDemo(ctx, out, began)
	}
	<-ctx.Done()
	err = context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
		fmt.Fprintln(out, "stopping")
	}
	return errors.Join(err, group.Stop(context.WithoutCancel(ctx)))
}
