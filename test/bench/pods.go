package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	podsAlone    = 25
	podsTogether = 50
	// pause comes before each Pod that starts alone, as Pods come in real life: cgroups are slower after a rest.
	pause = 60 * time.Millisecond
)

// podsSection measures Pods from sending their create to seeing them run, beside containers started by libcontainer.
func (b *bench) podsSection(ctx context.Context) error {
	y := b.measureLibcontainer(ctx)
	c, err := b.demo(ctx)
	if err != nil {
		return err
	}
	if err := c.preparePods(ctx, "pods"); err != nil {
		return err
	}
	watch, err := c.api.watchPods(ctx, "pods")
	if err != nil {
		return err
	}
	defer watch.close()
	var alone []float64
	var used []usage
	for i := range podsAlone + 1 {
		if err := pauseFor(ctx, pause); err != nil {
			return err
		}
		g, err := c.startPods(ctx, watch, fmt.Sprintf("alone-%d", i), 1)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, c.out)
		}
		if i > 0 { // the first warmed it up
			alone, used = append(alone, g.times...), append(used, g.usage)
		}
	}
	slices.Sort(alone)
	r := row{What: "alone, create to Running seen"}.values("ms", alone).cost(used, podsAlone, 0)
	r.P50, r.P99 = quantile(alone, .5), quantile(alone, .99)
	b.report.add(y.beside(r, median(alone), y.alone).goal("≤ 150 ms", r.Median <= 150))

	var together, rate []float64
	used = nil
	for round := range rounds {
		g, err := c.startPods(ctx, watch, fmt.Sprintf("together-%d", round), podsTogether)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, c.out)
		}
		together, rate = append(together, g.times...), append(rate, podsTogether/(slices.Max(g.times)/1000))
		used = append(used, g.usage)
	}
	slices.Sort(together)
	r = row{What: fmt.Sprintf("%d at once", podsTogether)}.values("Pods/s", rate).cost(used, rounds*podsTogether, 0)
	r.P50, r.P99 = quantile(together, .5), quantile(together, .99)
	b.report.add(y.beside(r, median(rate), y.rate()))
	b.report.add(y.rows...)
	return nil
}

// podGroup is some Pods that were created at once.
type podGroup struct {
	times []float64 // ms, from sending the first create to seeing each run
	usage usage
}

// startPods creates n Pods at once, waits until they run, and removes them.
func (c *cluster) startPods(ctx context.Context, watch *podWatch, name string, n int) (g podGroup, err error) {
	names := make([]string, n)
	bodies := make([][]byte, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d", name, i)
		if bodies[i], err = encode(demoPod(names[i]), asProtobuf); err != nil {
			return g, err
		}
	}
	reached := func(moment func(*podTimes) time.Time) func(map[string]*podTimes) bool {
		return func(pods map[string]*podTimes) bool {
			return !slices.ContainsFunc(names, func(name string) bool { return pods[name] == nil || moment(pods[name]).IsZero() })
		}
	}
	m := newMeter(c.pid())
	_, err = flood(ctx, c.pid(), n, n, func(ctx context.Context, i int) error {
		_, err := c.api.send(ctx, http.MethodPost, podsPath("pods"), bodies[i], asProtobuf)
		return err
	})
	if err != nil {
		return g, err
	}
	if err := watch.await(ctx, podTimeout, reached(func(t *podTimes) time.Time { return t.running })); err != nil {
		return g, err
	}
	g.usage = m.read()
	for _, name := range names {
		g.times = append(g.times, milliseconds(watch.times(name).running.Sub(m.began)))
	}
	_, err = flood(ctx, c.pid(), min(n, 8), n, func(ctx context.Context, i int) error {
		_, err := c.api.send(ctx, http.MethodDelete, podsPath("pods")+"/"+names[i]+"?gracePeriodSeconds=1", nil, asProtobuf)
		return err
	})
	return g, errors.Join(err, watch.await(ctx, podTimeout, reached(func(t *podTimes) time.Time { return t.gone })))
}

func (w *podWatch) times(name string) podTimes {
	w.lock.Lock()
	defer w.lock.Unlock()
	return *w.pods[name]
}
