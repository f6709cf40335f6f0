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
  argosy up --keep-pods             # containers live on when it stops`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, o) },
	}
	addServing(cmd.Flags(), &o)
	return cmd
}
