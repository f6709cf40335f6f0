package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// synced is what a burst of small synchronous writes told about the disk.
type synced struct {
	perSecond float64
	p50, p99  float64 // ms
}

// syncDisk appends blocks to a file in dir and makes each durable before the next, as a log with one writer does, for so
// long. It is the yardstick of a create.
func syncDisk(ctx context.Context, dir string, block int, during time.Duration) (s synced, err error) {
	file, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	body := bytes.Repeat([]byte{'x'}, block)
	var times []time.Duration
	began := time.Now()
	for time.Since(began) < during && ctx.Err() == nil {
		start := time.Now()
		if _, err := file.Write(body); err != nil {
			return s, err
		}
		if err := unix.Fdatasync(int(file.Fd())); err != nil {
			return s, fmt.Errorf("fdatasync of %s: %w", file.Name(), err)
		}
		times = append(times, time.Since(start))
	}
	took := time.Since(began)
	slices.Sort(times)
	return synced{float64(len(times)) / took.Seconds(), milliseconds(quantile(times, .5)), milliseconds(quantile(times, .99))}, ctx.Err()
}
