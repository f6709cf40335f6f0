package cli

import (
	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newServer() *cobra.Command {
	o := app.DefaultOptions()
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Run the server alone: API, controllers and scheduler, no node",
		Long: `Run a control plane in the foreground: the API server, the controllers and the scheduler, but no node. It needs no root if
the data directory is yours. The flags are those of "argosy up".`,
		Example: `  argosy server --data-dir ~/argosy --listen 127.0.0.1:7443
  argosy server --api-only          # nothing that acts on its own: for tests, or beside other controllers`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, o) },
	}
	addServing(cmd.Flags(), &o)
	cmd.Flags().BoolVar(&o.APIOnly, "api-only", o.APIOnly, "run no controller and no scheduler")
	return cmd
}
