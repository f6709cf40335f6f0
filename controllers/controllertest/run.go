package controllertest

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"argosy.dev/client"
	"argosy.dev/controllers"
)

// Running is a cluster with its controllers and nodes at work, inside a synctest bubble.
type Running struct {
	*Cluster
	t       *testing.T
	ctx     context.Context
	running sync.WaitGroup
}

// Start makes a cluster and runs all controllers. Everything ends with the test.
func Start(t *testing.T, o controllers.Options, nodes ...*Node) *Running {
	t.Helper()
	return Run(t, New(t), o, nodes...)
}

// Run is Start on a cluster that is there.
func Run(t *testing.T, c *Cluster, o controllers.Options, nodes ...*Node) *Running {
	t.Helper()
	r := &Running{Cluster: c, t: t}
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		r.running.Wait()
	})
	for _, c := range controllers.All(func(string) client.Cluster { return r.Cluster }, o) {
		r.running.Go(func() {
			if err := c.Run(r.ctx); err != nil {
				t.Errorf("controller %s: %v", c.Name, err)
			}
		})
	}
	for _, n := range nodes {
		r.AddNode(n)
	}
	r.Settle()
	return r
}

// AddNode lets a node live, until the test ends or stop is called.
func (r *Running) AddNode(n *Node) (stop func()) {
	ctx, stop := context.WithCancel(r.ctx)
	r.running.Go(func() { n.Run(ctx, r.t, r.Cluster) })
	return stop
}

// Settle returns when nothing more happens without time passing.
func (r *Running) Settle() { synctest.Wait() }

// Until lets time pass, in small steps, until something is so; the test fails where it is not within limit. It returns how long it took.
func (r *Running) Until(what string, limit time.Duration, so func() bool) time.Duration {
	r.t.Helper()
	const step = 100 * time.Millisecond
	began := time.Now()
	for {
		r.Settle()
		if so() {
			return time.Since(began)
		}
		if time.Since(began) >= limit {
			r.t.Fatalf("after %v: not %s", limit, what)
		}
		<-time.After(step)
	}
}

// Pass lets time pass.
func (r *Running) Pass(d time.Duration) {
	<-time.After(d)
	r.Settle()
}
