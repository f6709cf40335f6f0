package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
)

// creators is one way of creating ConfigMaps.
type creators struct {
	writers  int
	in       media
	n        int // a round
	upstream string

	bursts []burst
	disks  []synced
	bare   []burst // of a server that only answers, for a lone writer
	ratios []float64
}

// rounds is how often a rate is measured; the ways take turns.
const rounds = 5

// createSection measures creates by several numbers of writers, each round beside the disk's rate of synchronous writes.
func (b *bench) createSection(ctx context.Context) (err error) {
	c, err := b.server(ctx)
	if err != nil {
		return err
	}
	if err := c.api.namespace(ctx, "create"); err != nil {
		return err
	}
	answer, err := encode(configMap("bare", rand.New(rand.NewPCG(1, 1))), asProtobuf)
	if err != nil {
		return err
	}
	bare, err := newFloor(ctx, b.dir, answer, asProtobuf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	ways := []*creators{
		{writers: 1, in: asProtobuf, n: 600, upstream: upstreamCreate1},
		{writers: 16, in: asProtobuf, n: 3000},
		{writers: 32, in: asProtobuf, n: 4000, upstream: upstreamCreate32},
		{writers: 32, in: asJSON, n: 4000, upstream: upstreamCreate32J},
		{writers: 128, in: asProtobuf, n: 4000},
	}
	for round := range rounds + 1 {
		for w, way := range ways {
			if err := b.createRound(ctx, c, bare, way, fmt.Sprintf("r%d-w%d", round, w), round == 0); err != nil {
				return err
			}
		}
	}
	for _, way := range ways {
		b.report.add(way.row())
		if way.writers == 1 {
			b.report.add(way.waitRow())
		}
	}
	return b.memoryRows(c, "these")
}

// createRound makes one round; the first warms the server up and does not count.
func (b *bench) createRound(ctx context.Context, c *cluster, bare *floor, way *creators, name string, warmUp bool) error {
	n := way.n
	if warmUp {
		n /= 8
	}
	source := rand.New(rand.NewPCG(1, 2))
	bodies, err := encodeMany(n, way.in, func(i int) runtime.Object { return configMap(fmt.Sprintf("%s-%d", name, i), source) })
	if err != nil {
		return err
	}
	var disk synced
	if !warmUp {
		if disk, err = syncDisk(ctx, b.dir, len(bodies[0]), 700*time.Millisecond); err != nil {
			return err
		}
	}
	create := func(api *client, pid int) (burst, error) {
		return flood(ctx, pid, way.writers, n, func(ctx context.Context, i int) error {
			_, err := api.send(ctx, http.MethodPost, configMapsPath("create"), bodies[i], way.in)
			return err
		})
	}
	made, err := create(c.api, c.pid())
	if err != nil {
		return err
	}
	var answered burst
	if way.writers == 1 {
		if answered, err = create(bare.api, bare.pid()); err != nil {
			return err
		}
	}
	if warmUp {
		return nil
	}
	way.bare = append(way.bare, answered)
	way.bursts, way.disks = append(way.bursts, made), append(way.disks, disk)
	way.ratios = append(way.ratios, share(made.perSecond(), disk.perSecond))
	return nil
}

func (way *creators) row() row {
	disk := fmt.Sprintf("fsync %s/s, p50 %s ms", short(median(of(way.disks, func(s synced) float64 { return s.perSecond }))),
		short(median(of(way.disks, func(s synced) float64 { return s.p50 }))))
	r := rates(fmt.Sprintf("%s, %s", plural(way.writers, "writer"), way.in), way.bursts).against(disk, median(way.ratios)).upstream(way.upstream)
	r = r.goal("≤ 250 µs", r.Each <= 250)
	if way.writers == 32 && way.in == asProtobuf {
		r = r.goal(fmt.Sprintf("≥ %s/s", short(3*upstreamRate32)), r.Median >= 3*upstreamRate32)
	}
	return r
}

// waitRow compares what a lone writer waits for with what it cannot do without: a request, and a sync of the disk.
func (way *creators) waitRow() row {
	middle := func(b burst) float64 { return milliseconds(quantile(b.times, .5)) }
	floor := make([]float64, len(way.bursts))
	ratios := make([]float64, len(way.bursts))
	for i := range floor {
		floor[i] = way.disks[i].p50 + middle(way.bare[i])
		ratios[i] = share(middle(way.bursts[i]), floor[i])
	}
	beside := fmt.Sprintf("bare request and one fsync %s ms, CPU %s µs", short(median(floor)), short(median(of(way.bare, burst.each))))
	return row{What: "1 writer, its wait (p50)"}.values("ms", of(way.bursts, middle)).against(beside, median(ratios))
}

// rates makes the row of some bursts of the same kind.
func rates(what string, bursts []burst) row {
	var used []usage
	var times []time.Duration
	n := 0
	for _, b := range bursts {
		used, n = append(used, b.usage), n+b.n
		times = append(times, b.times...)
	}
	slices.Sort(times)
	r := row{What: what}.values("/s", of(bursts, burst.perSecond)).cost(used, n, cores())
	r.P50, r.P99 = milliseconds(quantile(times, .5)), milliseconds(quantile(times, .99))
	return r
}
