package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newImageLoad() *cobra.Command {
	var dataDir string
	cmd := &cobra.Command{
		Use:   "load FILE",
		Short: "Take images out of an archive",
		Long: `Take every image for this machine out of FILE: an archive as "docker save" and its like write it, or a tar of an OCI layout, plain
or compressed with gzip or zstd; "-" is standard input.`,
		Example: `  argosy image load web.tar
  docker save web:1 | argosy image load -`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withImages(cmd, dataDir, true, func(ctx context.Context, images *app.Images) error {
				loaded, err := images.Load(ctx, args[0], cmd.InOrStdin())
				if err != nil {
					return err
				}
				return printLoaded(cmd.OutOrStdout(), loaded)
			})
		},
	}
	addDataDir(cmd.Flags(), &dataDir)
	return cmd
}

// printLoaded prints an image's names, or its id if it has none.
func printLoaded(out io.Writer, images []app.Image) error {
	for _, i := range images {
		names := i.Names
		if len(names) == 0 {
			names = []string{i.ID}
		}
		for _, name := range names {
			if _, err := fmt.Fprintln(out, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func newImageExport() *cobra.Command {
	var dataDir, file string
	cmd := &cobra.Command{
		Use:   "export -o FILE NAME…",
		Short: "Write images into an archive",
		Long: `Write images, by name or id, into one archive that "argosy image load", "docker load" and other tools read; FILE "-" is standard
output. The same images give the same bytes.`,
		Example: `  argosy image export -o web.tar web:1
  argosy image export -o - web:1 | ssh other argosy image load -`,
		Args: atLeastOne("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usageError{errors.New("--output FILE is missing")}
			}
			return withImages(cmd, dataDir, false, func(ctx context.Context, images *app.Images) error {
				return images.Export(ctx, file, args, cmd.OutOrStdout())
			})
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "`file` to write; - is standard output")
	addDataDir(cmd.Flags(), &dataDir)
	return cmd
}
