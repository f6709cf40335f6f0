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

// listSection measures lists, beside a server that sends the same bytes and does nothing else.
func (b *bench) listSection(ctx context.Context) error {
	const pods = 10000
	c, err := b.server(ctx)
	if err != nil {
		return err
	}
	if err := c.preparePods(ctx, "list"); err != nil {
		return err
	}
	bodies, err := encodeMany(pods, asProtobuf, func(i int) runtime.Object { return idlePod(i) })
	if err != nil {
		return err
	}
	path := podsPath("list")
	made, err := flood(ctx, c.pid(), 32, pods, func(ctx context.Context, i int) error {
		_, err := c.api.send(ctx, http.MethodPost, path, bodies[i], asProtobuf)
		return err
	})
	if err != nil {
		return err
	}
	b.report.add(rates("making them: create, 32 writers, protobuf", []burst{made}).upstream(upstreamCreatePods))
	for _, way := range []struct {
		in       media
		upstream string
	}{{asProtobuf, upstreamList}, {asJSON, upstreamListJSON}} {
		ours, bare, err := b.listBeside(ctx, c, path, way.in)
		if err != nil {
			return err
		}
		beside := fmt.Sprintf("bare server %s ms, CPU %s ms", short(median(bare.times)), short(bare.each()))
		b.report.add(ours.row(way.in.String()).against(beside, share(median(ours.times), median(bare.times))).upstream(way.upstream))
	}
	paged := listed{}
	for i := range 6 {
		if err := paged.add(i > 0, c.pid(), func() (int64, error) { return c.api.pages(ctx, path, 500) }); err != nil {
			return err
		}
	}
	b.report.add(paged.row("protobuf, pages of 500, decoded").upstream(upstreamListPaged))
	return b.memoryRows(c, "these")
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
	if ours.bytes != bare.bytes {
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
