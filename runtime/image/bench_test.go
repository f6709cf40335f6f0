package image_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/build"
	. "argosy.dev/runtime/image/imagetest"
)

// BenchmarkPrepare is the root file system's share of a container's start: an image of three layers, through the store. The
// floor, directories and the mount alone, is in package snapshot's benchmark.
func BenchmarkPrepare(b *testing.B) {
	s := open(b, b.TempDir())
	for i := range 3 {
		base := ""
		if i > 0 {
			base = "app"
		}
		if _, err := build.Image(b.Context(), s, build.Options{Name: "app", Base: base, Add: []build.Add{{Data: []byte{byte(i)}, Mode: 0o644, Dst: fmt.Sprint("/f", i)}}}); err != nil {
			b.Fatal(err)
		}
	}
	img, err := s.Resolve(b.Context(), "app")
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprint("c", i)
		start := time.Now()
		if _, err := s.Snapshots().Prepare(b.Context(), id, img.ID); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		b.StopTimer()
		if err := s.Snapshots().Remove(b.Context(), id); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkResolve is asked for at every container's start.
func BenchmarkResolve(b *testing.B) {
	s := open(b, b.TempDir())
	for i := range 50 {
		if _, err := build.Image(b.Context(), s, build.Options{Name: fmt.Sprint("app", i), Labels: map[string]string{"i": fmt.Sprint(i)}}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := s.Resolve(b.Context(), "app25"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInstall makes an image of one 2 MB program that is there already, as every start with a demo does.
func BenchmarkInstall(b *testing.B) {
	s := open(b, b.TempDir())
	program := []byte(strings.Repeat("program ", 250_000))
	for b.Loop() {
		if _, err := build.Image(b.Context(), s, build.Options{Name: "app", Add: []build.Add{{Data: program, Mode: 0o755, Dst: "/app"}}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPull fetches and unpacks an image of 64 MB in one layer from the loopback interface.
func BenchmarkPull(b *testing.B) {
	s := open(b, b.TempDir())
	r := NewRegistry(b)
	var files []Entry
	for i := range 64 {
		files = append(files, File(fmt.Sprint("f", i), strings.Repeat(fmt.Sprintf("%07d ", i), 128<<10)))
	}
	name := r.Push(b, "big", "v1", NewImage(b, "amd64", simple(b, "").Config, PlainLayer(b, files...)))
	b.SetBytes(64 << 20)
	for b.Loop() {
		img, err := s.Pull(b.Context(), name, image.PullOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if _, err := s.Remove(b.Context(), img.ID, false); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
