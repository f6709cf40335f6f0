package app

import (
	"context"

	"argosy.dev/extend/definitions"
)

// startDefinitions serves the custom resources that the store holds definitions of.
func (c *controlPlane) startDefinitions(ctx context.Context) error {
	c.definitions = definitions.New(c.as("kube-apiserver", "system:apiserver", "system:masters"), c.pipeline, c.rules, c.log)
	return c.definitions.Start(ctx)
}
