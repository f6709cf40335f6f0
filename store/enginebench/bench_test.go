package enginebench

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	valueSize = 1200
	records   = 50_000
)

// record returns the n-th key and a value that compresses about as well as an API object does (to a half or so).
func record(n int) (key, value []byte) {
	sum := sha256.Sum256([]byte(strconv.Itoa(n)))
	value = make([]byte, 0, valueSize+64)
	for len(value) < valueSize {
		value = fmt.Appendf(value, "metadata.labels.app.kubernetes.io/name=%x", sum[:20])
		sum = sha256.Sum256(sum[:])
	}
	return fmt.Appendf(nil, "/registry/configmaps/namespace-%02d/object-%x", n%40, sum[:8]), value[:valueSize]
}

// fsyncRate is how often a second dir's disk makes a small appended write durable.
func fsyncRate(tb testing.TB, dir string) float64 {
	f, err := os.Create(filepath.Join(dir, "fsync-probe"))
	if err != nil {
		tb.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	buf := make([]byte, 2*valueSize)
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

func BenchmarkCommit(b *testing.B) {
	for _, eng := range engines {
		for _, writers := range []int{1, 128} {
			b.Run(fmt.Sprintf("engine=%s/writers=%d", eng.name, writers), func(b *testing.B) {
				dir := b.TempDir()
				e, err := eng.open(dir)
				if err != nil {
					b.Fatal(err)
				}
				defer e.close()
				raw := fsyncRate(b, dir)
				b.ResetTimer()
				commits(b, e, writers)
				b.StopTimer()
				rate := float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(rate, "commits/s")
				b.ReportMetric(rate/raw, "fsync-ratio")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// commits runs b.N commits from so many writers, through one committer that takes whatever waits.
func commits(b *testing.B, e engine, writers int) {
	type request struct {
		key, value []byte
		done       chan error
	}
	queue := make(chan request, writers)
	go func() {
		rev := uint64(1)
		for r := range queue {
			batch := []request{r}
			for len(queue) > 0 {
				batch = append(batch, <-queue)
			}
			keys, values := make([][]byte, len(batch)), make([][]byte, len(batch))
			for i, r := range batch {
				keys[i], values[i] = r.key, r.value
			}
			err := e.commit(rev, keys, values)
			rev += uint64(len(batch))
			for _, r := range batch {
				r.done <- err
			}
		}
	}()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			done := make(chan error, 1)
			for n := w; n < b.N; n += writers {
				key, value := record(n)
				queue <- request{key, value, done}
				if err := <-done; err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(queue)
}

func BenchmarkOpen(b *testing.B) {
	for _, eng := range engines {
		b.Run("engine="+eng.name, func(b *testing.B) {
			dir := filled(b, eng.open)
			for b.Loop() {
				e, err := eng.open(dir)
				if err != nil {
					b.Fatal(err)
				}
				index := map[string]uint64{}
				if err := e.scan(func(k []byte, rev uint64) { index[string(k)] = rev }); err != nil {
					b.Fatal(err)
				}
				if len(index) < records {
					b.Fatalf("found %d keys, want %d", len(index), records)
				}
				b.StopTimer()
				if err := e.close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

func filled(tb testing.TB, open func(string) (engine, error)) (dir string) {
	dir = tb.TempDir()
	e, err := open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	fill(tb, e, records)
	if err := e.close(); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func BenchmarkIdle(b *testing.B) {
	for _, eng := range engines {
		b.Run("engine="+eng.name, func(b *testing.B) {
			dir := filled(b, eng.open)
			for b.Loop() {
				heap, anon := memory(b)
				e, err := eng.open(dir)
				if err != nil {
					b.Fatal(err)
				}
				heap2, anon2 := memory(b)
				b.ReportMetric(float64(heap2)-float64(heap), "heap-B")
				b.ReportMetric(float64(anon2)-float64(anon), "anonymous-B")
				if err := e.close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// memory returns the live heap and the anonymous resident memory of this process.
func memory(tb testing.TB) (heap, anon int64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Skip("needs /proc: ", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return int64(m.HeapAlloc), kib << 10
		}
	}
	tb.Fatal("no RssAnon in /proc/self/status")
	return 0, 0
}

func BenchmarkBinarySize(b *testing.B) {
	size := func(name string) int64 {
		out := filepath.Join(b.TempDir(), name)
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if msg, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("building %s: %v\n%s", name, err, msg)
		}
		info, err := os.Stat(out)
		if err != nil {
			b.Fatal(err)
		}
		return info.Size()
	}
	for b.Loop() {
		none := size("none")
		b.ReportMetric(float64(size("bbolt")-none), "bbolt-B")
		b.ReportMetric(float64(size("pebble")-none), "pebble-B")
	}
	b.ReportMetric(0, "ns/op")
}
