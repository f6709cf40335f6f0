package app

import (
	"context"
	"sync"
	"time"

	"argosy.dev/base/lifecycle"
)

// roles lists the parts of a server, and of its node, in the order in which they start; they stop in reverse.
func (c *controlPlane) roles(fail context.CancelCauseFunc) []lifecycle.Component {
	list := []lifecycle.Component{
		lifecycle.Func{Label: "merge rules", OnStart: c.startTypes},
		lifecycle.Func{Label: "certificates", OnStart: c.openPKI},
		lifecycle.Func{Label: "store", OnStart: c.openStore, OnStop: c.closeStore},
		lifecycle.Func{Label: "pipeline", OnStart: c.openPipeline, OnStop: c.closePipeline},
		lifecycle.Func{Label: "bootstrap", OnStart: c.bootstrap},
		lifecycle.Func{Label: "priority levels", OnStart: c.openGate},
		lifecycle.Func{Label: "custom resources", OnStart: c.startDefinitions},
		background("definitions of custom resources", func(ctx context.Context) error { return c.definitions.Run(ctx) }, fail),
		lifecycle.Func{Label: "api", OnStart: c.startWeb, OnStop: c.stopWeb},
		background("renewal of certificates", func(ctx context.Context) error { c.keepFresh(ctx); return nil }, fail),
		background("priority and fairness", c.keepFair, fail),
		background("expiry", func(ctx context.Context) error { c.pipeline.Expire(ctx); return nil }, fail),
	}
	if !c.options.APIOnly {
		list = append(list,
			background("controllers", c.runControllers, fail),
			background("scheduler", c.runScheduler, fail),
		)
	}
	if c.options.Node {
		n := &nodeRole{controlPlane: c}
		list = append(list, lifecycle.Func{Label: "node's identity", OnStart: n.enter})
		list = append(list, n.containerRoles()...)
		list = append(list,
			lifecycle.Func{Label: "node api", OnStart: n.startNodeAPI, OnStop: n.stopNodeAPI},
			// Stopped after the agent: its workers must not start again what is being stopped.
			lifecycle.Func{Label: "pods", OnStart: func(context.Context) error { return n.newAgent(n.api.port) }, OnStop: n.stopPods},
			background("events of the node", func(ctx context.Context) error { n.events.Run(ctx); return nil }, fail),
			lifecycle.Func{Label: "storage class", OnStart: n.makeClass},
			background("volumes", func(ctx context.Context) error { return n.provisioner.Run(ctx) }, fail),
			background("node", func(ctx context.Context) error { return n.agent.Run(ctx) }, fail),
		)
	}
	if c.options.Demo {
		list = append(list, lifecycle.Func{Label: "demo", OnStart: c.startDemo})
	}
	return list
}

// containerRoles are what the node's containers run in: the embedded runtime, or one behind a socket.
func (n *nodeRole) containerRoles() []lifecycle.Component {
	if n.options.ContainerRuntimeEndpoint != "" {
		return []lifecycle.Component{
			lifecycle.Func{Label: "connection to the runtime", OnStart: n.dialRuntime, OnStop: n.hangUp},
			lifecycle.Func{Label: "network", OnStart: n.openRemoteNetwork, OnStop: n.closeNetwork},
			lifecycle.Func{Label: "network plugin", OnStart: n.openRemote, OnStop: n.closeRemote},
		}
	}
	return []lifecycle.Component{
		lifecycle.Func{Label: "images", OnStart: n.openImages, OnStop: n.closeImages},
		lifecycle.Func{Label: "network", OnStart: n.openNetwork, OnStop: n.closeNetwork},
		lifecycle.Func{Label: "runtime", OnStart: n.openRuntime, OnStop: n.closeRuntime},
	}
}

// stopTimeout is how long one part may take to stop, beside the grace that pods have.
const stopTimeout = 30 * time.Second

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
