package cli

import (
	"context"
	"fmt"

	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newImageRemove() *cobra.Command {
	var dataDir string
	var evenPinned bool
	cmd := &cobra.Command{
		Use:     "rm NAME…",
		Aliases: []string{"remove"},
		Short:   "Remove images",
		Long:    `Take names away, and with its last name an image; an id takes the image with all its names. An image that a container is made of stays.`,
		Args:    atLeastOne("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withImages(cmd, dataDir, false, func(ctx context.Context, images *app.Images) error {
				return images.Remove(ctx, args, evenPinned, func(untagged []string, deleted string) {
					for _, name := range untagged {
						fmt.Fprintf(cmd.OutOrStdout(), "untagged %s\n", name)
					}
					if deleted != "" {
						fmt.Fprintf(cmd.OutOrStdout(), "deleted %s\n", deleted)
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&evenPinned, "pinned", false, "remove images that the node itself needs, too")
	addDataDir(cmd.Flags(), &dataDir)
	return cmd
}
