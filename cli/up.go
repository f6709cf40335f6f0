package cli

import (
	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newUp() *cobra.Command {
	o := app.DefaultOptions()
	o.Node = true
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run a cluster: the server and one node, in this process",
		Long: `Run a cluster on this machine, in the foreground: the server and one node in one process. It needs root.

An interrupt stops it gracefully and leaves nothing behind in the kernel; a second one stops it at once. Started again on
the same data directory, everything is there.`,
		Example: `  argosy up --demo                  # with something running in it
  argosy up --data-dir /srv/argosy  # kept somewhere else
  argosy up --keep-pods             # containers live on when it stops
  argosy up --container-runtime-endpoint unix:///run/containerd/containerd.sock`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, o) },
	}
	addServing(cmd.Flags(), &o)
	cmd.Flags().StringVar(&o.ContainerRuntimeEndpoint, "container-runtime-endpoint", o.ContainerRuntimeEndpoint, "`socket` of a container runtime, unix:///run/containerd/containerd.sock for example (default the embedded runtime)")
	cmd.Flags().StringVar(&o.CNIConfDir, "cni-conf-dir", o.CNIConfDir, "`directory` where that runtime looks for its network's configuration; unused if it has a network already")
	cmd.Flags().StringVar(&o.CNIBinDir, "cni-bin-dir", o.CNIBinDir, "`directory` where that runtime looks for network plugins")
	return cmd
}
