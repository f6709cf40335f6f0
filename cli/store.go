package cli

import (
	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newStore() *cobra.Command {
	return group("store", "Back up and restore the cluster's whole state", "", newStoreBackup(), newStoreRestore())
}

func newStoreBackup() *cobra.Command {
	var b app.StoreBackup
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the cluster's whole state into one file",
		Long: `Write every object of the cluster, as of one moment, into FILE; "-" is standard output. It works while the cluster runs, through
its server, and when it is stopped. The file holds the cluster's Secrets: only you may read it.`,
		Example: `  argosy store backup today.argosy
  argosy store backup - | age -r age1… > today.argosy.age
  argosy store backup --kubeconfig ~/.kube/far-away far-away.argosy`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b.File = args[0]
			ctx, release := stoppable(cmd)
			defer release()
			return app.BackupStore(ctx, b, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addDataDir(cmd.Flags(), &b.DataDir)
	cmd.Flags().StringVar(&b.Kubeconfig, "kubeconfig", "", "credentials `file` of a running server to take the backup from, instead of the data directory's")
	return cmd
}

func newStoreRestore() *cobra.Command {
	var r app.StoreRestore
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make the state in a file the cluster's",
		Long: `Make the state in FILE, written by "argosy store backup", the state of the cluster in the data directory; "-" is standard input.
The cluster must be stopped. A new data directory is begun if there is none; of one that has a state already, --replace puts
the old state aside and says where.`,
		Example: `  argosy store restore today.argosy --data-dir /srv/argosy
  argosy store restore today.argosy --replace`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.File = args[0]
			ctx, release := stoppable(cmd)
			defer release()
			return app.RestoreStore(ctx, r, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	addDataDir(cmd.Flags(), &r.DataDir)
	cmd.Flags().BoolVar(&r.Replace, "replace", false, "put a state that is there already aside")
	return cmd
}
