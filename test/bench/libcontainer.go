package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// yardstick is what libcontainer alone needs for a container, from before its creation to its program's first instructions.
type yardstick struct {
	rows     []row
	filtered bool    // a seccomp filter like that of our Pods was on
	alone    float64 // ms, median
	last     float64 // ms, until the last of podsTogether at once; 0 if there is no yardstick
}

// rate is the containers a second of those at once.
func (y yardstick) rate() float64 { return share(podsTogether, y.last/1000) }

// beside compares a row with the yardstick, if there is one.
func (y yardstick) beside(r row, ours, theirs float64) row {
	if theirs == 0 {
		return r
	}
	what := "libcontainer " + short(theirs) + " " + r.Unit
	if !y.filtered {
		what += ", no seccomp"
	}
	return r.against(strings.ReplaceAll(what, "Pods", "containers"), share(ours, theirs))
}

// measureLibcontainer runs the yardstick, with and without the filter. That it could not be built is a row, not a failure.
func (b *bench) measureLibcontainer(ctx context.Context) (y yardstick) {
	if b.libcontainer == "" {
		y.rows = []row{{What: "libcontainer, skipped", Failed: b.why}}
		return y
	}
	with := filepath.Base(b.libcontainer) != "without-seccomp"
	for _, filtered := range []bool{true, false} {
		if filtered && !with {
			continue
		}
		what := "libcontainer, create to first instructions"
		if !filtered {
			what += ", no seccomp"
		}
		r, alone, together, err := b.libcontainerRow(ctx, what, filtered)
		if err != nil {
			y.rows = append(y.rows, row{What: what, Failed: err.Error()})
			continue
		}
		y.rows = append(y.rows, r)
		if filtered || !with {
			y.filtered, y.alone, y.last = filtered, alone, together
		}
	}
	return y
}

func (b *bench) libcontainerRow(ctx context.Context, what string, filtered bool) (r row, alone, together float64, err error) {
	command := exec.CommandContext(ctx, filepath.Join(b.libcontainer, "libcontainer"), "-program", filepath.Join(b.libcontainer, "first"),
		"-filter="+strconv.FormatBool(filtered), "-n", strconv.Itoa(podsAlone), "-together", strconv.Itoa(podsTogether), "-pause", pause.String())
	command.Env = append(command.Environ(), "TMPDIR="+b.dir)
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return r, 0, 0, fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return r, 0, 0, err
	}
	var answer struct{ Alone, Together []float64 }
	if err := json.Unmarshal(out, &answer); err != nil {
		return r, 0, 0, fmt.Errorf("reading what libcontainer's program printed: %w", err)
	}
	slices.Sort(answer.Alone)
	r = row{What: what}.values("ms", answer.Alone)
	r.P50, r.P99 = quantile(answer.Alone, .5), quantile(answer.Alone, .99)
	return r, median(answer.Alone), slices.Max(answer.Together), nil
}
