package app

import (
	"context"
	"errors"
	"sync"

	"argosy.dev/access"
	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers"
	"argosy.dev/scheduler"
)

// runControllers runs every controller until ctx ends; the first that breaks ends all.
func (c *controlPlane) runControllers(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all := controllers.All(func(name string) client.Cluster {
		return c.as("kube-controller-manager", "system:serviceaccount:kube-system:"+name, access.ServiceAccounts, access.ServiceAccounts+":kube-system")
	}, controllers.Options{NodeMonitorGracePeriod: c.options.NodeMonitorGracePeriod, CABundle: c.pki.CA().CertPEM, Signer: c.pki.CA(), MayRequest: c.access.mayRequest, SignToken: c.tokens.sign, Log: c.log})
	faults := make([]error, len(all))
	c.controlling.Store(true)
	defer c.controlling.Store(false)
	var running sync.WaitGroup
	for i, controller := range all {
		running.Go(func() {
			if faults[i] = controller.Run(ctx); faults[i] != nil {
				cancel()
			}
		})
	}
	running.Wait()
	return errors.Join(faults...)
}

// runScheduler runs the scheduler until ctx ends.
func (c *controlPlane) runScheduler(ctx context.Context) error {
	cluster := c.as("kube-scheduler", access.Scheduler)
	events := record.New(cluster, scheduler.Name, "", c.log)
	var telling sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	telling.Go(func() { events.Run(ctx) })
	c.scheduling.Store(true)
	defer c.scheduling.Store(false)
	err := scheduler.New(cluster, events, scheduler.Options{Log: c.log}).Run(ctx)
	cancel()
	telling.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
