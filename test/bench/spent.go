package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// spent is what some work made the server allocate.
type spent struct {
	objects, bytes float64
	peak           int64 // resident memory above what it was, in bytes
}

// spend measures a piece of work. What reading the figures costs is taken off.
func (c *cluster) spend(ctx context.Context, work func() error) (s spent, err error) {
	first, err := c.allocated(ctx)
	if err != nil {
		return s, err
	}
	before, err := c.allocated(ctx)
	if err != nil {
		return s, err
	}
	at, err := readMemory(c.pid())
	if err != nil {
		return s, err
	}
	// Makes the kernel begin anew with the peak, see proc_pid_clear_refs(5).
	if err := os.WriteFile(filepath.Join("/proc", strconv.Itoa(c.pid()), "clear_refs"), []byte("5"), 0); err != nil {
		return s, fmt.Errorf("forgetting the peak of memory: %w", err)
	}
	if err := work(); err != nil {
		return s, err
	}
	peak, err := readMemory(c.pid())
	if err != nil {
		return s, err
	}
	after, err := c.allocated(ctx)
	s.objects = max(after.objects-2*before.objects+first.objects, 0)
	s.bytes = max(after.bytes-2*before.bytes+first.bytes, 0)
	s.peak = max(peak.peak-at.resident, 0)
	return s, err
}

// allocated is what the server has allocated since it started.
func (c *cluster) allocated(ctx context.Context) (s spent, err error) {
	text, err := c.api.get(ctx, "/metrics", "text/plain")
	if err != nil {
		return s, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "go_memstats_mallocs_total":
			s.objects, err = strconv.ParseFloat(value, 64)
		case "go_memstats_alloc_bytes_total":
			s.bytes, err = strconv.ParseFloat(value, 64)
		}
		if err != nil {
			return s, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	if s.objects == 0 || s.bytes == 0 {
		return s, fmt.Errorf("/metrics does not tell what was allocated")
	}
	return s, nil
}

// settled is the memory of a server that was left alone for a moment.
func (c *cluster) settled(ctx context.Context) (memory, error) {
	if err := pauseFor(ctx, settle); err != nil {
		return memory{}, err
	}
	return readMemory(c.pid())
}
