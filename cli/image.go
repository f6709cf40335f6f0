package cli

import (
	"context"

	"argosy.dev/app"
	"github.com/spf13/cobra"
)

func newImage() *cobra.Command {
	return group("image", "Bring images to this node, and look after those that are there",
		`Images of this machine's node. A node pulls what it lacks from registries; these commands do without. They need root, and work
whether the node runs or not.`,
		newImageLoad(), newImageList(), newImageRemove(), newImageExport(), newImageBuild())
}

// withImages is the body of an image command: it opens the images, calls do, and closes them. begin makes a data directory
// if there is none.
func withImages(cmd *cobra.Command, dataDir string, begin bool, do func(context.Context, *app.Images) error) (err error) {
	ctx, release := stoppable(cmd)
	defer release()
	images, err := app.OpenImages(dataDir, begin)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := images.Close(); err == nil {
			err = closeErr
		}
	}()
	return do(ctx, images)
}
