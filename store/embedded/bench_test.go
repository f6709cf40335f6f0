package embedded_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
	"golang.org/x/sys/unix"
)

// benchValue is about what a small object weighs.
const benchValue = 1200

// fsyncRate is how often a second dir's disk makes a small appended write durable.
func fsyncRate(tb testing.TB, dir string) float64 {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		tb.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	buf := make([]byte, 2*benchValue)
	start, n := time.Now(), 0
	for ; time.Since(start) < 300*time.Millisecond; n++ {
		if _, err := f.Write(buf); err != nil {
			tb.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			tb.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// cpuTime is what this process has used, the engine's background work included.
func cpuTime(tb testing.TB) time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkCommit reports commits a second, and their ratio to the fsyncs a second of the same disk: a lone writer that
// waits for one fsync and nothing else has 1.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 16, 128} {
		for _, lazy := range []bool{false, true} {
			b.Run(fmt.Sprintf("writers=%d/lazy=%v", writers, lazy), func(b *testing.B) {
				dir := b.TempDir()
				raw := fsyncRate(b, dir)
				s := openWith(b, embedded.Options{Dir: filepath.Join(dir, "store")})
				defer s.Close()
				value := benchObject()
				var n atomic.Int64
				b.ReportAllocs()
				b.ResetTimer()
				cpu := cpuTime(b)
				var wg sync.WaitGroup
				for range writers {
					wg.Go(func() {
						for {
							i := n.Add(1)
							if i > int64(b.N) {
								return
							}
							if _, err := s.Commit(b.Context(), store.Change{Key: fmt.Sprintf("/registry/configmaps/%08d", i), Value: value, Lazy: lazy}); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/commit")
				rate := float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(rate, "commits/s")
				b.ReportMetric(rate/raw, "fsync-ratio")
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, records := range []int{0, 50_000} {
		b.Run(fmt.Sprint("records=", records), func(b *testing.B) {
			dir := b.TempDir()
			s := openWith(b, embedded.Options{Dir: dir})
			fillBench(b, s, records)
			closed(b, s)
			for b.Loop() {
				s := openWith(b, embedded.Options{Dir: dir})
				b.StopTimer()
				closed(b, s)
				b.StartTimer()
			}
		})
	}
}

func BenchmarkRange(b *testing.B) {
	s := openWith(b, embedded.Options{Dir: b.TempDir()})
	defer s.Close()
	fillBench(b, s, 50_000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if _, err := s.Range(b.Context(), "", func(store.Record) error { n++; return nil }); err != nil || n != 50_000 {
			b.Fatal(n, err)
		}
	}
}

// benchObject is a value that compresses about as well as an object does.
func benchObject() []byte {
	sum := sha256.Sum256(nil)
	var value []byte
	for len(value) < benchValue {
		value = fmt.Appendf(value, "metadata.labels.app.kubernetes.io/name=%x", sum[:20])
		sum = sha256.Sum256(sum[:])
	}
	return value[:benchValue]
}

func fillBench(b *testing.B, s store.Store, n int) {
	b.Helper()
	value := benchObject()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 128 {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(n) {
					return
				}
				if _, err := s.Commit(b.Context(), store.Change{Key: fmt.Sprintf("/registry/configmaps/namespace-%02d/object-%08d", i%40, i), Value: value}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
