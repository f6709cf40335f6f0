package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// burst is what came out of n requests made by some workers as fast as they can.
type burst struct {
	n     int
	usage usage
	times []time.Duration // each request's, sorted
}

func (b burst) perSecond() float64 { return float64(b.n) / b.usage.wall.Seconds() }

// each is the server's CPU time for one request, in microseconds.
func (b burst) each() float64 { return b.usage.server.Seconds() * 1e6 / float64(b.n) }

// flood makes requests 0 … n-1 with so many workers, and stops all at the first failure. The server is process pid.
func flood(ctx context.Context, pid, workers, n int, request func(ctx context.Context, i int) error) (burst, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	b := burst{n: n, times: make([]time.Duration, n)}
	var next atomic.Int64
	var all sync.WaitGroup
	m := newMeter(pid)
	for range workers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				began := time.Now()
				if err := request(ctx, i); err != nil {
					fail(err)
					return
				}
				b.times[i] = time.Since(began)
			}
		})
	}
	all.Wait()
	b.usage = m.read()
	if err := context.Cause(ctx); err != nil {
		return b, err
	}
	slices.Sort(b.times)
	return b, nil
}
