package cli

import (
	"encoding/json"
	"fmt"

	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which build this is",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := app.Version()
			switch output {
			case "":
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "argosy %s\n%s %s\n", v.GitVersion, v.GoVersion, v.Platform)
				return err
			case "json":
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(v)
			}
			return usageError{fmt.Errorf("--output %q: want json, or nothing for text", output)}
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`format`: json, or nothing for text")
	return cmd
}
