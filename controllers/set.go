package controllers

import (
	"context"
	"log/slog"
	"time"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/certificates"
	"argosy.dev/controllers/clusterroleaggregation"
	"argosy.dev/controllers/deployment"
	"argosy.dev/controllers/disruption"
	"argosy.dev/controllers/ephemeralvolume"
	"argosy.dev/controllers/garbage"
	"argosy.dev/controllers/loop"
	"argosy.dev/controllers/namespace"
	"argosy.dev/controllers/nodelifecycle"
	"argosy.dev/controllers/persistentvolume"
	"argosy.dev/controllers/podgc"
	"argosy.dev/controllers/replicaset"
	"argosy.dev/controllers/resourcequota"
	"argosy.dev/controllers/rootca"
	"argosy.dev/controllers/serviceaccount"
	"argosy.dev/controllers/serviceaccounttoken"
	"argosy.dev/controllers/storageprotection"
	"argosy.dev/controllers/tainteviction"
)

// Options are what the controllers are told from outside the cluster.
type Options struct {
	// NodeMonitorGracePeriod is how long a node may be silent; 0 for nodelifecycle.DefaultGrace.
	NodeMonitorGracePeriod time.Duration
	// TerminatedPodThreshold is how many finished pods may stay; 0 for podgc.DefaultThreshold.
	TerminatedPodThreshold int
	// CABundle is the certificates by which pods verify the API server, in PEM.
	CABundle []byte
	// Signer has the key by which certificates are signed; nil: none is.
	Signer certificates.Signer
	// MayRequest tells which nodes get their client certificates unasked; nil: none does.
	MayRequest certificates.Access
	// SignToken makes the tokens of Secrets that ask for one; nil: such Secrets stay as they are.
	SignToken serviceaccounttoken.Sign
	// ResourcesChanged is signalled when the server's resources have become others; nil where they never do.
	ResourcesChanged <-chan struct{}
	Log              *slog.Logger
}

// All makes every controller. c is asked for access under each controller's name. Every loop tells its events itself, as long as it
// runs.
func All(c func(name string) client.Cluster, o Options) []*loop.Controller {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	telling := func(name, component string, build func(client.Cluster, *record.Recorder) *loop.Controller) *loop.Controller {
		cluster := c(name)
		events := record.New(cluster, component, "", log)
		made := build(cluster, events)
		made.Sources = append(made.Sources, func(ctx context.Context, _ func(loop.Key)) error {
			events.Run(ctx)
			return ctx.Err()
		})
		return made
	}
	all := []*loop.Controller{
		serviceaccount.New(c(serviceaccount.Name), log),
		rootca.New(c(rootca.Name), o.CABundle, log),
		telling(nodelifecycle.Name, nodelifecycle.Component, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return nodelifecycle.New(c, events, o.NodeMonitorGracePeriod, log)
		}),
		telling(deployment.Name, deployment.Name, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return deployment.New(c, events, log)
		}),
		telling(replicaset.Name, replicaset.Name, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return replicaset.New(c, events, log)
		}),
		telling(tainteviction.Name, tainteviction.Name, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return tainteviction.New(c, events, log)
		}),
		telling(garbage.Name, garbage.Name, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return garbage.New(c, events, o.ResourcesChanged, log)
		}),
		namespace.New(c(namespace.Name), log),
		podgc.New(c(podgc.Name), o.TerminatedPodThreshold, log),
		telling(persistentvolume.Name, persistentvolume.Component, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return persistentvolume.New(c, events, log)
		}),
		telling(ephemeralvolume.Name, ephemeralvolume.Component, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return ephemeralvolume.New(c, events, log)
		}),
		storageprotection.New(c(storageprotection.Name), log),
		certificates.New(c(certificates.Name), o.Signer, o.MayRequest, log),
		resourcequota.New(c(resourcequota.Name), log),
		telling(disruption.Name, disruption.Component, func(c client.Cluster, events *record.Recorder) *loop.Controller {
			return disruption.New(c, events, log)
		}),
		clusterroleaggregation.New(c(clusterroleaggregation.Name), log),
	}
	if o.SignToken != nil {
		all = append(all, serviceaccounttoken.New(c(serviceaccounttoken.Name), o.SignToken, o.CABundle, log))
	}
	return all
}
