package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// listed is some ways of listing, repeated.
type listed struct {
	times []float64 // ms
	used  []usage
	bytes int64
}

// lists is how often a list is repeated, after one that warms up.
const lists = 10

// listSection measures lists of 10,000 Pods on a server that has little else, and what each Pod costs it in memory.
func (b *bench) listSection(ctx context.Context) error {
	const pods = 10000
	c, err := b.restart(ctx, "", append([]string{"server"}, b.flags...)...)
	if err != nil {
		return err
	}
	before, err := c.settled(ctx)
	if err != nil {
		return err
	}
	path, err := b.makePods(ctx, c, 0, pods)
	if err != nil {
		return err
	}
	after, err := c.settled(ctx)
	if err != nil {
		return err
	}
	if err := b.listRows(ctx, c, path, pods, true); err != nil {
		return err
	}
	if err := b.pagedRow(ctx, c, path); err != nil {
		return err
	}
	each := row{What: "memory for each Pod", Upstream: upstreamPod}.values("KiB", []float64{float64(after.anonymous-before.anonymous) / pods / 1024})
	b.report.add(each.goal("≤ 8 KiB", each.Median <= 8))
	return nil
}

// manySection goes on with so many more that 50,000 are listed.
func (b *bench) manySection(ctx context.Context) error {
	const already, pods = 10000, 50000
	c, err := b.server(ctx)
	if err != nil {
		return err
	}
	have := already
	if _, err := c.api.send(ctx, http.MethodGet, podsPath("list")+"/"+idlePod(0).Name, nil, asProtobuf); err != nil {
		have = 0 // this section alone
	}
	path, err := b.makePods(ctx, c, have, pods)
	if err != nil {
		return err
	}
	return errors.Join(b.listRows(ctx, c, path, pods, false), b.memoryRows(c, "these"))
}

// makePods creates those from one number up to another, and returns where they are.
func (b *bench) makePods(ctx context.Context, c *cluster, from, to int) (path string, err error) {
	if err := c.preparePods(ctx, "list"); err != nil {
		return "", err
	}
	bodies, err := encodeMany(to-from, asProtobuf, func(i int) runtime.Object { return idlePod(from + i) })
	if err != nil {
		return "", err
	}
	path = podsPath("list")
	made, err := flood(ctx, c.pid(), 32, len(bodies), func(ctx context.Context, i int) error {
		_, err := c.api.send(ctx, http.MethodPost, path, bodies[i], asProtobuf)
		return err
	})
	if err != nil {
		return "", err
	}
	b.report.add(rates("making them: create, 32 writers, protobuf", []burst{made}).upstream(upstreamCreatePods))
	return path, nil
}

// listRows measures lists, beside a server that sends the same bytes and does nothing else.
func (b *bench) listRows(ctx context.Context, c *cluster, path string, pods int, compare bool) error {
	for _, way := range []struct {
		in       media
		upstream string
	}{{asProtobuf, upstreamList}, {asJSON, upstreamListJSON}, {asTable, ""}} {
		ours, bare, err := b.listBeside(ctx, c, path, way.in)
		if err != nil {
			return err
		}
		ratio := share(median(ours.times), median(bare.times))
		beside := fmt.Sprintf("bare server %s ms, CPU %s ms", short(median(bare.times)), short(bare.each()))
		r := ours.row(way.in.String()).against(beside, ratio)
		if compare {
			r = r.upstream(way.upstream)
		}
		if way.in != asTable { // whose rows are made for each list
			r = r.goal("≤ twice the bare server", ratio <= 2)
		}
		spent, err := c.spend(ctx, func() error {
			_, err := c.api.send(ctx, http.MethodGet, path, nil, way.in)
			return err
		})
		if err != nil {
			return err
		}
		allocated := row{What: way.in.String() + ", allocations for each Pod"}.values("", []float64{spent.objects / float64(pods)})
		if way.in != asTable {
			allocated = allocated.goal("≤ 1", allocated.Median <= 1)
		}
		b.report.add(r, allocated,
			row{What: way.in.String() + ", allocated"}.values("MiB", []float64{spent.bytes / mebibyte}),
			row{What: way.in.String() + ", peak memory above rest"}.values("MiB", []float64{float64(spent.peak) / mebibyte}))
	}
	return nil
}

func (b *bench) pagedRow(ctx context.Context, c *cluster, path string) error {
	paged := listed{}
	for i := range 6 {
		if err := paged.add(i > 0, c.pid(), func() (int64, error) { return c.api.pages(ctx, path, 500) }); err != nil {
			return err
		}
	}
	b.report.add(paged.row("protobuf, pages of 500, decoded").upstream(upstreamListPaged))
	return nil
}

// listBeside takes turns between a list and the same bytes from a bare server.
func (b *bench) listBeside(ctx context.Context, c *cluster, path string, in media) (ours, bare listed, err error) {
	body, err := c.api.get(ctx, path, in)
	if err != nil {
		return ours, bare, err
	}
	server, err := newFloor(ctx, b.dir, body, in)
	if err != nil {
		return ours, bare, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	for i := range lists + 1 {
		err = errors.Join(
			ours.add(i > 0, c.pid(), func() (int64, error) { return c.api.send(ctx, http.MethodGet, path, nil, in) }),
			bare.add(i > 0, server.pid(), func() (int64, error) { return server.api.send(ctx, http.MethodGet, path, nil, in) }))
		if err != nil {
			return ours, bare, err
		}
	}
	if ours.bytes != bare.bytes && in != asTable { // whose ages change
		return ours, bare, fmt.Errorf("lists of the same objects differ in size: %d and %d bytes", ours.bytes, bare.bytes)
	}
	return ours, bare, nil
}

func (l *listed) add(counts bool, pid int, list func() (int64, error)) error {
	m := newMeter(pid)
	n, err := list()
	if err != nil || !counts {
		return err
	}
	u := m.read()
	l.times, l.used, l.bytes = append(l.times, milliseconds(u.wall)), append(l.used, u), n
	return nil
}

// each is the server's CPU time for one list, in milliseconds.
func (l *listed) each() float64 {
	var sum time.Duration
	for _, u := range l.used {
		sum += u.server
	}
	return milliseconds(sum) / float64(len(l.used))
}

func (l *listed) row(what string) row {
	return row{What: fmt.Sprintf("%s, %.1f MB", what, float64(l.bytes)/1e6)}.values("ms", l.times).cost(l.used, len(l.used), cores())
}

// pages reads a list page by page, and decodes it, as clients do.
func (c *client) pages(ctx context.Context, path string, limit int) (n int64, err error) {
	for next := ""; ; {
		answer, err := c.open(ctx, http.MethodGet, fmt.Sprintf("%s?limit=%d&continue=%s", path, limit, next), nil, asProtobuf)
		if err != nil {
			return n, err
		}
		body, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return n, err
		}
		n += int64(len(body))
		var list corev1.PodList
		if _, _, err := scheme.Codecs.UniversalDeserializer().Decode(body, nil, &list); err != nil {
			return n, fmt.Errorf("decoding a page: %w", err)
		}
		next = url.QueryEscape(list.Continue)
		if next == "" {
			return n, nil
		}
	}
}
