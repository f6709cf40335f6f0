package embedded_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
)

// crashDir is the environment variable that makes the test binary a writer on that directory.
const crashDir = "ARGOSY_TEST_STORE_CRASH_DIR"

const crashKeys = 12

// markKey is changed once each time the store is opened, so that its history has an end to wait for.
const markKey = "/mark"

// lazyKey tells which keys are written lazily: the last of each writer's three.
func lazyKey(key string) bool { return strings.HasSuffix(key, "/lazy") }

// deletes tells which changes of a durable key are deletions: n counts changes over all deaths of the key.
func deletes(n int) bool { return n%7 == 6 }

// crashValue is a value that shows when it is torn: it names itself, and ends in a checksum of all of it.
func crashValue(key string, n int) []byte {
	head := fmt.Sprintf("%s %d ", key, n)
	b := append([]byte(head), bytes.Repeat([]byte(head), (n*37)%90)...)
	return fmt.Appendf(b, "%08x", crc32.ChecksumIEEE(b))
}

func checkCrashValue(key string, value []byte) (n int, err error) {
	var named string
	if _, err := fmt.Sscan(string(value), &named, &n); err != nil || named != key {
		return 0, fmt.Errorf("%s holds %.60q", key, value)
	}
	if !bytes.Equal(value, crashValue(key, n)) {
		return 0, fmt.Errorf("%s: change %d is torn: %.60q", key, n, value)
	}
	return n, nil
}

// crashWriter is the process that is killed: it reports what it finds, then writes until it dies.
func crashWriter(dir string) {
	w := &crashChild{}
	if err := w.run(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type crashChild struct {
	s   store.Store
	out sync.Mutex
}

// say writes one line, in one piece.
func (w *crashChild) say(format string, args ...any) {
	line := fmt.Appendf(nil, format+";\n", args...)
	w.out.Lock()
	defer w.out.Unlock()
	_, _ = os.Stdout.Write(line)
}

func (w *crashChild) run(dir string) error {
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	w.s = s
	found, err := w.report(ctx)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	var busy atomic.Int64
	for i := range crashKeys {
		for _, kind := range []string{"plain", "lazy"} {
			key := fmt.Sprintf("/%d/%s", i, kind)
			go func() { failed <- w.write(ctx, key, found[key], &busy) }()
		}
	}
	return <-failed
}

// report says what is there, and checks that it is whole: no value torn, and the kept history leads to it.
func (w *crashChild) report(ctx context.Context) (map[string]crashAck, error) {
	found := map[string]crashAck{}
	rev, err := w.s.Range(ctx, "", func(r store.Record) error {
		n, err := checkCrashValue(r.Key, r.Value)
		if err != nil {
			return err
		}
		found[r.Key] = crashAck{n, r.Revision}
		w.say("found %s %d %d", r.Key, n, r.Revision)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := w.checkHistory(ctx, found, rev); err != nil {
		return nil, err
	}
	w.say("open %d", rev)
	return found, nil
}

func (w *crashChild) checkHistory(ctx context.Context, found map[string]crashAck, rev store.Revision) error {
	at := w.s.Compacted()
	watch, err := w.s.Watch(ctx, "", at)
	if err != nil {
		return err
	}
	defer watch.Close()
	before := found[markKey]
	mark, err := w.s.Commit(ctx, store.Change{Key: markKey, Value: crashValue(markKey, before.n+1), Expect: before.revision})
	if err != nil {
		return err
	}
	found[markKey] = crashAck{before.n + 1, mark}
	newest := map[string]store.Event{}
	for at < mark {
		events, err := watch.Next(ctx)
		if err != nil {
			return err
		}
		for _, ev := range events {
			if ev.Revision <= at {
				return fmt.Errorf("history: revision %d after %d", ev.Revision, at)
			}
			at = ev.Revision
			newest[ev.Key] = ev
		}
	}
	for key, ev := range newest {
		current, ok := found[key]
		if deleted := ev.Value == nil; deleted == ok || !deleted && ev.Revision != current.revision {
			return fmt.Errorf("history: %s was last changed at %d, and the store at %d has it at %d", key, ev.Revision, rev, current.revision)
		}
	}
	return nil
}

// write changes one key for ever, and now and then compacts.
func (w *crashChild) write(ctx context.Context, key string, at crashAck, busy *atomic.Int64) error {
	n, rev := at.n, at.revision
	for {
		n++
		c := store.Change{Key: key, Value: crashValue(key, n), Expect: rev, Lazy: lazyKey(key)}
		if rev > 0 && !c.Lazy && deletes(n) {
			c.Value = nil
		}
		got, err := w.s.Commit(ctx, c)
		if err != nil {
			return err
		}
		w.say("ack %s %d %d", key, n, got)
		rev = got
		if c.Value == nil {
			rev = 0
		}
		if busy.Add(1)%400 == 0 {
			if err := w.s.Compact(ctx, got-min(got-1, 200)); err != nil && w.s.Compacted() < got-200 {
				return err
			}
		}
	}
}
