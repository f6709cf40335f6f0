package cli

import (
	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newRuntime() *cobra.Command {
	return group("runtime", "The embedded container runtime, for others", "", newRuntimeServe())
}

func newRuntimeServe() *cobra.Command {
	o := app.RuntimeOptions{Socket: "/run/argosy/cri.sock"}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the container runtime on a socket, as CRI v1",
		Long: `Run the embedded container runtime alone, in the foreground, and serve it on a socket to whoever speaks CRI v1: a kubelet,
crictl, or another argosy's node. Its images are those of the data directory; its pods have a network of its own.
It needs root.`,
		Example: `  argosy runtime serve --socket /run/argosy/cri.sock --data-dir /var/lib/argosy-runtime
  argosy up --container-runtime-endpoint unix:///run/argosy/cri.sock`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return usageError{err}
			}
			outliveReaders()
			ctx, release := stoppable(cmd)
			defer release()
			return app.ServeRuntime(ctx, o, cmd.OutOrStdout())
		},
	}
	addDataDir(cmd.Flags(), &o.DataDir)
	cmd.Flags().StringVar(&o.Socket, "socket", o.Socket, "`path` of the socket")
	cmd.Flags().BoolVar(&o.KeepPods, "keep-pods", o.KeepPods, "leave the containers running at stop")
	return cmd
}
