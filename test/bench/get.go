package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
)

// getSection measures GETs, beside a server that answers with the same bytes and does nothing else.
func (b *bench) getSection(ctx context.Context) error {
	const objects, requests, workers = 1000, 15000, 32
	c, err := b.server(ctx)
	if err != nil {
		return err
	}
	if err := c.api.namespace(ctx, "get"); err != nil {
		return err
	}
	source := rand.New(rand.NewPCG(3, 4))
	paths := make([]string, objects)
	for i := range paths {
		name := "object-" + strconv.Itoa(i)
		paths[i] = configMapsPath("get") + "/" + name
		if err := c.api.post(ctx, configMapsPath("get"), configMap(name, source)); err != nil {
			return err
		}
	}
	for _, in := range []media{asProtobuf, asJSON} {
		body, err := c.api.get(ctx, paths[0], in)
		if err != nil {
			return err
		}
		bare, err := newFloor(ctx, b.dir, body, in)
		if err != nil {
			return err
		}
		get := func(api *client, pid int, into *[]burst) error {
			got, err := flood(ctx, pid, workers, requests, func(ctx context.Context, i int) error {
				_, err := api.send(ctx, http.MethodGet, paths[i%objects], nil, in)
				return err
			})
			*into = append(*into, got)
			return err
		}
		var ours, floors []burst
		for round := 0; round <= rounds && err == nil; round++ {
			if err = get(c.api, c.pid(), &ours); err == nil {
				err = get(bare.api, bare.pid(), &floors)
			}
		}
		if stopped := bare.stop(); err == nil {
			err = stopped
		}
		if err != nil {
			return err
		}
		// The first round of each warmed it up.
		r, floorRow := rates(in.String(), ours[1:]), rates("", floors[1:])
		r = r.against(fmt.Sprintf("bare server %s µs", short(floorRow.Each)), share(r.Each, floorRow.Each)).goal("≤ 80 µs", r.Each <= 80)
		r.Upstream = upstreamGet
		if in == asJSON {
			r.Upstream = upstreamGetJSON
		}
		b.report.add(r)
	}
	return nil
}
