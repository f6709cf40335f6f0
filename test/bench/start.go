package main

import (
	"context"
	"fmt"
	"runtime"
)

// starts is how often a start is repeated.
const starts = 5

// startSection measures the control plane's start, in an empty directory and again on what it left there.
func (b *bench) startSection(ctx context.Context) error {
	args := append([]string{"server"}, b.flags...)
	for _, again := range []bool{false, true} {
		var ready []float64
		var used []usage
		dir := ""
		if again {
			dir = b.current.dir
		}
		for range starts {
			if again {
				if err := b.halt(); err != nil {
					return err
				}
			}
			c, err := b.restart(ctx, dir, args...)
			if err != nil {
				return err
			}
			ready = append(ready, milliseconds(c.ready))
			used = append(used, c.start)
		}
		r := row{What: "server, fresh directory", Upstream: upstreamReady}
		if again {
			r = row{What: "server, on its data"}
		}
		r = r.values("ms", ready).cost(used, starts, cores())
		b.report.add(r.goal("≤ 500 ms", r.Median <= 500))
	}
	return nil
}

// cores is how many the machine has.
func cores() int { return runtime.NumCPU() }

func plural(n int, what string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}
