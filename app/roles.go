package app

import (
	"context"
	"sync"

	"argosy.dev/base/lifecycle"
)

// roles lists the parts of a server, and of its node, in the order in which they start; they stop in reverse.
func (c *controlPlane) roles(fail context.CancelCauseFunc) []lifecycle.Component {
	list := []lifecycle.Component{
		lifecycle.Func{Label: "certificates", OnStart: c.openPKI},
		lifecycle.Func{Label: "store", OnStart: c.openStore, OnStop: c.closeStore},
		lifecycle.Func{Label: "pipeline", OnStart: c.openPipeline, OnStop: c.closePipeline},
		lifecycle.Func{Label: "bootstrap", OnStart: c.bootstrap},
		lifecycle.Func{Label: "api", OnStart: c.startWeb, OnStop: c.stopWeb},
		background("renewal of certificates", func(ctx context.Context) error { c.keepFresh(ctx); return nil }, fail),
	}
	return list
}

// background is a part that runs until it is stopped; its failure ends the process.
func background(label string, run func(ctx context.Context) error, fail context.CancelCauseFunc) lifecycle.Component {
	var cancel context.CancelFunc
	var running sync.WaitGroup
	return lifecycle.Func{
		Label: label,
		OnStart: func(context.Context) error {
			var ctx context.Context
			ctx, cancel = context.WithCancel(context.Background())
			running.Go(func() {
				if err := run(ctx); err != nil && ctx.Err() == nil {
					fail(err)
				}
			})
			return nil
		},
		OnStop: func(context.Context) error {
			cancel()
			running.Wait()
			return nil
		},
	}
}
