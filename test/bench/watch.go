package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// mark begins and ends an update's number within its object, so that a watcher finds it without decoding.
	mark = "@@"
	// watchTimeout bounds how long the last event may take.
	watchTimeout = 30 * time.Second
)

// watchSection measures how long events take to reach many watchers, and how many can be delivered.
func (b *bench) watchSection(ctx context.Context) error {
	c, err := b.server(ctx)
	if err != nil {
		return err
	}
	if err := c.api.namespace(ctx, "watch"); err != nil {
		return err
	}
	for _, way := range []struct {
		what     string
		in       media
		watchers int
		updates  int
		every    time.Duration
		rounds   int
		upstream string
	}{
		{"50 updates/s, protobuf", asProtobuf, 100, 300, 20 * time.Millisecond, 1, upstreamWatch},
		{"50 updates/s, JSON", asJSON, 100, 300, 20 * time.Millisecond, 1, upstreamWatchJSON},
		{"flat out, 8 writers, protobuf", asProtobuf, 100, 1000, 0, rounds, upstreamWatchFlat},
		{"1,000 watchers, 10 updates/s, protobuf", asProtobuf, 1000, 60, 100 * time.Millisecond, 1, ""},
	} {
		var perSecond []float64
		var used []usage
		var delays []time.Duration
		for round := range way.rounds {
			f := &fanout{api: c.api, in: way.in, watchers: way.watchers, name: fmt.Sprintf("%s-%d-%v-%d", map[media]string{asJSON: "json", asProtobuf: "protobuf"}[way.in], way.watchers, way.every, round)}
			d, err := f.run(ctx, c.pid(), way.updates, way.every)
			if err != nil {
				return err
			}
			perSecond = append(perSecond, float64(len(d.delays))/d.usage.wall.Seconds())
			used, delays = append(used, d.usage), append(delays, d.delays...)
		}
		slices.Sort(delays)
		r := row{What: way.what, Upstream: way.upstream}.values("events/s", perSecond).cost(used, len(delays), cores())
		r.P50, r.P99 = milliseconds(quantile(delays, .5)), milliseconds(quantile(delays, .99))
		if way.every == 0 {
			r = r.goal("≥ 200,000/s", r.Median >= 200000)
		}
		b.report.add(r)
	}
	return nil
}

// fanout is one run of updates with many watchers.
type fanout struct {
	api      *client
	in       media
	watchers int
	name     string

	sent []time.Time // by number of the update; written before it is sent
}

// delivery is what came of it: the delay of every event at every watcher, from sending the update to having read the event.
type delivery struct {
	usage  usage
	delays []time.Duration
}

// writers of updates that come flat out.
const updaters = 8

// run makes so many updates, one every so often (0: as fast as they go), and waits until every watcher has seen each once.
func (f *fanout) run(ctx context.Context, pid, updates int, every time.Duration) (d delivery, err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	if f.sent = make([]time.Time, updates); every > 0 {
		f.name += "-paced"
	}
	path := configMapsPath("watch")
	for i := range updaters {
		if err := f.api.post(ctx, path, configMap(f.object(i), rand.New(rand.NewPCG(5, 6)))); err != nil {
			return d, err
		}
	}
	bodies, err := encodeMany(updates, f.in, f.update)
	if err != nil {
		return d, err
	}
	streams, err := f.watch(ctx, path)
	if err != nil {
		return d, err
	}
	m := newMeter(pid)
	delays := make([][]time.Duration, f.watchers)
	var all sync.WaitGroup
	for w, stream := range streams {
		all.Go(func() {
			defer stream.Close()
			var err error
			if delays[w], err = f.follow(stream, updates); err != nil {
				fail(fmt.Errorf("watcher %d: %w", w, err))
			}
		})
	}
	all.Go(func() {
		if err := f.write(ctx, pid, path, bodies, every); err != nil {
			fail(err)
			return
		}
		late := time.AfterFunc(watchTimeout, func() { fail(fmt.Errorf("not every event came within %v of the last update", watchTimeout)) })
		context.AfterFunc(ctx, func() { late.Stop() })
	})
	all.Wait()
	d.usage, d.delays = m.read(), slices.Concat(delays...)
	return d, context.Cause(ctx)
}

func (f *fanout) object(i int) string { return f.name + "-" + strconv.Itoa(i) }

func (f *fanout) update(i int) runtime.Object {
	obj := configMap(f.object(i%updaters), rand.New(rand.NewPCG(7, uint64(i))))
	obj.Data["number"] = mark + fmt.Sprintf("%08d", i) + mark
	return obj
}

func (f *fanout) write(ctx context.Context, pid int, path string, bodies [][]byte, every time.Duration) error {
	put := func(ctx context.Context, i int) error {
		f.sent[i] = time.Now()
		_, err := f.api.send(ctx, http.MethodPut, path+"/"+f.object(i%updaters), bodies[i], f.in)
		return err
	}
	if every == 0 {
		// One writer an object, so that no update waits for another of the same object.
		_, err := flood(ctx, pid, updaters, updaters, func(ctx context.Context, w int) error {
			for i := w; i < len(bodies); i += updaters {
				if err := put(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range bodies {
		if err := put(ctx, i); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// watch opens the streams, from now on.
func (f *fanout) watch(ctx context.Context, path string) ([]io.ReadCloser, error) {
	now, err := f.api.version(ctx, path)
	if err != nil {
		return nil, err
	}
	streams := make([]io.ReadCloser, f.watchers)
	for i := range streams {
		answer, err := f.api.open(ctx, http.MethodGet, path+"?watch=true&resourceVersion="+now, nil, f.in)
		if err != nil {
			for _, s := range streams[:i] {
				s.Close()
			}
			return nil, err
		}
		streams[i] = answer.Body
	}
	return streams, nil
}

// follow reads until it has seen every update, and complains of one that comes twice.
func (f *fanout) follow(stream io.Reader, updates int) ([]time.Duration, error) {
	delays := make([]time.Duration, updates)
	seen := make([]bool, updates)
	reader := bufio.NewReaderSize(stream, 32<<10)
	var frame []byte
	for missing := updates; missing > 0; {
		var err error
		if frame, err = readFrame(reader, f.in, frame[:0]); err != nil {
			return nil, fmt.Errorf("reading, with %d updates to come: %w", missing, err)
		}
		now := time.Now()
		_, rest, found := bytes.Cut(frame, []byte(mark))
		number, _, _ := bytes.Cut(rest, []byte(mark))
		if !found {
			continue // what the namespace's controllers write
		}
		i, err := strconv.Atoi(string(number))
		if err != nil || i >= updates {
			return nil, fmt.Errorf("an event of update %q", number)
		}
		if seen[i] {
			return nil, fmt.Errorf("update %d came twice", i)
		}
		seen[i], delays[i] = true, now.Sub(f.sent[i])
		missing--
	}
	return delays, nil
}

// readFrame appends one event: a line in JSON; in protobuf its length, 4 bytes, and so many bytes.
func readFrame(r *bufio.Reader, in media, into []byte) ([]byte, error) {
	if in == asJSON {
		for {
			part, err := r.ReadSlice('\n')
			if into = append(into, part...); !errors.Is(err, bufio.ErrBufferFull) {
				return into, err
			}
		}
	}
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return into, err
	}
	n := int(binary.BigEndian.Uint32(head[:]))
	into = slices.Grow(into, n)[:n]
	_, err := io.ReadFull(r, into)
	return into, err
}

// version is a collection's newest, from which a watch can go on.
func (c *client) version(ctx context.Context, path string) (string, error) {
	body, err := c.get(ctx, path+"?limit=1", asJSON)
	if err != nil {
		return "", err
	}
	var list struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return "", fmt.Errorf("reading a list: %w", err)
	}
	return list.Metadata.ResourceVersion, nil
}
