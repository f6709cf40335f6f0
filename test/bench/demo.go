package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	demoImage = "argosy.dev/demo:v1"
	// demoPods is how many replicas the demo's Deployment has.
	demoPods = 2
	// podTimeout is far above what a Pod's start takes.
	podTimeout = 30 * time.Second
	// settle is how long a cluster is left alone before it counts as idle, idle for how long it is then looked at.
	settle, idle = 3 * time.Second, 20 * time.Second
	// supervisor is the command of the processes that outlive argosy, one a Pod.
	supervisor = "argosy-supervisor"

	mebibyte = 1 << 20
)

// demo is the cluster with a node and the demo.
func (b *bench) demo(ctx context.Context) (*cluster, error) { return b.up(ctx, "up", "--demo") }

// demoSection measures a whole cluster's start, in an empty directory, and what it costs at rest.
func (b *bench) demoSection(ctx context.Context) error {
	const times = 5
	var ready, first, all []float64
	var used, starting []usage
	for range times {
		if err := b.down(); err != nil {
			return err
		}
		c, err := b.demo(ctx)
		if err != nil {
			return err
		}
		ready, starting = append(ready, milliseconds(c.ready)), append(starting, c.start)
		one, every, err := c.demoReady(ctx)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, c.out)
		}
		first, all = append(first, milliseconds(one)), append(all, milliseconds(every))
		used = append(used, usage{server: cpuTime(c.pid())})
	}
	r := row{What: "process start to ready, fresh directory"}.values("ms", ready).cost(starting, times, cores())
	b.report.add(r.goal("≤ 500 ms", r.Median <= 500),
		row{What: "process start to the first Pod ready"}.values("ms", first),
		row{What: fmt.Sprintf("process start to all %d Pods ready", demoPods)}.values("ms", all).cost(used, times, 0))
	return b.idleRows(ctx)
}

// demoReady waits for the demo's Pods; the times count from the process's start.
func (c *cluster) demoReady(ctx context.Context) (first, all time.Duration, err error) {
	pods, err := c.api.watchPods(ctx, "default")
	if err != nil {
		return 0, 0, err
	}
	defer pods.close()
	err = pods.await(ctx, podTimeout, func(pods map[string]*podTimes) bool {
		ready := 0
		for _, p := range pods {
			if p.ready.IsZero() {
				continue
			}
			ready++
			at := p.ready.Sub(c.began)
			if first == 0 || at < first {
				first = at
			}
			all = max(all, at)
		}
		return ready >= demoPods
	})
	return first, all, err
}

// idleRows measures memory and CPU at rest.
func (b *bench) idleRows(ctx context.Context) error {
	c := b.current
	if err := pauseFor(ctx, settle); err != nil {
		return err
	}
	m := newMeter(c.pid())
	if err := pauseFor(ctx, idle); err != nil {
		return err
	}
	used := m.read()
	whole, err := readMemory(c.pid())
	if err != nil {
		return err
	}
	var resident, proportional []float64
	for _, pid := range processesNamed(supervisor) {
		own, err := readMemory(pid)
		if err != nil {
			return err
		}
		resident, proportional = append(resident, float64(own.resident)/mebibyte), append(proportional, float64(own.proportional)/mebibyte)
	}
	if len(resident) != demoPods {
		return fmt.Errorf("%d supervisors run, there should be one for each of %d Pods", len(resident), demoPods)
	}
	rss := row{What: "resident memory of the process", Upstream: upstreamResident}.values("MiB", []float64{float64(whole.resident) / mebibyte})
	anonymous := row{What: "anonymous memory of the process", Upstream: upstreamAnonymous}.values("MiB", []float64{float64(whole.anonymous) / mebibyte})
	each := row{What: "each supervisor, resident"}.values("MiB", resident)
	percent := 100 * used.server.Seconds() / used.wall.Seconds()
	b.report.add(rss.goal("≤ 120 MiB", rss.Median <= 120), anonymous.goal("≤ 60 MiB", anonymous.Median <= 60),
		each.goal("≤ 3 MiB", each.Highest <= 3), row{What: "each supervisor, proportional"}.values("MiB", proportional),
		row{What: fmt.Sprintf("CPU at rest, %.0f s, of one core", idle.Seconds()), Upstream: upstreamIdle}.values("%", []float64{percent}).cost([]usage{used}, 0, 0))
	return nil
}

// memoryRows tell what the process has grown to.
func (b *bench) memoryRows(c *cluster, after string) error {
	m, err := readMemory(c.pid())
	if err != nil {
		return err
	}
	b.report.add(row{What: "resident memory after " + after}.values("MiB", []float64{float64(m.resident) / mebibyte}),
		row{What: "anonymous memory after " + after}.values("MiB", []float64{float64(m.anonymous) / mebibyte}))
	return nil
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}
